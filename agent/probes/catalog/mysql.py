"""MySQL's catalogue: tables, columns and indexes of the database.

information_schema tells of a table's columns and indexes only to whom may do something with them.
`REFERENCES` on the database is enough and lets nobody read a row
(https://dev.mysql.com/doc/refman/8.0/en/information-schema-introduction.html#information-schema-privileges).
`SELECT *`, because versions and relatives have columns of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from agent.model.observation import Failure, SchemaCatalog
from agent.model.vocabulary import Reason
from agent.probes.catalog.normalize import MOST_ROWS, expression, shape

# What follows SELECT.
COLUMNS = f"* FROM information_schema.columns WHERE table_schema = DATABASE() LIMIT {MOST_ROWS + 1}"
INDEXES = (
    "* FROM information_schema.statistics WHERE table_schema = DATABASE()"
    f" ORDER BY table_name, index_name, seq_in_index LIMIT {MOST_ROWS + 1}"
)
_USER = (
    "CONCAT('''', SUBSTRING_INDEX(CURRENT_USER(), '@', 1), '''@''',"
    " SUBSTRING_INDEX(CURRENT_USER(), '@', -1), '''')"
)
_SHOWING = "privilege_type IN ('SELECT', 'INSERT', 'UPDATE', 'REFERENCES')"
#: How many rights of the user let it see all of the database. Those that come by a role are not told here.
RIGHTS = f"""
(SELECT COUNT(*) FROM information_schema.user_privileges WHERE grantee = {_USER} AND {_SHOWING})
+ (SELECT COUNT(*) FROM information_schema.schema_privileges
 WHERE grantee = {_USER} AND {_SHOWING} AND DATABASE() LIKE table_schema)
"""  # noqa: S608 - of constants alone

#: The name of each table, and whether the user may see all of them.
TABLES = (
    f"table_name, {RIGHTS} FROM information_schema.tables"
    f" WHERE table_schema = DATABASE() LIMIT {MOST_ROWS + 1}"
)

#: What MySQL no longer writes since 8.0.19, and MariaDB does.
_WIDTH = re.compile(r"\b((?:tiny|small|medium|big)?int)\(\d+\)")
#: MariaDB's JSON is this with a constraint.
_SAME_TYPES = {"longtext": "json"}


def read_tables(rows: Iterable[Sequence[Any]]) -> frozenset[str] | None:
    """The tables of the database; None where there may be more than these rows of TABLES show.

    Raises:
        ValueError: these are not such rows.
    """
    found = [(str(name), int(right)) for name, right in rows]
    names = {name for name, _ in found}
    is_whole = "schema_version" in names and all(right for _, right in found) and len(names) <= MOST_ROWS
    return frozenset(names) if is_whole else None


def read(
    columns: Iterable[Mapping[str, Any]], indexes: Iterable[Mapping[str, Any]], rights: int, user: str
) -> SchemaCatalog:
    """The shape that the rows of both questions tell, their keys in small letters."""
    found = {_place(row, "column_name"): _column(row) for row in columns}
    parts: dict[str, list[str]] = {}
    unique: set[str] = set()
    invalid: set[str] = set()
    count = len(found)
    for row in indexes:
        count += 1
        place = _place(row, "index_name")
        parts.setdefault(place, []).append(_part(row))
        if not int(row["non_unique"]):
            unique.add(place)
        # An index that the optimizer may not use, as MySQL 8.0 and MariaDB 10.6 name it.
        if row.get("is_visible") == "NO" or row.get("ignored") == "YES":
            invalid.add(place)
    written = {
        place: ("unique " if place in unique else "") + ",".join(names) for place, names in parts.items()
    }
    return shape(found, written, invalid, rows=count, hidden=None if rights else _hidden(user))


def _hidden(user: str) -> Failure:
    text = f"{user} may not see all of the database; GRANT REFERENCES on it is enough, and reads no row"
    return Failure(Reason.PERMISSION_DENIED, text)


def _place(row: Mapping[str, Any], name: str) -> str:
    return f"{row['table_name']}.{row[name]}".lower()


def _column(row: Mapping[str, Any]) -> str:
    type_ = _WIDTH.sub(r"\1", str(row["column_type"]).lower())
    type_ = _SAME_TYPES.get(type_, type_)
    generated = _text(row.get("generation_expression"))
    null = "" if row["is_nullable"] == "YES" else " not null"
    return f"{type_}{null}" + (f" as {generated}" if generated else "")


def _part(row: Mapping[str, Any]) -> str:
    return str(row["column_name"]).lower() if row["column_name"] is not None else _text(row.get("expression"))


def _text(value: Any) -> str:
    """MySQL quotes the quotes of literals, and MariaDB does not."""
    return expression(str(value or "").replace("\\'", "'"))
