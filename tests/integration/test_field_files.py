"""Files as people have them: a real server starts from each exactly if the agent says so.

With the schemas as the release needs them, and with each of them one version behind.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml
from psycopg import sql

from .server_files import disagreement, start_and_answer
from .servers.certificates import Authority
from .servers.commands import run
from .servers.index_templates import index_template
from .servers.postgres import PostgresServer
from .servers.postgres_build import postgres_15_home
from .servers.requirement import require
from .servers.search import SearchServer
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
SYSTEM_WORKER = "13-system-worker-tls.server.yaml"
#: Values of charts with Elasticsearch: the release, the version of the chart, and an index template.
SEARCHING: dict[str, tuple[str, str, int]] = {
    "02-old-chart-with-search.values.yaml": ("1.8.2", "v1.8.2", 1),
    "04-chart-0.33-search-role.values.yaml": ("1.24.2", "0.33.0", 7),
}
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


def difference(
    binaries: TemporalBinaries, stores: Stores, name: str, state: str, more: Mapping[str, Any] | None = None
) -> str:
    """What the server does with this file and what the agent says, if they differ; empty if they agree.

    `more`: further keys of the file.
    """
    server = TemporalServer(binaries, stores)
    config = yaml.safe_load(server.config_file.read_text())
    whole = merged({**config, "persistence": persistence(name, stores)}, more or {})
    server.config_file.write_text(yaml.safe_dump(whole))
    return disagreement(server, binaries.version, f"{name}, {state}", may_be_unknown=name == SHARED)


def merged(config: dict[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """The same file with more keys, at any depth."""
    for key, value in more.items():
        is_deeper = isinstance(value, dict) and isinstance(config.get(key), dict)
        config[key] = merged(dict(config[key]), value) if is_deeper else value
    return config


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


def with_its_own_tls(
    authority: Authority, postgres: PostgresServer, binaries: TemporalBinaries
) -> Iterator[str]:
    """File 13 with its section `tls`: certificates of the frontend, and those of the worker as its client."""
    release = binaries.version
    stores = create_own_stores(postgres, binaries, f"worker_{release.replace('.', '_')}", plugin_of(release))
    frontend = authority.issue(f"frontend_{release}", dns="frontend.example")
    worker = authority.issue(f"worker_{release}")
    tls = yaml.safe_load((FIELD / SYSTEM_WORKER).read_text(encoding="utf-8"))["global"]["tls"]
    tls["frontend"]["server"] |= {"certFile": str(frontend.cert), "keyFile": str(frontend.key)}
    tls["systemWorker"] |= {"certFile": str(worker.cert), "keyFile": str(worker.key)}
    tls["systemWorker"]["client"]["rootCaFiles"] = [str(authority.ca)]
    more = {"global": {"tls": tls}}
    forget(stores)
    yield difference(binaries, stores, SYSTEM_WORKER, "its own TLS", more)
    for database in (stores.default, stores.visibility):
        with one_behind(postgres, database):
            yield difference(binaries, stores, SYSTEM_WORKER, f"{database} is behind", more)


def with_stores_that_nobody_verifies(authority: Authority, binaries: TemporalBinaries) -> Iterator[str]:
    """The stores demand TLS. Their certificate is of an authority that neither server nor agent knows."""
    certificate = authority.issue(f"store_{binaries.version}", dns="other.example")
    unverified = {"sql": {"tls": {"enabled": True, "enableHostVerification": False}}}
    more = {"persistence": {"datastores": dict.fromkeys(("d", "v"), unverified)}}
    with PostgresServer(require(postgres_15_home), "15", plain=True, tls=certificate) as server:
        stores = create_own_stores(server, binaries, "unverified", plugin_of(binaries.version))
        ((path,),) = server.sql("SHOW hba_file")
        Path(path).write_text("hostssl all all 127.0.0.1/32 md5\n")
        server.sql("SELECT pg_reload_conf()")
        for state, keys in (("not verified", more), ("no TLS", {})):
            forget(stores)
            yield difference(binaries, stores, SYSTEM_WORKER, state, keys)
        for database in (stores.default, stores.visibility):
            with one_behind(server, database):
                yield difference(binaries, stores, SYSTEM_WORKER, f"{database} is behind", more)


@pytest.mark.parametrize("release", RELEASES)
def test_a_server_with_tls_in_its_file_starts_exactly_if_the_agent_says_so(
    authority: Authority,
    plain_postgres15: PostgresServer,
    temporal: Callable[[str], TemporalBinaries],
    release: str,
) -> None:
    binaries = temporal(release)
    wrong = [
        *with_its_own_tls(authority, plain_postgres15, binaries),
        *with_stores_that_nobody_verifies(authority, binaries),
    ]
    assert not [each for each in wrong if each]


def searching_values(name: str, stores: Stores, search: SearchServer) -> dict[str, Any]:
    """The values of a file, with the addresses, names and login of real stores."""
    values: dict[str, Any] = yaml.safe_load((FIELD / name).read_text(encoding="utf-8"))
    release = SEARCHING[name][0]
    values["server"]["image"]["tag"] = release
    values["server"]["config"]["numHistoryShards"] = 4
    databases = {"default": stores.default, "visibility": stores.visibility}
    for role, store in values["server"]["config"]["persistence"].items():
        store["sql"] |= {
            "driver": stores.plugin,
            "host": stores.postgres.host,
            "port": stores.postgres.port,
            "database": databases[role],
            "user": stores.postgres.user,
            "password": stores.postgres.password,
        }
    values["elasticsearch"] |= {
        "host": "127.0.0.1",
        "port": search.port,
        "visibilityIndex": f"field_{release}",
    }
    return values


def rendered_by_the_chart(name: str, stores: Stores, values: Mapping[str, Any]) -> dict[str, Any]:
    """The section `persistence` that the chart of this era renders from the values."""
    given = values["elasticsearch"]
    search = {
        "version": given["version"],
        "url": {"scheme": given["scheme"], "host": f"{given['host']}:{given['port']}"},
        "indices": {"visibility": given["visibilityIndex"]},
    }
    sql = stores.datastores()
    has_both = name.startswith("02")
    return {
        "defaultStore": "default",
        "numHistoryShards": 4,
        **(
            {"visibilityStore": "visibility", "advancedVisibilityStore": "es-visibility"}
            if has_both
            else {"visibilityStore": "es-visibility"}
        ),
        "datastores": (sql if has_both else {"default": sql["default"]})
        | {"es-visibility": {"elasticsearch": search}},
    }


@pytest.mark.full
def test_values_with_elasticsearch_mean_the_stores_that_the_chart_of_their_era_renders(
    plain_postgres15: PostgresServer,
    elasticsearch7: SearchServer,
    temporal: Callable[[str], TemporalBinaries],
) -> None:
    """Up to chart 0.20.0 the schema of both SQL stores decides; later that of the default store alone."""
    for name, (release, chart, template) in SEARCHING.items():
        binaries, plugin = temporal(release), plugin_of(release)
        stores = create_own_stores(
            plain_postgres15, binaries, f"searching_{release.replace('.', '_')}", plugin
        )
        values = searching_values(name, stores, elasticsearch7)
        index = values["elasticsearch"]["visibilityIndex"]
        elasticsearch7.create_index(index, require(partial(index_template, template)))
        section = rendered_by_the_chart(name, stores, values)
        found = []
        for behind in ("", stores.default, stores.visibility):
            with one_behind(plain_postgres15, behind) if behind else nullcontext():
                forget(stores)
                server = TemporalServer(binaries, stores)
                config = yaml.safe_load(server.config_file.read_text())
                server.config_file.write_text(yaml.safe_dump({**config, "persistence": section}))
                (server.config_file.parent / "values.yaml").write_text(yaml.safe_dump(values))
                named = {"helm_values": {"file": "values.yaml", "chart": chart}}
                starts, answer = start_and_answer(server, release, named)
                found.append((starts, answer and answer.would_start))
        assert found == [(each, each) for each in (True, False, not name.startswith("02"))], name
