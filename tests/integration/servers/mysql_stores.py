"""Temporal's databases on a MySQL server, with their schemas at any version."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .commands import run
from .mysql import MySqlServer
from .stores import Schema
from .temporal_build import TemporalBinaries


@dataclass(frozen=True)
class MySqlStores:
    """A database for each store, of one server or of two.

    `attributes` are those of the default store's connection, as Temporal passes them on;
    `visibility_attributes` and `visibility_plugin` those of the other's, where it has its own.
    """

    mysql: MySqlServer
    default: str
    visibility: str
    visibility_mysql: MySqlServer | None = None
    attributes: dict[str, str] = field(default_factory=dict)
    plugin: str = "mysql8"
    visibility_plugin: str = ""
    visibility_attributes: dict[str, str] = field(default_factory=dict)

    def datastores(self) -> dict[str, Any]:
        """The stores `default` and `visibility` as the server's configuration has them."""
        default = self._sql(self.mysql, self.default, self.plugin)
        other = self._sql(
            self.visibility_mysql or self.mysql, self.visibility, self.visibility_plugin or self.plugin
        )
        return {
            "default": {"sql": default | {"connectAttributes": self.attributes}},
            "visibility": {"sql": other | {"connectAttributes": self.visibility_attributes}},
        }

    def _sql(self, mysql: MySqlServer, database: str, plugin: str) -> dict[str, Any]:
        return {
            "pluginName": plugin,
            "databaseName": database,
            "connectAddr": f"{mysql.host}:{mysql.port}",
            "connectProtocol": "tcp",
            "user": mysql.user,
            "password": mysql.password,
            "maxConns": 20,
            "maxIdleConns": 20,
        }


def create_mysql_stores(mysql: MySqlServer, sql_tool: Path, name: str) -> MySqlStores:
    """New databases `name` and `name_visibility`, at the newest schema versions of the tool."""
    stores = MySqlStores(mysql, name, f"{name}_visibility")
    schemas: list[tuple[str, Schema]] = [(stores.default, "temporal"), (stores.visibility, "visibility")]
    for database, schema in schemas:
        mysql.create_database(database)
        create_mysql_version_tables(mysql, sql_tool, database)
        update_mysql_schema(mysql, sql_tool, database, schema)
    return stores


# The schemas that a plugin is made for.
_LINES = {"mysql": "v57", "mysql8": "v8"}


def create_own_mysql_database(
    mysql: MySqlServer,
    binaries: TemporalBinaries,
    database: str,
    schema: Schema,
    plugin: str = "mysql8",
    attributes: str = "",
) -> None:
    """A new database at the newest schema of this release for this plugin, made by its own tool."""
    mysql.create_database(database)
    create_mysql_version_tables(mysql, binaries.sql_tool, database, "0.0", attributes, plugin)
    source = binaries.schema_source(_LINES[plugin], schema, "mysql")
    _run_tool(mysql, binaries.sql_tool, database, "update-schema", source, attributes, plugin)


def create_mysql_version_tables(
    mysql: MySqlServer,
    sql_tool: Path,
    database: str,
    version: str = "0.0",
    attributes: str = "",
    plugin: str = "mysql8",
) -> None:
    """Only the tables that hold the schema's version, saying that it is this one."""
    _run_tool(mysql, sql_tool, database, "setup-schema", ("-v", version), attributes, plugin)


def update_mysql_schema(
    mysql: MySqlServer,
    sql_tool: Path,
    database: str,
    schema: Schema,
    version: str | None = None,
    attributes: str = "",
) -> None:
    """Updates a schema step by step to this version, or to the newest that the tool has."""
    to = ("-v", version) if version else ()
    arguments = ("--schema-name", f"mysql/v8/{schema}", *to)
    _run_tool(mysql, sql_tool, database, "update-schema", arguments, attributes)


def set_mysql_schema_version(mysql: MySqlServer, database: str, version: str) -> None:
    """Changes only what the database says of its schema."""
    mysql.sql(
        "UPDATE schema_version SET curr_version = %s WHERE db_name = %s",
        (version, database),
        database=database,
    )


def mysql_schema_version(mysql: MySqlServer, database: str) -> str:
    """What the database says of its schema."""
    ((version,),) = mysql.sql(
        "SELECT curr_version FROM schema_version WHERE db_name = %s", (database,), database=database
    )
    return str(version)


def _run_tool(
    mysql: MySqlServer,
    sql_tool: Path,
    database: str,
    command: str,
    arguments: Iterable[str | Path],
    attributes: str,
    plugin: str = "mysql8",
) -> None:
    run(
        [sql_tool, command, *arguments],
        env={
            "SQL_PLUGIN": plugin,
            "SQL_HOST": mysql.host,
            "SQL_PORT": str(mysql.port),
            "SQL_USER": mysql.user,
            "SQL_PASSWORD": mysql.password,
            "SQL_DATABASE": database,
            "SQL_CONNECT_ATTRIBUTES": attributes,
        },
    )
