"""What a start of the Temporal server depends on in a PostgreSQL database: may it write, which tables exist.

The agent's own transaction is read-only, so the defaults of a new session of the owner of `schema_version`
are read instead, in the order in which PostgreSQL applies them: role in the database, role, database, all
roles, server (https://www.postgresql.org/docs/current/sql-alterrole.html). A default of the server that a
setting of the agent's own role hides is not known. pg_catalog needs no grant.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from agent.probes.catalog.normalize import MAX_ROWS

#: Whether a standby answers, the default of new sessions, what sets it, and the names of the tables.
QUESTION = f"""
WITH home AS (SELECT relnamespace, relowner FROM pg_class WHERE oid = to_regclass('schema_version')),
own AS (SELECT split_part(line, '=', 2) AS value, CASE WHEN setrole <> 0
 THEN 'the role ' || pg_get_userbyid(setrole) WHEN setdatabase <> 0 THEN 'the database'
 ELSE 'all roles' END AS place
 FROM pg_db_role_setting, unnest(setconfig) AS line
 WHERE line LIKE 'default_transaction_read_only=%'
 AND setdatabase IN (SELECT oid FROM pg_database WHERE datname = current_database() UNION SELECT 0::oid)
 AND setrole IN (SELECT relowner FROM home UNION SELECT 0::oid)
 ORDER BY setrole = 0, setdatabase = 0 LIMIT 1),
server AS (SELECT setting AS value, 'the server'::text AS place FROM pg_settings
 WHERE name = 'default_transaction_read_only' AND NOT EXISTS (SELECT FROM own)
 AND source IN ('default', 'environment variable', 'configuration file', 'command line')),
said AS (SELECT value, place FROM own UNION ALL SELECT value, place FROM server)
SELECT pg_is_in_recovery(), (SELECT value::boolean FROM said), (SELECT place FROM said),
 ARRAY(SELECT c.relname::text FROM pg_class c, home WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
 AND (c.relnamespace = home.relnamespace OR pg_table_is_visible(c.oid))
 AND c.relnamespace <> 'pg_catalog'::regnamespace LIMIT {MAX_ROWS + 1})
"""  # noqa: S608 - of constants alone


def read(row: Sequence[Any]) -> tuple[dict[str, str], frozenset[str] | None]:
    """The settings about writing, `on` or `off`, and the tables; None where there may be more of them.

    Raises:
        ValueError: this is not such a row.
    """
    in_recovery, read_only, place, names = row
    settings = {"in_recovery": _on_off(in_recovery)}
    if read_only is not None:
        settings |= {"default_transaction_read_only": _on_off(read_only), "read_only_for": str(place)}
    # A catalogue without the table that was just read does not show everything.
    is_whole = "schema_version" in names and len(names) <= MAX_ROWS
    return settings, frozenset(names) if is_whole else None


def _on_off(value: bool) -> str:
    return "on" if value else "off"
