"""TLS that a store demands: server, agent and the commands of a plan connect with the same settings."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml

from agent.config import Cluster, load_config
from agent.model.vocabulary import Role
from agent.polling.tool_access import toolbox
from agent.probes import open_probe
from agent.verdict import StoreSpec
from tests.building import MATRIX

from .factories import CassandraFactory
from .servers.cassandra import CassandraOptions, CassandraStores, Keyspace
from .servers.cassandra_build import cassandra_tool
from .servers.certificates import Authority
from .servers.mysql import MySqlServer
from .servers.mysql_build import mysql_home
from .servers.mysql_stores import MySqlStores, create_own_mysql_database
from .servers.postgres import PostgresServer
from .servers.requirement import require
from .servers.stores import AnyStores, create_own_stores
from .servers.temporal import try_start
from .servers.temporal_build import TemporalBinaries
from .test_plan_commands import Temporal, shell, succeeds

pytestmark = pytest.mark.full

_RELEASE = "1.31.2"
#: A section `tls` of a store, and whether one can connect with it.
_Section = tuple[dict[str, Any], bool]


@dataclass(frozen=True)
class SecuredStores:
    """Stores with this section `tls` in each store of this kind."""

    stores: AnyStores
    kind: str
    tls: dict[str, Any]

    def datastores(self) -> dict[str, Any]:
        """The stores as the server's configuration has them."""
        return {
            name: {kind: {**settings, "tls": self.tls} if kind == self.kind else settings}
            for name, store in self.stores.datastores().items()
            for kind, settings in store.items()
        }


@pytest.fixture
def sections(authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> Sequence[_Section]:
    """For a server with a certificate of the authority, which demands TLS."""
    foreign = str(Authority(tmp_path_factory.mktemp("foreign"), "Others").ca)
    verified = {"enabled": True, "enableHostVerification": True}
    return (
        ({"enabled": True}, True),
        ({"enabled": True, "enableHostVerification": False, "caFile": foreign}, True),
        ({**verified, "caFile": str(authority.ca)}, True),
        (verified, False),
        ({**verified, "caFile": foreign}, False),
        ({"enabled": False}, False),
    )


def _cluster(folder: Path, stores: SecuredStores) -> Cluster:
    described = {
        "clusterMetadata": {"currentClusterName": "active"},
        "persistence": {
            "defaultStore": "default",
            "visibilityStore": "visibility",
            "datastores": stores.datastores(),
        },
        "services": {"frontend": {"rpc": {"grpcPort": 7233}}},
    }
    (folder / "temporal.yaml").write_text(yaml.safe_dump(described))
    (folder / "agent.yaml").write_text("server_config: temporal.yaml\n")
    (cluster,) = load_config(folder / "agent.yaml").clusters
    return cluster


def _update(cluster: Cluster, spec: StoreSpec, version: str) -> str:
    release = MATRIX.releases.named(_RELEASE)
    assert release is not None
    return toolbox(cluster).update(release, Role.PERSISTENCE, spec, "0.0", version)[1]


def _read(cluster: Cluster) -> object:
    store = cluster.persistence
    assert store is not None
    probe = open_probe(store.kind, getattr(store, store.kind))
    try:
        return probe.read(20)
    finally:
        probe.close()


def _found(
    binaries: TemporalBinaries, secured: SecuredStores, cluster: Cluster, run: Callable[[], object]
) -> dict[str, bool]:
    """Who can connect."""
    return {
        "commands": succeeds(run),
        "agent": succeeds(partial(_read, cluster)),
        "server": try_start(binaries, secured)[0],
    }


def _run_all(steps: Sequence[str], folder: Path, **env: str) -> None:
    for step in steps:
        shell(step, folder, **env)


def test_cassandra(
    tmp_path: Path,
    authority: Authority,
    sections: Sequence[_Section],
    start_cassandra: CassandraFactory,
    plain_postgres15: PostgresServer,
    temporal: Temporal,
) -> None:
    node, binaries = start_cassandra("5.0.5", CassandraOptions(tls=authority)), temporal(_RELEASE)
    tool = require(lambda: cassandra_tool(_RELEASE))
    shutil.copy(tool, tmp_path / "temporal-cassandra-tool")
    own = create_own_stores(plain_postgres15, binaries, "beside_secured_cassandra")
    place = Keyspace(node, "secured", tool)
    stores = CassandraStores(own.postgres, own.default, own.visibility, own.plugin, keyspace=place)
    wrong: list[str] = []
    for number, (tls, connects) in enumerate(sections):
        secured = SecuredStores(stores, "cassandra", tls)
        cluster = _cluster(tmp_path, secured)
        # The first keyspace has the schema, so that only the connection decides about a start.
        keyspace = "secured" if number == 0 else f"secured_{number}"
        command = _update(cluster, StoreSpec("cassandra"), "1.13")
        command = command.replace(" --keyspace secured", f" --keyspace {keyspace}")
        start = command.partition(" update-schema")[0]
        outside = start.replace(f" --keyspace {keyspace}", "")
        create = f"{outside} create-keyspace --keyspace {keyspace} --replication-factor 1"
        steps = (create, f"{start} setup-schema -v 0.0", command)
        found = _found(binaries, secured, cluster, partial(_run_all, steps, tmp_path))
        wrong += [f"{tls}: {who} {does}" for who, does in found.items() if does is not connects]
    assert not wrong, "\n".join(wrong)


def test_mysql(
    tmp_path: Path, authority: Authority, sections: Sequence[_Section], temporal: Temporal
) -> None:
    binaries, home = temporal(_RELEASE), require(lambda: mysql_home("8.0.33"))
    shutil.copy(binaries.sql_tool, tmp_path / "temporal-sql-tool")
    with MySqlServer(home, tls=(authority.issue("mysql"), authority.ca)) as server:
        create_own_mysql_database(server, binaries, "secured", "temporal")
        create_own_mysql_database(server, binaries, "secured_visibility", "visibility")
        for number in range(len(sections)):
            server.create_database(f"secured_{number}")
        server.sql("SET GLOBAL require_secure_transport = ON")
        stores, wrong = MySqlStores(server, "secured", "secured_visibility"), list[str]()
        for number, (tls, connects) in enumerate(sections):
            secured = SecuredStores(stores, "sql", tls)
            cluster = _cluster(tmp_path, secured)
            command = _update(cluster, StoreSpec("mysql", "mysql8"), "1.1")
            command = command.replace(" --database secured", f" --database secured_{number}")
            steps = (command.partition(" update-schema")[0] + " setup-schema -v 0.0", command)
            run = partial(_run_all, steps, tmp_path, PERSISTENCE_PASSWORD=server.password)
            found = _found(binaries, secured, cluster, run)
            # Without `tls` the agent still encrypts where MySQL offers it.
            expected = {who: connects or (who == "agent" and not tls["enabled"]) for who in found}
            wrong += [f"{tls}: {who} {does}" for who, does in found.items() if does is not expected[who]]
    assert not wrong, "\n".join(wrong)
