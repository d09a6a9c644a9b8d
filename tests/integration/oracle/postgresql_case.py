"""Databases of PostgreSQL: those of a release, and copies that a state may change."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from psycopg import sql

from agent.model.vocabulary import STORE_ROLES, Role
from agent.verdict import StartAnswer

from ..server_files import SERVER_FILES, judge_file
from ..servers.postgres import PostgresServer
from ..servers.stores import Stores, create_own_stores, create_version_tables, schema_version
from ..servers.temporal_build import TemporalBinaries
from ..starting import judge_start
from .case import Case

READER, PASSWORD = "oracle", "reader"


@dataclass
class PostgresCase(Case):
    """Two databases, and how server and agent are configured.

    `file`: the change of the server's own file, by which the agent then judges. `second`: name and port of a
    database as secondary visibility store.
    """

    postgres: PostgresServer
    databases: dict[Role, str]
    plugins: dict[Role, str]
    second: tuple[str, int] | None = None
    file: str = ""

    def sql(self, role: Role, statement: str) -> None:
        """Run this statement in the database of this role; `{name}` is the database."""
        name = self.databases[role]
        self.postgres.sql(statement.format(name=name), database=name)

    def datastores(self) -> dict[str, Any]:
        stores = Stores(self.postgres, *(self.databases[role] for role in STORE_ROLES))
        datastores = stores.datastores()
        for name, role in zip(("default", "visibility"), STORE_ROLES, strict=True):
            datastores[name]["sql"]["pluginName"] = self.plugins[role]
        if self.second:
            own = {"databaseName": self.second[0], "connectAddr": f"127.0.0.1:{self.second[1]}"}
            datastores["secondary_visibility"] = {"sql": datastores["visibility"]["sql"] | own}
        return datastores

    def judge(self, file: Path) -> StartAnswer | None:
        """With the server's file only where a state changes it; else by a user who reads one table."""
        if self.file:
            SERVER_FILES[self.file].write(file)
            return judge_file(self.binaries.version, file)
        store = {"kind": "postgresql", "host": self.postgres.host, "port": self.postgres.port}
        store |= {"user": READER, "password": PASSWORD}
        stores: dict[Role, dict[str, Any]] = {
            role: {**store, "database": self.databases[role], "plugin": self.plugins[role]}
            for role in STORE_ROLES
        }
        if self.second:
            own = {"database": self.second[0], "port": self.second[1]}
            stores[Role.SECONDARY_VISIBILITY] = {**stores[Role.VISIBILITY], **own}
        return judge_start(self.binaries.version, stores).start


class Templates:
    """The databases of one release at its own schemas, set up once and copied for each state."""

    def __init__(self, postgres: PostgresServer, binaries: TemporalBinaries) -> None:
        self._postgres, self._binaries = postgres, binaries
        self._plugin = "postgres12" if binaries.number >= (1, 20) else "postgres"
        name = f"template_{binaries.version.replace('.', '_')}"
        own = create_own_stores(postgres, binaries, name, self._plugin)
        self._names = dict(zip(STORE_ROLES, (own.default, own.visibility), strict=True))
        self._versions = {role: schema_version(postgres, name) for role, name in self._names.items()}
        for name in self._names.values():
            _let_read(postgres, name)

    @contextmanager
    def case(self) -> Iterator[PostgresCase]:
        """A copy of both databases, dropped in the end."""
        copies = {role: name.replace("template", "case") for role, name in self._names.items()}
        for role, name in copies.items():
            self._copy(self._names[role], name)
        try:
            plugins = dict.fromkeys(STORE_ROLES, self._plugin)
            yield PostgresCase(self._binaries, self._postgres, copies, plugins)
        finally:
            for name in copies.values():
                self._drop(name)

    def claim(self, case: PostgresCase, role: Role) -> None:
        """Only the tables that hold the version, which says what the release needs."""
        name = case.databases[role]
        self._drop(name)
        self._postgres.create_database(name)
        tool = self._binaries.sql_tool
        create_version_tables(self._postgres, tool, name, self._versions[role], self._plugin)
        _let_read(self._postgres, name)

    def close(self) -> None:
        """Drop the databases, so that the same release can be set up again."""
        for name in self._names.values():
            self._drop(name)

    def _copy(self, template: str, name: str) -> None:
        self._drop(name)
        copy = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        self._postgres.sql(copy.format(sql.Identifier(name), sql.Identifier(template)))
        self._postgres.sql("UPDATE schema_version SET db_name = %s", (name,), database=name)

    def _drop(self, name: str) -> None:
        self._postgres.sql(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _let_read(postgres: PostgresServer, name: str) -> None:
    grant = sql.SQL("GRANT SELECT ON schema_version TO {}").format(sql.Identifier(READER))
    postgres.sql(grant, database=name)
