"""Whether a release would start on its stores: what the agent says of it, and what its binary does.

Stores are PostgreSQL databases at the release's own newest schemas, made by its own tool; then only what
they say of themselves is changed, as that is all that a server checks. A server that is refused can't be
asked, so the agent knows its release from when it ran, or from the configuration alone.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from typing import LiteralString, Protocol

import pytest
from psycopg import sql

from agent.config import PostgreSql
from agent.model.observation import Facts, Observation
from agent.model.vocabulary import STORE_ROLES, Check, Reason, Role
from agent.probes.postgresql import PostgreSqlProbe
from agent.probes.temporal_grpc import TemporalGrpc
from agent.verdict import StartAnswer, StoreSpec
from agent.verdict.store.schema_version import read_schema_version
from tests.building import MATRIX, NO_PLUGINS, check, judged, observation, subject

from .servers.postgres import PostgresServer
from .servers.stores import (
    Schema,
    Stores,
    create_own_stores,
    schema_version,
    set_schema_version,
    update_schema,
)
from .servers.temporal import TemporalServer, try_start
from .servers.temporal_build import OLD_TEMPORAL_VERSIONS, TEMPORAL_VERSIONS, TemporalBinaries

# Each release with the plugins that it has for PostgreSQL; the newest ones run every day.
_BOTH_LINES = ("1.20.4", "1.23.1")
_ONE_LINE = dict.fromkeys((*TEMPORAL_VERSIONS, "1.29.1"), "postgres12")
RELEASES = [
    pytest.param(release, plugin, marks=[] if release in TEMPORAL_VERSIONS else [pytest.mark.full])
    for release in (*TEMPORAL_VERSIONS, *OLD_TEMPORAL_VERSIONS)
    for plugin in ("postgres", "postgres12")
    if release in _BOTH_LINES or plugin == _ONE_LINE.get(release, "postgres")
]
every_release = pytest.mark.parametrize(("release", "plugin"), RELEASES)

# What somebody may have written into the row; {need} is the version that the release needs.
TEXTS = (
    *("garbage", "", " ", "v", "{need}", "0{need}", "{need}.0", "{need}.0+build", "9", "9.9.0-rc1", "V9"),
    *("9.9.0-garbage", "9_9", "v.9", "9.9.9+build", "9.9.9-0a", "9,9", "9 .9", "-9.9", "1e3", "\u0669.9"),
    "9.99999999999",
)
# The same, where the releases before 1.7 read something else into it: they take each number by itself.
LATER_TEXTS = (
    *(" {need} ", "v{need}", "{need}.0.0", "{need}-rc1", "{need}.0-rc.1", "{need}.0-garbage", "{need}.0-01"),
    *("{need} garbage", "{need}.", "9.9-rc1", "9.9-garbage", "9.9.9.9", "9.", "v9", "9.9+build", "9.9.9+"),
    *("9.9.9-a..b", "+9.9", "9.9 (Debian 9.9-1)", "9.9.0rc1", "9.99999999999999999999", "9.\u0669"),
)

# Ways in which there is no row to read, or no version in it.
CHANGES: tuple[LiteralString, ...] = (
    "DELETE FROM schema_version",
    "UPDATE schema_version SET db_name = 'another'",
    "UPDATE schema_version SET version_partition = 1",
    "UPDATE schema_version SET curr_version = NULL",
    "ALTER TABLE schema_version RENAME TO somewhere_else",
)


@dataclass(frozen=True)
class Seen:
    """A release that was seen running on its stores: what it told, and what these need to say."""

    binaries: TemporalBinaries
    stores: Stores
    facts: Facts

    def database(self, role: Role) -> str:
        """The database of this role."""
        return self.stores.default if role is Role.PERSISTENCE else self.stores.visibility

    def says(self, role: Role) -> str:
        """The schema version that the store of this role says it has."""
        return schema_version(self.stores.postgres, self.database(role))


class SeenFactory(Protocol):
    """A release that runs on new stores of its own for this plugin, or on those of an earlier call."""

    def __call__(self, release: str, plugin: str) -> Seen: ...


@pytest.fixture(scope="module")
def see(plain_postgres15: PostgresServer, temporal: Callable[[str], TemporalBinaries]) -> SeenFactory:
    @cache
    def make(release: str, plugin: str) -> Seen:
        binaries = temporal(release)
        name = f"seen_{plugin}_{release.replace('.', '_')}"
        stores = create_own_stores(plain_postgres15, binaries, name, plugin)
        return Seen(binaries, stores, _seen(binaries, stores))

    return make


@pytest.fixture(autouse=True)
def _password(monkeypatch: pytest.MonkeyPatch, plain_postgres15: PostgresServer) -> None:
    monkeypatch.setenv("TEMPORAL_STORE_PASSWORD", plain_postgres15.password)


def _seen(binaries: TemporalBinaries, stores: Stores) -> Facts:
    """What the server tells of itself while it runs."""
    server = TemporalServer(binaries, stores)
    try:
        server.start_frontend()
        probe = TemporalGrpc(server.grpc_address, None, None)
        try:
            return probe.read(10)
        finally:
            probe.close()
    finally:
        server.close()


def _observed(seen: Seen, *, plugins: bool) -> tuple[Observation, ...]:
    """The server as it was seen, with its word on its plugins or without; and the stores as they are."""
    server = seen.facts if plugins else replace(seen.facts, plugins=NO_PLUGINS)
    postgres = seen.stores.postgres
    found = [replace(observation(Role.SERVER, "1.0.0"), facts=server)]
    for role in STORE_ROLES:
        settings = PostgreSql(
            host=postgres.host,
            port=postgres.port,
            database=seen.database(role),
            user=postgres.user,
            password="${TEMPORAL_STORE_PASSWORD}",
        )
        probe = PostgreSqlProbe(settings)
        try:
            found.append(replace(observation(role, "15"), facts=probe.read(10)))
        finally:
            probe.close()
    return tuple(found)


def _difference(seen: Seen, label: str, stores: Stores | None = None) -> list[str]:
    """Starts the binary on the stores, and holds the result against all that the agent says of it.

    Stores with other plugins than those that it ran with are known from the configuration alone.
    """
    same = stores is None
    stores = stores or seen.stores
    plugins = (stores.plugin, stores.visibility_plugin or stores.plugin)
    configured = subject(*(StoreSpec("postgresql", plugin) for plugin in plugins))
    unnamed = subject(StoreSpec("postgresql"), StoreSpec("postgresql"))
    starts = [judged(*_observed(seen, plugins=False), on=configured).start]
    guesses = []
    if same:
        starts.append(judged(*_observed(seen, plugins=True), on=configured).start)
        # With less known, the agent may not know, but not be wrong.
        guesses.append(judged(*_observed(seen, plugins=False), on=unnamed).start)
        if seen.facts.plugins:
            starts.append(judged(*_observed(seen, plugins=True), on=unnamed).start)
    # Servers that were killed would be waited for.
    stores.postgres.sql("DELETE FROM cluster_membership", database=stores.default)
    came_up, log = try_start(seen.binaries, stores)
    wrong = [start for start in starts if start.would_start is not came_up and not _is_made_up(start)]
    wrong += [guess for guess in guesses if guess.would_start not in (None, came_up)]
    if not wrong:
        return []
    found = "came up" if came_up else f"did not come up: {log[-400:]}"
    return [f"{seen.binaries.version} with {plugins} on {label} {found}\nThe agent: {wrong}"]


def _is_made_up(start: StartAnswer) -> bool:
    """No release has this version. The server only compares it; the agent cannot know what is there."""
    return start.would_start is None and "no release has schema" in start.message


@contextmanager
def _changed(seen: Seen, role: Role, change: LiteralString | sql.Composed) -> Iterator[None]:
    """The row, or its table, as the change leaves it; as before afterwards."""
    database, postgres = seen.database(role), seen.stores.postgres
    postgres.sql("CREATE TABLE kept AS SELECT * FROM schema_version", database=database)
    try:
        postgres.sql(change, database=database)
        yield
    finally:
        for undo in (
            "ALTER TABLE IF EXISTS somewhere_else RENAME TO schema_version",
            "DELETE FROM schema_version",
        ):
            postgres.sql(undo, database=database)
        postgres.sql("INSERT INTO schema_version SELECT * FROM kept", database=database)
        postgres.sql("DROP TABLE kept", database=database)


def _on_versions(seen: Seen, role: Role, versions: list[str]) -> list[str]:
    database, postgres = seen.database(role), seen.stores.postgres
    own = seen.says(role)
    differences = []
    try:
        for version in versions:
            if _only_claims(seen, role, version):
                continue
            set_schema_version(postgres, database, version)
            differences += _difference(seen, f"{role} {version!r}")
    finally:
        set_schema_version(postgres, database, own)
    return differences


def _only_claims(seen: Seen, role: Role, version: str) -> bool:
    """Whether a store that really is at this version lacks what the release reads: a row alone does not."""
    release = MATRIX.releases.named(seen.binaries.version)
    read = read_schema_version(version)
    assert release is not None
    return read is not None and MATRIX.schema_steps.is_too_new(release, "postgresql", role, read)


def _listed(role: Role) -> list[str]:
    """Every version of the store: those of v96 are the first of v12's."""
    text = (resources.files("agent.matrix") / "data" / "schema_versions.json").read_text()
    store = "default" if role is Role.PERSISTENCE else "visibility"
    versions: list[str] = json.loads(text)["lists"][f"postgresql/v12/{store}"]["versions"]
    return versions


def _agree(differences: list[str]) -> None:
    if differences:
        pytest.fail("\n\n".join(differences), pytrace=False)


@every_release
def test_on_its_own_schemas_a_release_starts_and_they_are_what_it_needs(
    see: SeenFactory, release: str, plugin: str
) -> None:
    seen = see(release, plugin)
    configured = StoreSpec("postgresql", plugin)
    judgement = judged(*_observed(seen, plugins=False), on=subject(configured, configured))
    assert judgement.start.would_start is True
    for role in STORE_ROLES:
        assert check(judgement, role, Check.SCHEMA).reason is Reason.SCHEMA_CURRENT
        assert check(judgement, role, Check.PLUGIN).reason is Reason.PLUGIN_AVAILABLE
    if seen.binaries.number >= (1, 13):
        assert seen.facts.plugins == dict.fromkeys(STORE_ROLES, (plugin,))


@every_release
def test_a_release_starts_on_the_schema_versions_that_the_agent_predicts(
    see: SeenFactory, release: str, plugin: str
) -> None:
    seen = see(release, plugin)
    for role in STORE_ROLES:
        listed = _listed(role)
        assert seen.says(role) in listed
        _agree(_on_versions(seen, role, ["0.0", "0.9", *listed, "1.20", "1.100", "2.0"]))


@every_release
def test_a_release_reads_a_row_that_is_not_a_version_as_the_agent_predicts(
    see: SeenFactory, release: str, plugin: str
) -> None:
    seen = see(release, plugin)
    need = seen.says(Role.PERSISTENCE)
    texts = TEXTS if seen.binaries.number < (1, 7) else (*TEXTS, *LATER_TEXTS)
    _agree(_on_versions(seen, Role.PERSISTENCE, [text.format(need=need) for text in texts]))


@every_release
def test_no_release_starts_without_the_version_row_or_its_table(
    see: SeenFactory, release: str, plugin: str
) -> None:
    seen = see(release, plugin)
    differences = []
    for role in STORE_ROLES:
        for change in CHANGES:
            with _changed(seen, role, change):
                differences += _difference(seen, f"{role}: {change}")
    _agree(differences)


@every_release
def test_a_release_starts_with_the_plugins_that_the_agent_predicts(
    see: SeenFactory, release: str, plugin: str
) -> None:
    """For both stores and for either: all that there are for PostgreSQL, and some that there never were."""
    seen = see(release, plugin)
    there = [name for name in MATRIX.plugins.of("postgresql") if name != plugin]
    differences = []
    for other in (*there, plugin.upper(), "nonsense"):
        for pair in ((other, other), (other, plugin), (plugin, other)):
            stores = replace(seen.stores, plugin=pair[0], visibility_plugin=pair[1])
            differences += _difference(seen, "its own schemas", stores)
    _agree(differences)


@every_release
def test_a_release_starts_on_every_newer_real_schema(
    see: SeenFactory,
    temporal: Callable[[str], TemporalBinaries],
    release: str,
    plugin: str,
) -> None:
    """Not the row alone: the schemas are updated step by step, by the newest release's tool."""
    seen = see(release, plugin)
    name = f"updated_{plugin}_{release.replace('.', '_')}"
    stores = create_own_stores(seen.stores.postgres, seen.binaries, name, plugin)
    seen = replace(seen, stores=stores)
    newest = temporal(TEMPORAL_VERSIONS[0]).sql_tool
    schemas: dict[Role, Schema] = {Role.PERSISTENCE: "temporal", Role.VISIBILITY: "visibility"}
    differences = []
    for role, schema in schemas.items():
        listed = _listed(role)
        for version in listed[listed.index(seen.says(role)) + 1 :]:
            update_schema(stores.postgres, newest, seen.database(role), schema, version)
            differences += _difference(seen, f"{role} at {version} for real")
    _agree(differences)
