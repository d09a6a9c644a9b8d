"""Commands of plans on stores that need more than an address, run by the real tools of their releases."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml

from agent.config import load_config
from agent.matrix import Release
from agent.model.versions import Version, parse
from agent.model.vocabulary import Role
from agent.polling.tool_access import toolbox
from agent.probes.base import ProbeError
from agent.verdict import StoreSpec
from tests.building import MATRIX

from .servers.certificates import Authority
from .servers.commands import CommandError, run
from .servers.index_templates import index_template
from .servers.mysql import MySqlServer
from .servers.mysql_build import mysql_home
from .servers.postgres import PostgresServer
from .servers.postgres_build import postgres_15_home
from .servers.requirement import require
from .servers.search import SearchServer
from .servers.stores import create_version_tables, schema_version, update_schema
from .servers.temporal_build import TemporalBinaries

Temporal = Callable[[str], TemporalBinaries]


def shell(command: str, folder: Path, **env: str) -> str:
    """Run the command in this folder, whose tools come first."""
    path = f"{folder}{os.pathsep}{os.environ['PATH']}"
    return run(["bash", "-euo", "pipefail", "-c", command], cwd=folder, env={**env, "PATH": path})


def succeeds(action: Callable[[], object]) -> bool:
    """Whether the command or the probe comes to its end without an error."""
    try:
        action()
    except (CommandError, ProbeError):
        return False
    return True


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


@pytest.fixture(scope="module")
def mysql_east() -> Iterator[MySqlServer]:
    """A MySQL server whose time zone is east of UTC, with a login that the oldest tools know."""
    home = require(lambda: mysql_home("8.0.33"))
    with MySqlServer(home, settings={"default-time-zone": "+02:00"}) as server:
        for host in ("%%", "localhost"):
            server.sql(
                f"ALTER USER '{server.user}'@'{host}' IDENTIFIED WITH mysql_native_password BY %s",
                (server.password,),
            )
        yield server


@pytest.mark.parametrize(
    ("release", "fails"),
    [
        ("1.8.2", True),
        ("1.20.4", False),
        pytest.param("1.17.4", True, marks=pytest.mark.full),
        pytest.param("1.18.3", False, marks=pytest.mark.full),
    ],
)
def test_east_of_utc_step_1_0_of_releases_before_1_18_needs_another_time_zone(
    tmp_path: Path, mysql_east: MySqlServer, temporal: Temporal, release: str, fails: bool
) -> None:
    west = " --connect-attributes 'time_zone=%27-01:00%27'"
    notes = "".join(MATRIX.schema_steps.notes(*_step_1_0(release)))
    assert (west.strip() in notes) is fails
    home = tools(tmp_path, temporal(release))
    for number, attributes in enumerate(("", west)):
        database = f"east_{release.replace('.', '_')}_{number}"
        mysql_east.create_database(database)
        tool = (
            f"temporal-sql-tool --endpoint {mysql_east.host} --port {mysql_east.port} --plugin mysql"
            f' --user {mysql_east.user} --password "$P" --database {database}{attributes}'
        )
        shell(f"{tool} setup-schema -v 0.0", home, P=mysql_east.password)
        command = f"{tool} update-schema --schema-dir ./schema/mysql/v57/temporal/versioned --version 1.0"
        if fails and not attributes:
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


@pytest.mark.full
def test_the_scripts_reach_an_elasticsearch_with_tls_and_passwords(
    tmp_path: Path, elasticsearch6: SearchServer, authority: Authority, temporal: Temporal
) -> None:
    binaries, release = temporal("1.17.4"), MATRIX.releases.named("1.17.4")
    home = tools(tmp_path, binaries)
    assert release is not None
    password = {"SEARCH_PASSWORD": elasticsearch6.password_of("boss")}
    sections: tuple[tuple[dict[str, Any] | None, str, bool], ...] = (
        ({"verify": False}, "boss", True),
        ({"ca_file": str(authority.ca)}, "boss", True),
        ({}, "boss", False),
        ({"verify": False}, "nobody", False),
    )
    wrong = []
    for number, (tls, user, reaches) in enumerate(sections):
        index = f"temporal_visibility_v1_scripts_{number}"
        elasticsearch6.create_index(index, require(lambda: index_template(1, "1.17.4")))
        # The scripts wait until the index is green; one node has no place for replicas.
        elasticsearch6.ask("PUT", f"/{index}/_settings", {"index": {"number_of_replicas": 0}})
        store = {"url": elasticsearch6.url, "index": index, "user": user, "password": "${SEARCH_PASSWORD}"}
        described = {"elasticsearch": {**store, "tls": tls}}
        config = {"name": "live", "temporal": {"frontend": "frontend:7233"}, "search": described}
        (tmp_path / "agent.yaml").write_text(yaml.safe_dump({"clusters": [config]}))
        (cluster,) = load_config(tmp_path / "agent.yaml").clusters
        _, command = toolbox(cluster).update(
            release, Role.SEARCH, StoreSpec("elasticsearch", "v6"), "1", "2", client="v6"
        )
        assert password["SEARCH_PASSWORD"] not in command
        if succeeds(partial(shell, command, home, **password)) is not reaches:
            wrong.append(f"{tls}, {user}: {command}")
        fields = elasticsearch6.ask("GET", f"/{index}/_mapping")[index]["mappings"]["_doc"]["properties"]
        if ("TemporalSchedulePaused" in fields) is not reaches:
            wrong.append(f"{tls}, {user}: {sorted(fields)}")
    assert not wrong, "\n".join(wrong)
