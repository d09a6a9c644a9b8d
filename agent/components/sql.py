"""The SQL databases that Temporal has plugins for, and compatible products."""

from __future__ import annotations

import re

from agent.components.record import (
    Component,
    Filling,
    Flavor,
    Kind,
    Marker,
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


def _marker(text: str, pattern: str) -> Marker:
    return Marker(text, re.compile(pattern, re.IGNORECASE))


MYSQL = Component(
    name="mysql",
    title="MySQL",
    kind=Kind.SQL,
    roles=_STORE_ROLES,
    readers=(Reader("sql", "mysql", extra="mysql"),),
    # Recognized by version() and version_comment, and by a variable that only Aurora has. Vitess reports the
    # version that it is configured with (`--mysql_server_version`), but keeps its build information.
    flavors=(
        Flavor("aurora-mysql", "Aurora MySQL", (_marker("aurora_version", "."),), has_own_versions=False),
        Flavor("mariadb", "MariaDB", (_marker("version", "mariadb"),), lifecycle="mariadb"),
        Flavor("tidb", "TiDB", (_marker("version", "tidb"),), has_own_catalogue=True),
        Flavor("vitess", "Vitess", (_marker("version", r"vitess|\(git revision"),), has_own_catalogue=True),
        Flavor("percona", "Percona Server", (_marker("version", "percona"),), has_own_versions=False),
    ),
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
    # Recognized by version(). That of Aurora looks like PostgreSQL's, but Aurora has its own function:
    # https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora_version.html
    flavors=(
        Flavor(
            "aurora-postgresql",
            "Aurora PostgreSQL",
            (Marker("has_aurora_version", re.compile("true")),),
            has_own_versions=False,
        ),
        Flavor("yugabytedb", "YugabyteDB", (Marker("version", re.compile("-YB-")),), has_own_catalogue=True),
    ),
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
    lifecycle="sqlite",
)
