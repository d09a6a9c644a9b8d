"""What a round asks a PostgreSQL store: its product, its schema row, its extension, what a start needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agent.components.registry import Detected
from agent.model.observation import Failure
from agent.probes.catalog import postgresql_home as home
from agent.probes.catalog import postgresql_product as product
from agent.probes.catalog import postgresql_start as start
from agent.probes.transport.libpq_messages import (
    RawRows,
    Rows,
    raw_rows,
    results_of,
    rows,
    with_literals,
)
from agent.probes.transport.sql import ROWS

# The server cuts long values, because the client would load a row of any size.
SCHEMA = (
    f"SELECT left(db_name, 256), left(curr_version, 256), own FROM (SELECT {ROWS})"  # noqa: S608
    " AS rows (db_name, curr_version, own)"
)

#: Whether the extension of the visibility schema is installed, else whether the owner of the schema may
#: create it. PostgreSQL 13 and later need a privilege on the database for that, older versions a superuser.
EXTENSION = (
    "SELECT CASE WHEN EXISTS (SELECT FROM pg_extension WHERE extname = 'btree_gin') THEN 'installed'"
    " WHEN NOT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'btree_gin') THEN 'absent'"
    " WHEN EXISTS (SELECT FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner"
    " WHERE c.oid = to_regclass('schema_version') AND (r.rolsuper"
    " OR (current_setting('server_version_num')::int >= 130000"
    " AND has_database_privilege(r.oid, current_database(), 'CREATE')))) THEN 'creatable'"
    " ELSE 'not_creatable' END"
)


#: Around the questions: a transaction that cannot write.
_BEGIN, _END = "BEGIN READ ONLY", "ROLLBACK"

#: The first major version in which a limit counts for the message that sets it.
_LIMIT_AT_ONCE = 13


@dataclass(frozen=True)
class Answers:
    """The answers to all questions of a round.

    `path`: the search_path that was set; empty for the connection's own. `raw`: what the server sent.
    """

    found: Detected
    version: str
    rows: Rows
    settings: Mapping[str, str]
    tables: frozenset[str] | None
    path: str
    raw: tuple[RawRows, ...]

    @property
    def allows_one_message(self) -> bool:
        """Whether the next read may ask everything in one message. Compatible products are asked in steps."""
        major = self.version.partition(".")[0]
        return not self.found.flavor and major.isdigit() and int(major) >= _LIMIT_AT_ONCE


@dataclass(frozen=True)
class Questions:
    """What a round asks one store. `path`: the configured search_path; empty: the catalogue decides."""

    database: str
    user: str
    path: str
    reads_extension: bool

    def ask(self, connection: Any, milliseconds: str, known: Answers | None) -> Answers:
        """Ask everything: in one message if `known`, the answers of the read before, allow it.

        `milliseconds`: the time limit of a statement. Returns `known` itself if the server sent
        the same again.

        Raises:
            LookupError: the place of the tables is not known or has changed, or an answer is missing.
            TypeError, ValueError: an answer has another shape.
            psycopg.Error: the server refuses a statement, or the connection is lost.
        """
        first = self._first(connection, milliseconds)
        if known is not None and known.allows_one_message:
            message = [_BEGIN, *first, *self._set_path(connection, known.path), *self._last(connection), _END]
            results = results_of(connection, message)[1:-1]
        else:
            # Before PostgreSQL 13 a limit does not count for the message that sets it.
            results = results_of(connection, [_BEGIN, *first])[1:]
            path = self._set_path(connection, self._path_by([rows(connection, each) for each in results]))
            results += results_of(connection, [*path, *self._last(connection), _END])[:-1]
        # The first column is the time limit.
        raw = ([row[1:] for row in raw_rows(results[0])], *map(raw_rows, results[1:]))
        if known is not None and raw == known.raw:
            return known
        read = self._read([rows(connection, result) for result in results], raw)
        if known is not None and read.path != known.path:
            raise LookupError("the place of the tables has changed")
        return read

    def _first(self, connection: Any, milliseconds: str) -> list[str]:
        found = [with_literals(connection, product.QUESTION, milliseconds=milliseconds)]
        return found if self.path else [*found, with_literals(connection, home.QUESTION, table=home.TABLE)]

    def _set_path(self, connection: Any, path: str) -> list[str]:
        return [with_literals(connection, home.SET_PATH, path=path)] if path else []

    def _last(self, connection: Any) -> list[str]:
        schema = with_literals(connection, SCHEMA, database=self.database)
        return [schema, *([EXTENSION] if self.reads_extension else []), start.QUESTION]

    def _path_by(self, found: list[Rows]) -> str:
        if self.path:
            return self.path
        place = home.path_to(home.read(found[1]), self.database, self.user)
        if isinstance(place, Failure):
            raise LookupError(place.text)
        return place or ""

    def _read(self, found: list[Rows], raw: tuple[RawRows, ...]) -> Answers:
        if None in found[0][0]:
            raise LookupError("the server reports no version")
        product_found, version = product.read(*map(str, found[0][0][1:]))
        settings, tables = start.read(found[-1][0])
        if self.reads_extension:
            settings["btree_gin"] = str(found[-2][0][0])
        schema = found[-3 if self.reads_extension else -2]
        return Answers(product_found, version, schema, settings, tables, self._path_by(found), raw)
