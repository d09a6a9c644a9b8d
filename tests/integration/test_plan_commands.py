"""Commands of plans on stores that need more than an address, run by the real tools of their releases."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from agent.config import Cluster, load_config
from agent.matrix import Release
from agent.model.versions import Version, parse
from agent.model.vocabulary import Role
from agent.polling.tool_access import toolbox
from agent.probes import open_probe
from agent.probes.base import ProbeError
from agent.verdict import StoreSpec
from tests.building import MATRIX

from .factories import CassandraFactory
from .servers.cassandra import CassandraOptions, CassandraStores, Keyspace
from .servers.cassandra_build import cassandra_tool
from .servers.certificates import Authority
from .servers.commands import CommandError, run
from .servers.mysql import MySqlServer
from .servers.mysql_build import mysql_home
from .servers.postgres import PostgresServer
from .servers.postgres_build import postgres_15_home
from .servers.requirement import require
from .servers.search import SearchServer
from .servers.stores import create_own_stores, create_version_tables, schema_version, update_schema
from .servers.temporal import try_start
from .servers.temporal_build import TemporalBinaries

Temporal = Callable[[str], TemporalBinaries]


def shell(command: str, folder: Path, **env: str) -> str:
    """Run the command in this folder, whose tools come first."""
    path = f"{folder}{os.pathsep}{os.environ['PATH']}"
    return run(["bash", "-euo", "pipefail", "-c", command], cwd=folder, env={**env, "PATH": path})


def tools(folder: Path, binaries: TemporalBinaries) -> Path:
    """A folder with the SQL tool and the schemas of a release, as a plan's script expects it."""
    home = folder / binaries.version
    home.mkdir()
    shutil.copy(binaries.sql_tool, home / "temporal-sql-tool")
    if binaries.schemas is not None:
        (home / "schema").symlink_to(binaries.schemas)
    return home


# btree_gin on 1.20


def test_step_1_2_of_1_20_fails_where_the_extension_exists_and_that_of_a_newer_folder_does_not(
    postgres15: PostgresServer, temporal: Temporal
) -> None:
    old, newer, database = temporal("1.20.4"), temporal("1.23.1"), "with_btree_gin"
    postgres15.create_database(database)
    create_version_tables(postgres15, old.sql_tool, database)
    update_schema(postgres15, newer.sql_tool, database, "visibility", "1.1")
    postgres15.sql("CREATE EXTENSION btree_gin", database=database)
    source = old.schema_source("v12", "visibility")
    login = {"SQL_USER": postgres15.user, "SQL_PASSWORD": postgres15.password}
    address = {"SQL_HOST": postgres15.host, "SQL_PORT": str(postgres15.port), "SQL_DATABASE": database}
    with pytest.raises(CommandError, match="already exists"):
        run(
            [old.sql_tool, "update-schema", *source],
            env={**login, **address, "SQL_PLUGIN": "postgres12"},
        )
    update_schema(postgres15, newer.sql_tool, database, "visibility", "1.2")
    assert schema_version(postgres15, database) == "1.2"


# time_zone


@pytest.fixture
def mysql_east() -> Iterator[MySqlServer]:
    """A MySQL server whose time zone is east of UTC."""
    home = require(lambda: mysql_home("8.0.33"))
    with MySqlServer(home, settings={"default-time-zone": "+02:00"}) as server:
        yield server


def test_east_of_utc_step_1_0_of_old_releases_needs_another_time_zone(
    tmp_path: Path, mysql_east: MySqlServer, temporal: Temporal
) -> None:
    mysql_east.sql(
        f"ALTER USER '{mysql_east.user}'@'%%' IDENTIFIED WITH mysql_native_password BY %s",
        (mysql_east.password,),
    )
    mysql_east.sql(
        f"ALTER USER '{mysql_east.user}'@'localhost' IDENTIFIED WITH mysql_native_password BY %s",
        (mysql_east.password,),
    )
    note = MATRIX.schema_steps.notes(*_step_1_0("1.8.2"))[0]
    assert "--connect-attributes 'time_zone=%27-01:00%27'" in note
    assert MATRIX.schema_steps.notes(*_step_1_0("1.20.4")) == []
    west = " --connect-attributes 'time_zone=%27-01:00%27'"
    for release, attributes, fails in (("1.8.2", "", True), ("1.8.2", west, False), ("1.20.4", "", False)):
        home = tmp_path / release
        if not home.exists():
            tools(tmp_path, temporal(release))
        database = f"east_{release.replace('.', '_')}{'_west' if attributes else ''}"
        mysql_east.create_database(database)
        tool = (
            f"temporal-sql-tool --endpoint {mysql_east.host} --port {mysql_east.port} --plugin mysql"
            f' --user {mysql_east.user} --password "$P" --database {database}{attributes}'
        )
        shell(f"{tool} setup-schema -v 0.0", home, P=mysql_east.password)
        command = f"{tool} update-schema --schema-dir ./schema/mysql/v57/temporal/versioned --version 1.0"
        if fails:
            with pytest.raises(CommandError, match="Invalid default value"):
                shell(command, home, P=mysql_east.password)
        else:
            shell(command, home, P=mysql_east.password)


def _step_1_0(release: str) -> tuple[Release, Role, str, Version, Version]:
    found = MATRIX.releases.named(release)
    assert found is not None
    return found, Role.PERSISTENCE, "mysql", parse("0.0"), parse("1.0")


# TLS that is demanded and not verified


@pytest.fixture
def postgres_with_tls(authority: Authority) -> Iterator[PostgresServer]:
    """A PostgreSQL server that refuses connections without TLS, with a certificate for another name."""
    certificate = authority.issue("elsewhere", dns="elsewhere.example.com")
    with PostgresServer(require(postgres_15_home), "15", plain=True, tls=certificate) as server:
        rules = "hostssl all all 127.0.0.1/32 scram-sha-256\n"
        ((path,),) = server.sql("SHOW hba_file")
        Path(path).write_text(rules)
        server.sql("SELECT pg_reload_conf()")
        yield server


@pytest.mark.full
def test_tls_and_attributes_of_temporals_own_file_are_in_the_commands_of_every_release(
    tmp_path: Path, postgres_with_tls: PostgresServer, temporal: Temporal
) -> None:
    server = postgres_with_tls
    for release, plugin in (("1.8.2", "postgres"), ("1.20.4", "postgres12"), ("1.31.2", "postgres12")):
        home, database = tools(tmp_path, temporal(release)), f"tls_{release.replace('.', '_')}"
        server.create_database(database)
        sql = {
            "pluginName": plugin,
            "databaseName": database,
            "connectAddr": f"{server.host}:{server.port}",
            "connectProtocol": "tcp",
            "user": server.user,
            "password": server.password,
            "tls": {"enabled": True, "enableHostVerification": False},
            "connectAttributes": {"application_name": "schema owner"},
        }
        stores = {
            "defaultStore": "default",
            "visibilityStore": "default",
            "datastores": {"default": {"sql": sql}},
        }
        own = {
            "clusterMetadata": {"currentClusterName": "active"},
            "persistence": stores,
            "services": {"frontend": {"rpc": {"grpcPort": 7233}}},
        }
        (tmp_path / "temporal.yaml").write_text(yaml.safe_dump(own))
        agent = tmp_path / "agent.yaml"
        agent.write_text(f"server_config: {tmp_path / 'temporal.yaml'}\n")
        (cluster,) = load_config(agent).clusters
        found = MATRIX.releases.named(release)
        assert found is not None
        _, command = toolbox(cluster).update(
            found, Role.PERSISTENCE, StoreSpec("postgresql", plugin), "0.0", "1.1"
        )
        assert ("--tls-disable-host-verification" in command) is (release != "1.8.2"), command
        assert "--connect-attributes application_name=schema%20owner " in command, command
        command = command.removesuffix(" --version 1.1")
        login = {"PERSISTENCE_PASSWORD": server.password}
        plain = command.replace(" --tls-disable-host-verification", "").replace(" --tls", "")
        setup = command.partition(" update-schema")[0] + " setup-schema -v 0.0"
        with pytest.raises(CommandError):
            shell(plain, home, **login)
        shell(setup, home, **login)
        shell(command, home, **login)
        assert schema_version(server, database) != "0.0"


@dataclass(frozen=True)
class SecuredStores(CassandraStores):
    """Persistence on Cassandra with this section `tls`."""

    tls: dict[str, Any] = field(default_factory=dict)

    def datastores(self) -> dict[str, Any]:
        stores = super().datastores()
        return {**stores, "default": {"cassandra": {**stores["default"]["cassandra"], "tls": self.tls}}}


@pytest.mark.full
def test_tls_that_cassandra_demands_is_the_same_for_server_agent_and_commands(
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    authority: Authority,
    start_cassandra: CassandraFactory,
    plain_postgres15: PostgresServer,
    temporal: Temporal,
) -> None:
    node, binaries = start_cassandra("5.0.5", CassandraOptions(tls=authority)), temporal("1.31.2")
    tool = require(lambda: cassandra_tool("1.31.2"))
    shutil.copy(tool, tmp_path / "temporal-cassandra-tool")
    own = create_own_stores(plain_postgres15, binaries, "beside_secured_cassandra")
    foreign = str(Authority(tmp_path_factory.mktemp("foreign"), "Others").ca)
    sections: tuple[tuple[dict[str, Any], bool], ...] = (
        ({"enabled": True}, True),
        ({"enabled": True, "enableHostVerification": False, "caFile": foreign}, True),
        ({"enabled": True, "enableHostVerification": True, "caFile": str(authority.ca)}, True),
        ({"enabled": True, "enableHostVerification": True}, False),
        ({"enabled": True, "enableHostVerification": True, "caFile": foreign}, False),
        ({"enabled": False}, False),
    )
    release, wrong = MATRIX.releases.named("1.31.2"), []
    assert release is not None
    for number, (tls, connects) in enumerate(sections):
        # The first keyspace has the schema, so that only the connection decides about a start.
        stores = SecuredStores(
            own.postgres, own.default, own.visibility, own.plugin, keyspace=Keyspace(node, "secured", tool)
        )
        stores = replace(stores, tls=tls)
        described = {
            "clusterMetadata": {"currentClusterName": "active"},
            "persistence": {
                "defaultStore": "default",
                "visibilityStore": "visibility",
                "datastores": stores.datastores(),
            },
            "services": {"frontend": {"rpc": {"grpcPort": 7233}}},
        }
        (tmp_path / "temporal.yaml").write_text(yaml.safe_dump(described))
        (tmp_path / "agent.yaml").write_text("server_config: temporal.yaml\n")
        (cluster,) = load_config(tmp_path / "agent.yaml").clusters
        _, command = toolbox(cluster).update(release, Role.PERSISTENCE, StoreSpec("cassandra"), "0.0", "1.13")
        keyspace = "secured" if number == 0 else f"secured_{number}"
        command = command.replace(" --keyspace secured", f" --keyspace {keyspace}")
        start = command.partition(" update-schema")[0]
        outside = start.replace(f" --keyspace {keyspace}", "")
        create = f"{outside} create-keyspace --keyspace {keyspace} --replication-factor 1"
        steps = (create, f"{start} setup-schema -v 0.0", command)
        found = {
            "commands": _succeeds(lambda steps=steps: [shell(step, tmp_path) for step in steps]),
            "agent": _succeeds(lambda cluster=cluster: _read(cluster)),
            "server": try_start(binaries, stores)[0],
        }
        wrong += [f"{tls}: {who} {does}" for who, does in found.items() if does is not connects]
    assert not wrong, "\n".join(wrong)


def _succeeds(action: Callable[[], object]) -> bool:
    try:
        action()
    except (CommandError, ProbeError):
        return False
    return True


def _read(cluster: Cluster) -> object:
    assert cluster.persistence is not None
    assert cluster.persistence.cassandra is not None
    probe = open_probe("cassandra", cluster.persistence.cassandra)
    try:
        return probe.read(20)
    finally:
        probe.close()


# The scripts for Elasticsearch


@pytest.mark.full
def test_a_mapping_that_a_script_could_not_write_ends_the_commands(
    tmp_path: Path, elasticsearch7: SearchServer, temporal: Temporal
) -> None:
    binaries = temporal("1.20.4")
    home, release = tools(tmp_path, binaries), MATRIX.releases.named("1.20.4")
    assert binaries.schemas is not None
    assert release is not None
    templates = binaries.schemas / "elasticsearch" / "visibility" / "versioned"
    for index, conflicts in (("temporal_visibility_v1_fine", False), ("temporal_visibility_v1_broken", True)):
        elasticsearch7.create_index(index, templates / "v1" / "index_template_v7.json")
        if conflicts:
            wrong = {"properties": {"TemporalSchedulePaused": {"type": "long"}}}
            elasticsearch7.ask("PUT", f"/{index}/_mapping", wrong)
        stores = {"elasticsearch": {"url": elasticsearch7.url, "index": index}}
        config = {"name": "live", "temporal": {"frontend": "frontend:7233"}, "search": stores}
        agent = tmp_path / "agent.yaml"
        agent.write_text(yaml.safe_dump({"clusters": [config]}))
        (cluster,) = load_config(agent).clusters
        _, command = toolbox(cluster).update(
            release, Role.SEARCH, StoreSpec("elasticsearch", "v7"), "1", "2", client="v7"
        )
        if conflicts:
            with pytest.raises(CommandError):
                shell(command, home)
            script, _, _verification = command.rpartition("\n")
            shell(script, home)
        else:
            shell(command, home)
