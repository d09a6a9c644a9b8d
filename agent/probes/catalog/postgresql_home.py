"""Which table `schema_version` a Temporal server reads, where a PostgreSQL database has it in other schemas.

The server's statements have no schema, so `search_path` decides, and the agent's own role may have
another one than the server's. The server's role owns the tables that the schema tool creates, so each
table is judged by the path of its owner: the setting of the role in the database, the role, the database,
all roles, else of the server (https://www.postgresql.org/docs/current/sql-alterrole.html). pg_catalog
needs no grant.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from agent.model.observation import Failure
from agent.model.vocabulary import Reason
from agent.probes.base import one_line

TABLE = "schema_version"

#: Each such table: its schema, whether the agent's own path finds it, whether the agent may use the schema,
#: its owner, whether the owner may use it, and the owner's path.
QUESTION = """
SELECT n.nspname::text, pg_table_is_visible(c.oid), has_schema_privilege(n.oid, 'USAGE'),
 pg_get_userbyid(c.relowner)::text, has_schema_privilege(c.relowner, n.oid, 'USAGE'),
 coalesce((SELECT substr(line, length('search_path=') + 1) FROM pg_db_role_setting, unnest(setconfig) AS line
  WHERE line LIKE 'search_path=%' AND setrole IN (c.relowner, 0::oid)
  AND setdatabase IN (SELECT oid FROM pg_database WHERE datname = current_database() UNION SELECT 0::oid)
  ORDER BY setrole = 0, setdatabase = 0 LIMIT 1),
  (SELECT CASE WHEN source IN ('default', 'environment variable', 'configuration file', 'command line')
   THEN setting ELSE boot_val END FROM pg_settings WHERE name = 'search_path'))
 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relname = :table AND c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_' LIMIT 100
"""
#: From here to the end of the transaction this is the path.
SET_PATH = "SELECT set_config('search_path', :path, true)"

_MAX_SCHEMAS_SHOWN = 5
_NAME = re.compile(r'"((?:[^"]|"")*)"|([^,\s"]+)')


@dataclass(frozen=True)
class Home:
    """A schema with the table. `is_visible`: the agent's own path finds this one."""

    schema: str
    is_visible: bool
    may_use: bool
    owner: str
    owner_may_use: bool
    path: str

    @property
    def as_path(self) -> str:
        """A search_path of this schema alone."""
        return '"' + self.schema.replace('"', '""') + '"'


def read(rows: Iterable[Sequence[Any]]) -> list[Home]:
    """The tables from the rows of QUESTION.

    Raises:
        TypeError: these are not such rows.
    """
    return [Home(*row) for row in rows]


def path_to(homes: Sequence[Home], database: str, user: str) -> str | Failure | None:
    """The search_path that finds the server's table, or why there is none; None: the agent's own does."""
    found = meant(homes)
    if len(found) > 1:
        names = ", ".join(sorted(home.schema for home in found)[:_MAX_SCHEMAS_SHOWN])
        text = (
            f"the schemas {names} of database {database} have a table {TABLE}, and the search_path of the"
            " server decides which one it reads: set search_path of this store in the agent's configuration"
        )
        return Failure(Reason.SCHEMA_ROWS_DIFFER, one_line(text, 400))
    if not found or found[0].is_visible:
        return None
    if not found[0].may_use:
        text = f"{user} lacks USAGE on schema {found[0].schema} of database {database}, which has {TABLE}"
        return Failure(Reason.PERMISSION_DENIED, one_line(text))
    return found[0].as_path


def meant(homes: Sequence[Home]) -> list[Home]:
    """The tables that a server may read: one, several where it is not known which, or none.

    A single table is the server's: a connection may set a path that the catalogue does not show.
    """
    if len(homes) < 2:
        return list(homes)
    found = [home for home in homes if _first(home, homes) == home.schema]
    return found or list(homes)


def _first(home: Home, homes: Sequence[Home]) -> str:
    """The schema where the owner of a table finds the table's name; empty where it does not."""
    schemas = {other.schema for other in homes if other.owner != home.owner or other.owner_may_use}
    names = [
        (quoted.replace('""', '"') if quoted else bare.lower()) for quoted, bare in _NAME.findall(home.path)
    ]
    resolved = (home.owner if name == "$user" else name for name in names)
    return next((name for name in resolved if name in schemas), "")
