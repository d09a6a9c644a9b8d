"""How a trial makes its two stores: new databases by the schema tools of the release."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlencode

from tests.integration.servers.cassandra import CassandraServer, CassandraStores, Keyspace
from tests.integration.servers.cassandra_build import cassandra_tool
from tests.integration.servers.commands import run
from tests.integration.servers.mysql import MySqlServer
from tests.integration.servers.mysql_stores import MySqlStores
from tests.integration.servers.postgres import PostgresServer
from tests.integration.servers.search import SearchServer
from tests.integration.servers.search_stores import SearchStores
from tests.integration.servers.search_tool import search_tool
from tests.integration.servers.stores import AnyStores, Stores
from tests.integration.servers.temporal_build import TemporalBinaries

from .steps import Steps

#: MariaDB has MySQL's variable under its old name.
_OLD_ISOLATION = {"tx_isolation": "'READ-COMMITTED'"}

Sql = PostgresServer | MySqlServer
Schema = Literal["temporal", "visibility"]
StoreRole = Literal["persistence", "visibility"]


@dataclass(frozen=True)
class Store:
    """A store as a record names it."""

    component: str
    version: str
    plugin: str = ""
    flavor: str = ""


@dataclass(frozen=True)
class Pair:
    """The two stores of a trial, on servers that run.

    `create` makes new databases of this name with the schema tools of these binaries. A failure of the server
    is about the role `subject`.
    """

    persistence: Store
    visibility: Store
    create: Callable[[TemporalBinaries, str, Steps], AnyStores]
    subject: StoreRole = "persistence"


@dataclass(frozen=True)
class SqlStores:
    """A database for each store, each of a server with a plugin."""

    persistence: tuple[Sql, str, str]
    visibility: tuple[Sql, str, str]

    def datastores(self) -> dict[str, Any]:
        """The stores as the server's configuration has them."""
        return {"default": _datastore(*self.persistence), "visibility": _datastore(*self.visibility)}


def _datastore(server: Sql, database: str, plugin: str) -> dict[str, Any]:
    stores = (
        Stores(server, database, database, plugin)
        if isinstance(server, PostgresServer)
        else MySqlStores(server, database, database, plugin=plugin, attributes=_attributes(server))
    )
    found: dict[str, Any] = stores.datastores()["default"]
    return found


def _attributes(server: Sql) -> dict[str, str]:
    is_mariadb = isinstance(server, MySqlServer) and server.home.flavor == "mariadb"
    return _OLD_ISOLATION if is_mariadb else {}


def _create_database(
    server: Sql, plugin: str, schema: Schema, binaries: TemporalBinaries, name: str
) -> tuple[Sql, str, str]:
    database = f"{name}_{schema}"
    server.create_database(database)
    environment = {
        "SQL_PLUGIN": plugin,
        "SQL_HOST": server.host,
        "SQL_PORT": str(server.port),
        "SQL_USER": server.user,
        "SQL_PASSWORD": server.password,
        "SQL_DATABASE": database,
        "SQL_CONNECT_ATTRIBUTES": urlencode(_attributes(server)),
    }
    line = "postgresql/v12" if isinstance(server, PostgresServer) else "mysql/v8"
    run([binaries.sql_tool, "setup-schema", "-v", "0.0"], env=environment)
    run([binaries.sql_tool, "update-schema", "--schema-name", f"{line}/{schema}"], env=environment)
    return server, database, plugin


def create_sql(
    first: tuple[Sql, str], second: tuple[Sql, str], binaries: TemporalBinaries, name: str, steps: Steps
) -> SqlStores:
    """Both stores on SQL servers, each with its plugin."""
    steps.begin("persistence schema")
    persistence = _create_database(*first, "temporal", binaries, name)
    steps.begin("visibility schema")
    return SqlStores(persistence, _create_database(*second, "visibility", binaries, name))


def create_cassandra(
    cassandra: CassandraServer,
    second: tuple[PostgresServer, str],
    binaries: TemporalBinaries,
    name: str,
    steps: Steps,
) -> CassandraStores:
    """Persistence on Cassandra, visibility on PostgreSQL."""
    steps.begin("persistence schema")
    keyspace = Keyspace(cassandra, name, cassandra_tool(binaries.version))
    keyspace.create()
    steps.begin("visibility schema")
    postgres, database, plugin = _create_database(*second, "visibility", binaries, name)
    assert isinstance(postgres, PostgresServer)
    return CassandraStores(postgres, database, database, plugin, keyspace=keyspace)


def create_search(
    search: SearchServer,
    first: tuple[PostgresServer, str],
    binaries: TemporalBinaries,
    name: str,
    steps: Steps,
) -> SearchStores:
    """Persistence on PostgreSQL, visibility in a search store."""
    steps.begin("persistence schema")
    postgres, database, plugin = _create_database(*first, "temporal", binaries, name)
    assert isinstance(postgres, PostgresServer)
    steps.begin("visibility schema")
    tool: list[str | Path] = [search_tool(binaries.version), "--ep", search.url]
    run([*tool, "setup-schema"])
    # The template is for names that begin like this.
    index = f"temporal_visibility_v1_{name}"
    run([*tool, "create-index", "--index", index])
    return SearchStores(postgres, database, database, plugin, search=search, index=index)
