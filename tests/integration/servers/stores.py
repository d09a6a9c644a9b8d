"""Temporal's databases on a PostgreSQL server, with their schemas at any version."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

from .commands import run
from .postgres import PostgresServer
from .temporal_build import TemporalBinaries

Schema = Literal["temporal", "visibility"]


class AnyStores(Protocol):
    """Where a cluster keeps its data, on whatever servers."""

    def datastores(self) -> dict[str, Any]:
        """The stores as the server's configuration has them, by the names that it gives them."""


@dataclass(frozen=True)
class Stores:
    """Where one Temporal cluster keeps its data: two databases of one server, and the plugin for them.

    `visibility_plugin`: where the visibility store is configured with another one.
    """

    postgres: PostgresServer
    default: str
    visibility: str
    plugin: str = "postgres12"
    visibility_plugin: str = ""

    def datastores(self) -> dict[str, Any]:
        """The stores `default` and `visibility` as the server's configuration has them."""
        databases = {
            "default": (self.default, self.plugin),
            "visibility": (self.visibility, self.visibility_plugin or self.plugin),
        }
        return {name: {"sql": self._sql(*database)} for name, database in databases.items()}

    def _sql(self, database: str, plugin: str) -> dict[str, Any]:
        return {
            "pluginName": plugin,
            "databaseName": database,
            "connectAddr": f"{self.postgres.host}:{self.postgres.port}",
            "connectProtocol": "tcp",
            "user": self.postgres.user,
            "password": self.postgres.password,
            "maxConns": 20,
            "maxIdleConns": 20,
        }


# The schemas that a plugin is made for.
_LINES = {"postgres": "v96", "postgres12": "v12"}


def create_stores(
    postgres: PostgresServer,
    sql_tool: Path,
    name: str,
    *,
    default_version: str | None = None,
    visibility_version: str | None = None,
) -> Stores:
    """New databases `name` and `name_visibility`, at these schema versions or the newest of the tool."""
    stores = Stores(postgres, name, f"{name}_visibility")
    schemas: list[tuple[str, Schema, str | None]] = [
        (stores.default, "temporal", default_version),
        (stores.visibility, "visibility", visibility_version),
    ]
    for database, schema, version in schemas:
        postgres.create_database(database)
        create_version_tables(postgres, sql_tool, database)
        update_schema(postgres, sql_tool, database, schema, version)
    return stores


def create_own_stores(
    postgres: PostgresServer, binaries: TemporalBinaries, name: str, plugin: str = "postgres12"
) -> Stores:
    """New databases at the newest schemas of this release for this plugin, made by its own tool."""
    stores = Stores(postgres, name, f"{name}_visibility", plugin)
    schemas: list[tuple[str, Schema]] = [(stores.default, "temporal"), (stores.visibility, "visibility")]
    for database, schema in schemas:
        postgres.create_database(database)
        create_version_tables(postgres, binaries.sql_tool, database, plugin=plugin)
        source = binaries.schema_source(_LINES[plugin], schema)
        _run_tool(postgres, binaries.sql_tool, database, "update-schema", source, plugin)
    return stores


def create_version_tables(
    postgres: PostgresServer,
    sql_tool: Path,
    database: str,
    version: str = "0.0",
    plugin: str = "postgres12",
) -> None:
    """Only the tables that hold the schema's version, saying that it is this one."""
    _run_tool(postgres, sql_tool, database, "setup-schema", ("-v", version), plugin)


def update_schema(
    postgres: PostgresServer, sql_tool: Path, database: str, schema: Schema, version: str | None = None
) -> None:
    """Updates a schema step by step to this version, or to the newest that the tool has."""
    to = ("-v", version) if version else ()
    _run_tool(
        postgres, sql_tool, database, "update-schema", ("--schema-name", f"postgresql/v12/{schema}", *to)
    )


def set_schema_version(postgres: PostgresServer, database: str, version: str | None) -> None:
    """Changes only what the database says of its schema."""
    postgres.sql(
        "UPDATE schema_version SET curr_version = %s WHERE db_name = %s",
        (version, database),
        database=database,
    )


def schema_version(postgres: PostgresServer, database: str) -> str:
    """What the database says of its schema."""
    ((version,),) = postgres.sql(
        "SELECT curr_version FROM schema_version WHERE db_name = %s", (database,), database=database
    )
    return str(version)


def _run_tool(
    postgres: PostgresServer,
    sql_tool: Path,
    database: str,
    command: str,
    arguments: Iterable[str | Path],
    plugin: str = "postgres12",
) -> None:
    run(
        [sql_tool, command, *arguments],
        env={
            "SQL_PLUGIN": plugin,
            "SQL_HOST": postgres.host,
            "SQL_PORT": str(postgres.port),
            "SQL_USER": postgres.user,
            "SQL_PASSWORD": postgres.password,
            "SQL_DATABASE": database,
        },
    )
