"""The stores that plans are rehearsed on: PostgreSQL, MySQL and its relatives, Cassandra."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol, Self

from agent.model.vocabulary import Role

from .agents import store
from .servers.cassandra import CassandraServer, CassandraStores, Keyspace
from .servers.commands import run
from .servers.mysql_stores import MySqlStores, mysql_schema_version
from .servers.stores import AnyStores, Stores, schema_version
from .servers.temporal_build import TemporalBinaries


class RehearsedStores(AnyStores, Protocol):
    """A cluster's stores, for the agent, for its server and for the schema tools."""

    def described(self) -> dict[str, Any]:
        """The agent's configuration of them, by role."""

    def secrets(self) -> Mapping[str, str]:
        """The variables that a plan's commands leave open."""

    def schema(self, role: Role) -> str:
        """What a store says of its schema."""

    def with_plugin(self, role: Role, plugin: str) -> Self:
        """The same databases by another plugin."""

    def forget_members(self) -> None:
        """Take the servers that were killed for gone: the next one would wait for them."""


@dataclass(frozen=True)
class OnPostgres:
    """Both on PostgreSQL. The test sets $TEMPORAL_STORE_PASSWORD."""

    stores: Stores

    def datastores(self) -> dict[str, Any]:
        return self.stores.datastores()

    def described(self) -> dict[str, Any]:
        stores = self.stores
        return {
            "persistence": store(stores, stores.default, plugin=stores.plugin),
            "visibility": store(stores, stores.visibility, plugin=stores.visibility_plugin or stores.plugin),
        }

    def secrets(self) -> Mapping[str, str]:
        password = self.stores.postgres.password
        return {"PERSISTENCE_PASSWORD": password, "VISIBILITY_PASSWORD": password}

    def schema(self, role: Role) -> str:
        default = role is Role.PERSISTENCE
        database = self.stores.default if default else self.stores.visibility
        return schema_version(self.stores.postgres, database)

    def with_plugin(self, role: Role, plugin: str) -> Self:
        stores = self.stores
        if role is Role.PERSISTENCE:
            # What stays with the old plugin must be named now.
            visibility = stores.visibility_plugin or stores.plugin
            return replace(self, stores=replace(stores, plugin=plugin, visibility_plugin=visibility))
        return replace(self, stores=replace(stores, visibility_plugin=plugin))

    def forget_members(self) -> None:
        self.stores.postgres.sql("DELETE FROM cluster_membership", database=self.stores.default)


@dataclass(frozen=True)
class OnMySql:
    """Both on MySQL or a relative. The test sets $TEMPORAL_MYSQL_PASSWORD.

    `tool_attributes`: how the schema tools connect, where that differs from their default.
    """

    stores: MySqlStores
    tool_attributes: str = ""

    def datastores(self) -> dict[str, Any]:
        return self.stores.datastores()

    def described(self) -> dict[str, Any]:
        stores = self.stores
        return {
            "persistence": self._described(stores.default, stores.plugin),
            "visibility": self._described(stores.visibility, stores.visibility_plugin or stores.plugin),
        }

    def _described(self, database: str, plugin: str) -> dict[str, Any]:
        mysql = self.stores.mysql
        return {
            "mysql": {
                "host": mysql.host,
                "port": mysql.port,
                "database": database,
                "user": mysql.user,
                "password": "${TEMPORAL_MYSQL_PASSWORD}",
                "plugin": plugin,
            }
        }

    def secrets(self) -> Mapping[str, str]:
        password = self.stores.mysql.password
        return {
            "PERSISTENCE_PASSWORD": password,
            "VISIBILITY_PASSWORD": password,
            "SQL_CONNECT_ATTRIBUTES": self.tool_attributes,
        }

    def schema(self, role: Role) -> str:
        default = role is Role.PERSISTENCE
        database = self.stores.default if default else self.stores.visibility
        return mysql_schema_version(self.stores.mysql, database)

    def with_plugin(self, role: Role, plugin: str) -> Self:
        stores = self.stores
        if role is Role.PERSISTENCE:
            # What stays with the old plugin must be named now.
            visibility = stores.visibility_plugin or stores.plugin
            return replace(self, stores=replace(stores, plugin=plugin, visibility_plugin=visibility))
        return replace(self, stores=replace(stores, visibility_plugin=plugin))

    def forget_members(self) -> None:
        self.stores.mysql.sql("DELETE FROM cluster_membership", database=self.stores.default)


@dataclass(frozen=True)
class OnCassandra:
    """The default store on Cassandra, visibility on PostgreSQL. The test sets $TEMPORAL_STORE_PASSWORD."""

    stores: CassandraStores
    keyspace: Keyspace

    def datastores(self) -> dict[str, Any]:
        return self.stores.datastores()

    def described(self) -> dict[str, Any]:
        node = self.keyspace.cassandra
        keyspace = {"hosts": [node.host], "port": node.port, "keyspace": self.keyspace.name}
        return {
            "persistence": {"cassandra": keyspace},
            "visibility": store(self.stores, self.stores.visibility, plugin=self.stores.plugin),
        }

    def secrets(self) -> Mapping[str, str]:
        return {"VISIBILITY_PASSWORD": self.stores.postgres.password}

    def schema(self, role: Role) -> str:
        if role is Role.PERSISTENCE:
            return self.keyspace.version()
        return schema_version(self.stores.postgres, self.stores.visibility)

    def with_plugin(self, role: Role, plugin: str) -> Self:
        assert role is Role.VISIBILITY
        return replace(self, stores=replace(self.stores, plugin=plugin))

    def forget_members(self) -> None:
        self.keyspace.cassandra.cql(
            f"DELETE FROM {self.keyspace.name}.cluster_membership WHERE membership_partition = 0"
        )


def own_mysql_stores(stores: MySqlStores, binaries: TemporalBinaries, tool_attributes: str = "") -> OnMySql:
    """The stores' databases at the newest schemas of this release for their plugin, by its own tool."""
    made, mysql = OnMySql(stores, tool_attributes), stores.mysql
    line = "v57" if stores.plugin == "mysql" else "v8"
    for database, schema in ((stores.default, "temporal"), (stores.visibility, "visibility")):
        mysql.create_database(database)
        environment = {
            "SQL_PLUGIN": stores.plugin,
            "SQL_HOST": mysql.host,
            "SQL_PORT": str(mysql.port),
            "SQL_USER": mysql.user,
            "SQL_PASSWORD": mysql.password,
            "SQL_DATABASE": database,
            "SQL_CONNECT_ATTRIBUTES": tool_attributes,
        }
        source: list[Any] = ["--schema-name", f"mysql/{line}/{schema}"]
        if binaries.schemas is not None:
            source = ["-d", binaries.schemas / "mysql" / line / schema / "versioned"]
        run([binaries.sql_tool, "setup-schema", "-v", "0.0"], env=environment)
        run([binaries.sql_tool, "update-schema", *source], env=environment)
    return made


def own_cassandra_stores(cassandra: CassandraServer, keyspace: Keyspace, visibility: Stores) -> OnCassandra:
    """A keyspace at its tool's newest schema, beside a visibility store on PostgreSQL."""
    keyspace.create()
    stores = CassandraStores(
        visibility.postgres, keyspace.name, visibility.visibility, visibility.plugin, keyspace=keyspace
    )
    return OnCassandra(stores, keyspace)
