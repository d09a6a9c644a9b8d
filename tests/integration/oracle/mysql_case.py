"""Databases of MySQL: those of a release, and copies that a state may change."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from agent.model.vocabulary import STORE_ROLES, Role

from ..servers.mysql import MySqlServer
from ..servers.mysql_stores import (
    MySqlStores,
    create_mysql_version_tables,
    create_own_mysql_database,
    mysql_schema_version,
)
from ..servers.stores import Schema
from ..servers.temporal_build import TemporalBinaries
from .case import Case

#: What MariaDB calls the isolation level.
OLD_ATTRIBUTES = {"tx_isolation": "'READ-COMMITTED'"}
_SCHEMAS: dict[Role, Schema] = {Role.PERSISTENCE: "temporal", Role.VISIBILITY: "visibility"}


@dataclass
class MySqlCase(Case):
    """Two databases, and how the server is configured; the agent has the server's own file.

    `port`, `password`: instead of the server's. `persistence`: the server of the persistence store, where it
    is another one.
    """

    mysql: MySqlServer
    databases: dict[Role, str]
    plugins: dict[Role, str]
    attributes: dict[str, str] = field(default_factory=dict)
    persistence: MySqlServer | None = None
    port: int = 0
    password: str = ""

    def sql(self, role: Role, statement: str) -> None:
        """Run this statement in the database of this role."""
        self.mysql.sql(statement, database=self.databases[role])

    def datastores(self) -> dict[str, Any]:
        names = [self.databases[role] for role in STORE_ROLES]
        own = self.persistence or self.mysql
        stores = MySqlStores(own, names[0], names[1], self.mysql, self.attributes).datastores()
        for name, role in zip(("default", "visibility"), STORE_ROLES, strict=True):
            stores[name]["sql"]["pluginName"] = self.plugins[role]
        default = stores["default"]["sql"]
        if self.port:
            default["connectAddr"] = f"127.0.0.1:{self.port}"
        if self.password:
            default["password"] = self.password
        return stores


class MySqlTemplates:
    """The databases of one release at its own schemas, set up once and copied for each state."""

    def __init__(self, mysql: MySqlServer, mariadb: MySqlServer, binaries: TemporalBinaries) -> None:
        self._mysql, self._mariadb, self._binaries = mysql, mariadb, binaries
        self.plugin = "mysql8" if binaries.number >= (1, 20) else "mysql"
        name = f"template_{binaries.version.replace('.', '_')}"
        self._names = {Role.PERSISTENCE: name, Role.VISIBILITY: f"{name}_visibility"}
        for role, database in self._names.items():
            create_own_mysql_database(mysql, binaries, database, _SCHEMAS[role], self.plugin)
        self._versions = {role: mysql_schema_version(mysql, each) for role, each in self._names.items()}

    @contextmanager
    def case(self) -> Iterator[MySqlCase]:
        """A copy of both databases, dropped in the end."""
        copies = {role: name.replace("template", "case") for role, name in self._names.items()}
        for role, name in copies.items():
            self._copy(self._names[role], name)
        try:
            plugins = dict.fromkeys(STORE_ROLES, self.plugin)
            yield MySqlCase(self._binaries, self._mysql, copies, plugins)
        finally:
            for name in copies.values():
                self._drop(name)

    def claim(self, case: MySqlCase, role: Role) -> None:
        """Only the tables that hold the version, which says what the release needs."""
        name = case.databases[role]
        self._drop(name)
        self._mysql.create_database(name)
        tool, version = self._binaries.sql_tool, self._versions[role]
        create_mysql_version_tables(self._mysql, tool, name, version, plugin=self.plugin)

    def to_mariadb(self, case: MySqlCase) -> None:
        """The persistence store is on MariaDB."""
        name = case.databases[Role.PERSISTENCE]
        self._mariadb.sql(f"DROP DATABASE IF EXISTS `{name}`")
        own = ",".join(f"{key}={value}" for key, value in OLD_ATTRIBUTES.items())
        create_own_mysql_database(self._mariadb, self._binaries, name, "temporal", self.plugin, own)
        case.persistence = self._mariadb

    def close(self) -> None:
        """Drop the databases, so that the same release can be set up again."""
        for name in self._names.values():
            self._drop(name)

    def _copy(self, template: str, name: str) -> None:
        self._drop(name)
        self._mysql.create_database(name)
        with self._mysql.connect(name) as connection, connection.cursor() as cursor:
            cursor.execute(f"SHOW TABLES FROM `{template}`")
            for (table,) in cursor.fetchall():
                cursor.execute(f"CREATE TABLE `{table}` LIKE `{template}`.`{table}`")
            for table in ("schema_version", "namespace_metadata"):
                cursor.execute(f"SHOW TABLES LIKE '{table}'")
                if cursor.fetchall():
                    cursor.execute(f"INSERT INTO `{table}` SELECT * FROM `{template}`.`{table}`")
            cursor.execute("UPDATE schema_version SET db_name = %s", (name,))

    def _drop(self, name: str) -> None:
        self._mysql.sql(f"DROP DATABASE IF EXISTS `{name}`")
