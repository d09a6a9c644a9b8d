"""MySQL's catalogue: tables, columns and indexes of the database.

information_schema shows columns and indexes of a table only to users with a privilege on them. `REFERENCES`
on the database is enough, and does not allow reading rows
(https://dev.mysql.com/doc/refman/8.0/en/information-schema-introduction.html#information-schema-privileges).
`SELECT *`, because the columns differ between versions and compatible databases.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from agent.model.observation import Failure, SchemaCatalog
from agent.model.vocabulary import Reason
from agent.probes.catalog.normalize import MAX_ROWS, expression, shape

# The part after SELECT.
COLUMNS = f"* FROM information_schema.columns WHERE table_schema = DATABASE() LIMIT {MAX_ROWS + 1}"
INDEXES = (
    "* FROM information_schema.statistics WHERE table_schema = DATABASE()"
    f" ORDER BY table_name, index_name, seq_in_index LIMIT {MAX_ROWS + 1}"
)
_USER = (
    "CONCAT('''', SUBSTRING_INDEX(CURRENT_USER(), '@', 1), '''@''',"
    " SUBSTRING_INDEX(CURRENT_USER(), '@', -1), '''')"
)
_SHOWING = "privilege_type IN ('SELECT', 'INSERT', 'UPDATE', 'REFERENCES')"
#: Number of the user's privileges that show the whole database. Privileges of roles are not included.
RIGHTS = f"""
(SELECT COUNT(*) FROM information_schema.user_privileges WHERE grantee = {_USER} AND {_SHOWING})
+ (SELECT COUNT(*) FROM information_schema.schema_privileges
 WHERE grantee = {_USER} AND {_SHOWING} AND DATABASE() LIKE table_schema)
"""  # noqa: S608 - of constants alone

#: The name of each table, and whether the user may see all of them.
TABLES = (
    f"table_name, {RIGHTS} FROM information_schema.tables"
    f" WHERE table_schema = DATABASE() LIMIT {MAX_ROWS + 1}"
)

#: Display width: MySQL 8.0.19 and later leave it out, MariaDB writes it.
#: Debian's version_comment is "(Debian)", and its version() ends with the revision of the package: 9.7.4-2.
_DEBIAN, _REVISION = "(debian)", re.compile(r"-\d+$")

_WIDTH = re.compile(r"\b((?:tiny|small|medium|big)?int)\(\d+\)")
#: MariaDB stores JSON as this type with a constraint.
_SAME_TYPES = {"longtext": "json"}


def read_tables(rows: Iterable[Sequence[Any]]) -> frozenset[str] | None:
    """The tables of the database; None where there may be more than these rows of TABLES show.

    Raises:
        ValueError: these are not such rows.
    """
    found = [(str(name), int(right)) for name, right in rows]
    names = {name for name, _ in found}
    is_whole = "schema_version" in names and all(right for _, right in found) and len(names) <= MAX_ROWS
    return frozenset(names) if is_whole else None


def read(
    columns: Iterable[Mapping[str, Any]], indexes: Iterable[Mapping[str, Any]], rights: int, user: str
) -> SchemaCatalog:
    """The catalogue from the rows of both queries. The keys of the rows are in lower case."""
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
    text = f"{user} cannot see the whole database: GRANT REFERENCES on it, which does not allow reading rows"
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
    """MySQL escapes the quotes of literals, MariaDB does not."""
    return expression(str(value or "").replace("\\'", "'"))


def without_revision(version: str, comment: str) -> str:
    """MySQL's own version: a revision alone behind the numbers would look like Percona Server's."""
    return _REVISION.sub("", version) if comment.strip().lower() == _DEBIAN else version


def demands_tls(variable: str, *, is_encrypted: bool) -> bool | None:
    """Whether a connection without TLS is refused; None: not known.

    A proxy may accept connections without TLS, and show the variable of a server that does not.
    """
    if not is_encrypted:
        return False
    return variable.upper() in ("ON", "1") if variable else None
