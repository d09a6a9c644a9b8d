"""What Temporal's own file says of stores and of the cluster: the agent's answer, and what the binary does.

No search server runs: no release looks for it when it starts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import yaml

from agent.config import load_config
from agent.model.vocabulary import Check, Reason, Role, Verdict
from agent.polling.cluster_poller import ClusterPoller
from agent.snapshot import Snapshot
from agent.verdict import Result

from .agents import MATRIX
from .servers.postgres import PostgresServer
from .servers.process import StartError, free_port
from .servers.stores import Stores, create_own_stores
from .servers.temporal import TemporalServer
from .servers.temporal_build import TEMPORAL_VERSIONS, TemporalBinaries
from .servers.temporal_config import TemporalOptions

full = pytest.mark.full

#: The keys of visibility stores, and what each case puts below them.
_KEYS = ("visibilityStore", "advancedVisibilityStore", "secondaryVisibilityStore")

_Case = tuple[str, str, str]

#: Of each rule one case on either side.
_SOME: dict[str, tuple[_Case, ...]] = {
    "1.31.2": (
        ("", "search", ""),
        ("advanced", "search", ""),
        ("advanced", "no client", ""),
        ("advanced", "", "search"),
        ("search", "", "advanced"),
        ("search", "", "elsewhere"),
        ("two indices", "", ""),
        ("two indices", "", "search"),
        ("search", "", "two indices"),
        ("search", "", "no client"),
        ("advanced", "", "no plugin"),
        ("", "", ""),
    ),
    "1.24.2": (
        ("", "search", ""),
        ("", "search", "advanced"),
        ("advanced", "search", ""),
        ("advanced", "", "advanced"),
        ("search", "", "search"),
        ("two indices", "", ""),
        ("advanced", "", "no plugin"),
    ),
}


@dataclass(frozen=True)
class Ground:
    """A release, and databases at its own schemas for each of its lines of visibility."""

    binaries: TemporalBinaries
    stores: Stores
    standard: Stores | None

    def datastores(self) -> dict[str, Any]:
        """All kinds of visibility stores by the names that the cases give them."""
        client = "v7"
        here, elsewhere = (f"127.0.0.1:{free_port()}" for _ in range(2))
        own = self.stores.datastores()
        kinds = {
            "default": own["default"],
            "advanced": own["visibility"],
            "search": _search(client, here, visibility="one"),
            "elsewhere": _search(client, elsewhere, visibility="two"),
            "two indices": _search(client, here, visibility="one", secondary_visibility="two"),
            "no client": _search("v6", here, visibility="two"),
        }
        if self.standard is not None:
            return kinds | {"standard": self.standard.datastores()["visibility"]}
        return kinds | {"no plugin": {"sql": own["visibility"]["sql"] | {"pluginName": "postgres"}}}


def _search(client: str, host: str, **indices: str) -> dict[str, Any]:
    return {"elasticsearch": {"version": client, "url": {"scheme": "http", "host": host}, "indices": indices}}


GroundFactory = Callable[[str], Ground]


@pytest.fixture(scope="module")
def ground(
    plain_postgres15: PostgresServer, temporal: Callable[[str], TemporalBinaries]
) -> Callable[[str], Ground]:
    @cache
    def make(release: str) -> Ground:
        binaries = temporal(release)
        name = f"configured_{release.replace('.', '_')}"
        if binaries.number < (1, 20):
            return Ground(binaries, create_own_stores(plain_postgres15, binaries, name, "postgres"), None)
        stores = create_own_stores(plain_postgres15, binaries, name, "postgres12")
        if binaries.number >= (1, 24):
            return Ground(binaries, stores, None)
        return Ground(
            binaries, stores, create_own_stores(plain_postgres15, binaries, f"{name}_old", "postgres")
        )

    return make


@contextmanager
def _configured(
    ground: Ground, change: Callable[[dict[str, Any]], None], options: TemporalOptions | None = None
) -> Iterator[TemporalServer]:
    """A server that has not been started, with its file as the change leaves it."""
    server = TemporalServer(ground.binaries, ground.stores, options)
    try:
        content = yaml.safe_load(server.config_file.read_text())
        change(content)
        server.config_file.write_text(yaml.safe_dump(content))
        yield server
    finally:
        server.close()


def _round(folder: Path, server: TemporalServer, assumed: str = "") -> Snapshot:
    """One round by one line that names the server's own file."""
    path = folder / "one-line.yaml"
    path.write_text(f"server_config: {server.config_file}\ntimeout: 3s\n")
    config = load_config(path)
    cycle = ClusterPoller(config, config.clusters[0], MATRIX)
    try:
        cycle.update_spec(replace(cycle.subject, assumed=assumed))
        return cycle.round()
    finally:
        cycle.close()


def _comes_up(server: TemporalServer) -> bool:
    server.stores.postgres.sql("DELETE FROM cluster_membership", database=server.stores.default)
    try:
        server.start_frontend()
    except StartError:
        return False
    return True


def _difference(folder: Path, ground: Ground, case: _Case) -> str:
    def change(content: dict[str, Any]) -> None:
        kinds = ground.datastores()
        named = {key: name for key, name in zip(_KEYS, case, strict=True) if name}
        persistence = {"defaultStore": "default", "numHistoryShards": 4, **named}
        used = {name: kinds[name] for name in ("default", *named.values())}
        content["persistence"] = {**persistence, "datastores": used}

    with _configured(ground, change) as server:
        start = _round(folder, server, ground.binaries.version).judgement.start
        came_up = _comes_up(server)
        if start.would_start is came_up:
            return ""
        found = "came up" if came_up else f"did not come up: {server.log_text()[-400:]}"
        return f"{ground.binaries.version} {case} {found}\nThe agent: {start}"


def _every_case(ground: Ground) -> list[_Case]:
    kinds = [name for name in ground.datastores() if name != "default"]
    firsts = ["", *(name for name in kinds if not name.startswith("no "))]
    return list(product(firsts, ("", "search", "two indices"), ["", *kinds]))


@pytest.mark.parametrize("release", TEMPORAL_VERSIONS)
def test_each_rule_about_stores_has_a_case_on_either_side(
    ground: GroundFactory, tmp_path: Path, release: str
) -> None:
    here = ground(release)
    differences = [_difference(tmp_path, here, case) for case in _SOME[release]]
    assert not any(differences), "\n\n".join(filter(None, differences))


@full
@pytest.mark.parametrize("release", [*TEMPORAL_VERSIONS, "1.23.1", "1.20.4"])
def test_every_set_of_visibility_stores_starts_or_not_as_the_agent_says(
    ground: GroundFactory, tmp_path: Path, release: str
) -> None:
    here = ground(release)
    differences = [_difference(tmp_path, here, case) for case in _every_case(here)]
    assert not any(differences), "\n\n".join(filter(None, differences))


def _told(snapshot: Snapshot) -> dict[Reason, Verdict]:
    """What the check `configuration` of the server found, remarks among it."""
    findings = snapshot.judgement.findings
    return {found.reason: found.verdict for found in findings if _is_of_server(found)}


def _is_of_server(found: Result) -> bool:
    return (found.role, found.check) == (Role.SERVER, Check.CONFIGURATION)


def _rename(content: dict[str, Any], to: str = "renamed", failover_version: int = 1) -> None:
    metadata = content["clusterMetadata"]
    information = metadata["clusterInformation"].pop(metadata["currentClusterName"])
    information["initialFailoverVersion"] = failover_version
    metadata["clusterInformation"][to] = information
    metadata |= {"currentClusterName": to, "masterClusterName": to}


def _rename_wholly(content: dict[str, Any]) -> None:
    _rename(content, failover_version=2)


def _name_back(content: dict[str, Any]) -> None:
    _rename(content, to="active")


def _more_shards(content: dict[str, Any]) -> None:
    content["persistence"]["numHistoryShards"] = 8


def _edit(server: TemporalServer, change: Callable[[dict[str, Any]], None]) -> None:
    content = yaml.safe_load(server.config_file.read_text())
    change(content)
    server.config_file.write_text(yaml.safe_dump(content))


def _cluster(snapshot: Snapshot) -> tuple[str, str, str]:
    """What the running server tells of itself: name, id and shard count."""
    facts = next(o.facts for o in snapshot.observations if o.target.endpoint == "grpc")
    assert facts is not None
    keys = ("cluster_name", "cluster_id", "history_shard_count")
    name, identity, shards = (facts.details[key] for key in keys)
    return name, identity, shards


def _fresh(ground: Ground, postgres: PostgresServer, name: str) -> Ground:
    """The same release on databases in which no cluster has been."""
    plugin = "postgres" if ground.binaries.number < (1, 24) else "postgres12"
    release = ground.binaries.version.replace(".", "_")
    stores = create_own_stores(postgres, ground.binaries, f"{name}_{release}", plugin)
    return replace(ground, stores=stores)


_renamed_on = pytest.mark.parametrize(
    "release",
    [
        TEMPORAL_VERSIONS[0],
        *(pytest.param(release, marks=full) for release in ("1.24.2", "1.23.1", "1.20.4", "1.15.2")),
    ],
)


def _starts_by(release: str, starts: bool) -> bool | None:
    """Releases before 1.29 do not tell their initial failover version, which decides."""
    return starts if release == TEMPORAL_VERSIONS[0] else None


@_renamed_on
def test_another_cluster_name_in_the_file_is_a_finding_before_the_start_that_renames_the_cluster(
    ground: GroundFactory, plain_postgres15: PostgresServer, tmp_path: Path, release: str
) -> None:
    here = _fresh(ground(release), plain_postgres15, "renamed")
    with _configured(here, lambda content: None) as server:
        server.start_frontend()
        before = _round(tmp_path, server)
        assert _told(before) == {}
        name, identity, shards = _cluster(before)
        _edit(server, _more_shards)
        _edit(server, _rename_wholly)
        found = _round(tmp_path, server)
        assert _told(found)[Reason.CLUSTER_NAME_DIFFERS] is Verdict.UNSUPPORTED
        assert found.judgement.verdict is Verdict.UNSUPPORTED
        assert found.judgement.start.would_start is _starts_by(release, starts=True)
        server.stop()
        assert _comes_up(server)
        name_after, identity_after, shards_after = _cluster(_round(tmp_path, server))
    assert (name, shards) == ("active", "4")
    assert (name_after, shards_after) == ("renamed", "8")
    assert identity_after != identity


@_renamed_on
def test_with_the_same_initial_failover_version_it_does_not_start_nor_under_the_old_name_afterwards(
    ground: GroundFactory, plain_postgres15: PostgresServer, tmp_path: Path, release: str
) -> None:
    here = _fresh(ground(release), plain_postgres15, "name_alone")
    with _configured(here, lambda content: None) as server:
        server.start_frontend()
        _edit(server, _rename)
        found = _round(tmp_path, server)
        assert _told(found) == {Reason.CLUSTER_NAME_DIFFERS: Verdict.UNSUPPORTED}
        assert found.judgement.start.would_start is _starts_by(release, starts=False)
        server.stop()
        assert not _comes_up(server)
        _edit(server, _name_back)
        assert not _comes_up(server)
        assert "initial versions have duplicates" in server.log_text()


@pytest.mark.parametrize("release", [TEMPORAL_VERSIONS[0], pytest.param("1.20.4", marks=full)])
def test_the_stored_shard_count_wins(
    ground: GroundFactory, plain_postgres15: PostgresServer, tmp_path: Path, release: str
) -> None:
    here = _fresh(ground(release), plain_postgres15, "shards")
    with _configured(here, lambda content: None) as server:
        server.start_frontend()
        before = _round(tmp_path, server)
        server.stop()
        _edit(server, _more_shards)
        assert _comes_up(server)
        after = _round(tmp_path, server)
        assert _told(after) == {Reason.SHARD_COUNT_DIFFERS: Verdict.SUPPORTED}
        assert after.judgement.verdict is before.judgement.verdict
        assert _cluster(after) == _cluster(before)


@full
@pytest.mark.parametrize("release", ["1.3.0", "1.8.2"])
def test_up_to_1_13_the_stored_name_wins(
    ground: GroundFactory, plain_postgres15: PostgresServer, tmp_path: Path, release: str
) -> None:
    here = _fresh(ground(release), plain_postgres15, "stored_name")
    with _configured(here, lambda content: None) as server:
        server.start_frontend()
        before = _cluster(_round(tmp_path, server))
        server.stop()

        def rename(content: dict[str, Any]) -> None:
            # The old name must be there as well: it is looked up after it has won.
            metadata = content["clusterMetadata"]
            metadata["clusterInformation"]["renamed"] = dict(metadata["clusterInformation"]["active"])
            metadata["clusterInformation"]["renamed"]["initialFailoverVersion"] = 2
            metadata |= {"currentClusterName": "renamed", "masterClusterName": "renamed"}

        _edit(server, rename)
        assert _comes_up(server)
        after = _round(tmp_path, server)
        assert _told(after) == {Reason.CLUSTER_NAME_DIFFERS: Verdict.SUPPORTED}
        assert _cluster(after) == before


#: A key of each kind: of this release, gone, gone and written otherwise.
_DYNAMIC = """
system.visibilityPersistenceMaxReadQPS: [{value: 9000}]
system.advancedVisibilityWritingMode: [{value: "on"}]
COMPONENT.CALLBACKS.ALLOWEDADDRESSES: [{value: []}]
"""


@pytest.mark.parametrize("release", TEMPORAL_VERSIONS)
def test_a_dropped_key_of_dynamic_configuration_is_only_a_warning(
    ground: GroundFactory, tmp_path: Path, release: str
) -> None:
    here = ground(release)

    def change(content: dict[str, Any]) -> None:
        content["dynamicConfigClient"] = {"filepath": str(tmp_path / "dynamic.yaml"), "pollInterval": "10s"}

    (tmp_path / "dynamic.yaml").write_text(_DYNAMIC)
    with _configured(here, change) as server:
        assert _comes_up(server)
        snapshot = _round(tmp_path, server)
        log = server.log_text()
    assert _told(snapshot) == {Reason.KEY_DROPPED: Verdict.SUPPORTED}
    (message,) = [found.message for found in snapshot.judgement.findings if _is_of_server(found)]
    warned = [
        key for key in yaml.safe_load(_DYNAMIC) if f'unregistered key \\"{key.lower()}\\"' in log.lower()
    ]
    assert warned == (["system.advancedVisibilityWritingMode"] if here.binaries.number >= (1, 25) else [])
    assert message.count("removed in") == 1
    assert "system.advancedVisibilityWritingMode (removed in 1.24.0" in message
