"""The SQL databases that Temporal has plugins for, and compatible products."""

from __future__ import annotations

import re

from agent.components import mysql_relatives, postgresql_relatives
from agent.components.record import (
    Component,
    Filling,
    Kind,
    Prerequisite,
    Reader,
    SchemaTool,
)
from agent.model.vocabulary import Role

#: A release supports a database if it has a plugin for it.
_STORE_ROLES = (Filling(Role.PERSISTENCE), Filling(Role.VISIBILITY))


def _tool(plugin: str) -> SchemaTool:
    return SchemaTool(
        name="temporal-sql-tool",
        place="database",
        prefix="SQL",
        create=("create-database",),
        drop=("drop-database", "--force"),
        default_plugin=plugin,
    )


#: Words that packagers of Linux and other systems add to a version.
_PACKAGERS = (
    "alpine amzn arch bookworm bp bpo brew build bullseye buster centos deb debian dfsg ds el fc fedora"
    " freebsd gentoo hat homebrew linux macos nixos opensuse oracle p package pgdg port ppa r raspbian red"
    " redhat release rhel rocky sid sr suse trixie u ubuntu win windows"
)
#: And those of MySQL's own builds, in version() and version_comment.
_MYSQL_BUILDS = (
    "advanced commercial community debug distribution enterprise gpl log mysql nt server source standard"
)


MYSQL = Component(
    name="mysql",
    title="MySQL",
    kind=Kind.SQL,
    roles=_STORE_ROLES,
    readers=(Reader("sql", "mysql", extra="mysql"),),
    flavors=mysql_relatives.RELATIVES,
    packager_words=frozenset((*_PACKAGERS.split(), *_MYSQL_BUILDS.split())),
    series_parts=2,
    ci_image=re.compile(r"mysql:(.+)"),
    schema_tool=_tool("mysql8"),
    is_checked_at_start=True,
    has_schema_row=True,
    has_catalogue=True,
    prerequisites=frozenset({Prerequisite.TRANSACTION_ISOLATION, Prerequisite.NO_ANSI_QUOTES}),
    rights="GRANT SELECT ON <database>.schema_version to the agent's user",
    lifecycle="mysql",
)

POSTGRESQL = Component(
    name="postgresql",
    title="PostgreSQL",
    kind=Kind.SQL,
    roles=_STORE_ROLES,
    readers=(Reader("sql", "postgresql", extra="postgresql"),),
    flavors=postgresql_relatives.RELATIVES,
    packager_words=frozenset((*_PACKAGERS.split(), "app", "postgres")),
    two_part_series_before=10,
    ci_image=re.compile(r"postgres:(.+)"),
    schema_tool=_tool("postgres12"),
    is_checked_at_start=True,
    has_schema_row=True,
    has_catalogue=True,
    prerequisites=frozenset({Prerequisite.BTREE_GIN}),
    rights="GRANT SELECT ON schema_version to the agent's role, in this database",
    lifecycle="postgresql",
)

#: No tool updates the schema of a file (temporalio/temporal@v1.31.2: schema/embed.go), and the check at start
#: is commented out (common/persistence/sql/sqlplugin/sqlite/db.go:124).
SQLITE = Component(
    name="sqlite",
    title="SQLite",
    kind=Kind.SQL,
    roles=_STORE_ROLES,
    readers=(Reader("sql", "sqlite"),),
    has_schema_row=True,
    packager_words=frozenset(),
    lifecycle="sqlite",
)
