"""Files as people have them: a real server starts from each exactly if the agent says so.

With the schemas as the release needs them, and with each of them one version behind.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from psycopg import sql

from .server_files import disagreement
from .servers.commands import run
from .servers.postgres import PostgresServer
from .servers.stores import Schema, Stores, create_own_stores
from .servers.temporal import TemporalServer
from .servers.temporal_build import TemporalBinaries, release_number

FIELD = Path(__file__).parent.parent / "config" / "temporal_files" / "field"
#: Where each file has the section `persistence` of the server's file, as the chart renders it.
FILES: dict[str, tuple[str, ...]] = {
    "07-umbrella.values.yaml": ("temporal", "server", "config"),
    "08-argocd-application.yaml": ("server", "config"),
    "11-dynamic-beside/config/docker.yaml": (),
    "13-system-worker-tls.server.yaml": (),
    "15-shards-in-the-old-place.values.yaml": ("server", "config"),
    "17-metrics-everywhere.server.yaml": (),
    "18-server-file-as-values.server.yaml": (),
    "19-unknown-key.server.yaml": (),
}
#: Both roles have one database there, so its only row decides for neither.
SHARED = "18-server-file-as-values.server.yaml"
SEARCH_PATH = "01-search-path.server.yaml"
_DEFAULTS = {"defaultStore": "default", "visibilityStore": "visibility", "numHistoryShards": 4}
_TABLES = ("cluster_membership", "cluster_metadata", "cluster_metadata_info", "namespaces")
RELEASES = [pytest.param(name, marks=pytest.mark.full) for name in ("1.31.2", "1.24.2", "1.8.2")]


def persistence(name: str, stores: Stores) -> dict[str, Any]:
    """The section of a file, with the addresses, names and login of real stores."""
    data = yaml.safe_load((FIELD / name).read_text(encoding="utf-8"))
    if data.get("kind") == "Application":
        data = yaml.safe_load(data["spec"]["source"]["helm"]["values"])
    for key in FILES.get(name, ()):
        data = data[key]
    section = {**_DEFAULTS, **data["persistence"]}
    postgres = stores.postgres
    for store in section["datastores"].values():
        settings = store["sql"]
        settings |= {
            "connectAddr": f"{postgres.host}:{postgres.port}",
            "pluginName": stores.plugin,
            "password": postgres.password,
        }
        # 19 has another key.
        settings |= {"user": postgres.user} if "user" in settings else {}
        is_default = settings["databaseName"] == "temporal"
        settings["databaseName"] = stores.default if is_default else stores.visibility
    # The number of shards of all of them, which the first server writes into the stores.
    return {**section, "numHistoryShards": 4}


def difference(binaries: TemporalBinaries, stores: Stores, name: str, state: str) -> str:
    """What the server does with this file and what the agent says, if they differ; empty if they agree."""
    server = TemporalServer(binaries, stores)
    config = yaml.safe_load(server.config_file.read_text())
    server.config_file.write_text(yaml.safe_dump({**config, "persistence": persistence(name, stores)}))
    return disagreement(server, binaries.version, f"{name}, {state}", may_be_unknown=name == SHARED)


@contextmanager
def one_behind(postgres: PostgresServer, database: str, schema: str = "public") -> Iterator[None]:
    """The row of this schema has one version less."""
    table = sql.Identifier(schema, "schema_version")
    with postgres.connect(database) as connection:
        row = connection.execute(sql.SQL("SELECT curr_version FROM {}").format(table)).fetchone()
        assert row is not None
        major, minor = str(row[0]).split(".")
        set_version = sql.SQL("UPDATE {} SET curr_version = %s").format(table)
        connection.execute(set_version, (f"{major}.{int(minor) - 1}",))
        connection.commit()
        try:
            yield
        finally:
            connection.execute(set_version, (row[0],))
            connection.commit()


def forget(stores: Stores, schema: str = "public") -> None:
    """Earlier servers leave records, by which a file would be judged, too."""
    with stores.postgres.connect(stores.default) as connection:
        for table in _TABLES:
            name = sql.Identifier(schema, table)
            if connection.execute("SELECT to_regclass(%s)", (f"{schema}.{table}",)).fetchone() != (None,):
                connection.execute(sql.SQL("DELETE FROM {}").format(name))


def plugin_of(release: str) -> str:
    return "postgres12" if release_number(release) >= (1, 20) else "postgres"


@pytest.mark.parametrize("release", RELEASES)
def test_a_server_starts_from_a_file_of_the_field_exactly_if_the_agent_says_so(
    plain_postgres15: PostgresServer, temporal: Callable[[str], TemporalBinaries], release: str
) -> None:
    binaries, wrong = temporal(release), []
    name = f"field_{release.replace('.', '_')}"
    stores = create_own_stores(plain_postgres15, binaries, name, plugin_of(release))
    for file in FILES:
        forget(stores)
        wrong.append(difference(binaries, stores, file, "current"))
        for database in (stores.default, stores.visibility):
            with one_behind(plain_postgres15, database):
                wrong.append(difference(binaries, stores, file, f"{database} is behind"))
    assert not [each for each in wrong if each]


def one_database(postgres: PostgresServer, binaries: TemporalBinaries, plugin: str) -> Stores:
    """Both schemas in one database, each below its own name."""
    database = f"paths_{binaries.version.replace('.', '_')}"
    postgres.create_database(database)
    line = {"postgres": "v96", "postgres12": "v12"}[plugin]
    schemas: list[tuple[str, Schema]] = [("temporal", "temporal"), ("visibility", "visibility")]
    for path, schema in schemas:
        create = sql.SQL("CREATE SCHEMA {} AUTHORIZATION {}")
        names = sql.Identifier(path), sql.Identifier(postgres.user)
        postgres.sql(create.format(*names), database=database)
        for command in (
            ("setup-schema", "-v", "0.0"),
            ("update-schema", *binaries.schema_source(line, schema)),
        ):
            run(
                [binaries.sql_tool, *command],
                env={
                    "SQL_PLUGIN": plugin,
                    "SQL_HOST": postgres.host,
                    "SQL_PORT": str(postgres.port),
                    "SQL_USER": postgres.user,
                    "SQL_PASSWORD": postgres.password,
                    "SQL_DATABASE": database,
                    "SQL_CONNECT_ATTRIBUTES": f"search_path={path}",
                },
            )
    return Stores(postgres, database, database, plugin)


@pytest.mark.parametrize("release", ["1.31.2", *RELEASES[1:]])
def test_two_schemas_in_one_database_are_read_by_their_search_paths(
    plain_postgres15: PostgresServer, temporal: Callable[[str], TemporalBinaries], release: str
) -> None:
    binaries = temporal(release)
    stores = one_database(plain_postgres15, binaries, plugin_of(release))
    forget(stores, "temporal")
    wrong = [difference(binaries, stores, SEARCH_PATH, "current")]
    for schema in ("temporal", "visibility"):
        with one_behind(plain_postgres15, stores.default, schema):
            wrong.append(difference(binaries, stores, SEARCH_PATH, f"{schema} is behind"))
    assert not [each for each in wrong if each]
