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
from agent.probes.transport.libpq_messages import Rows, answers, with_literals
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


@dataclass(frozen=True)
class Answers:
    """The answers to all questions of a round."""

    found: Detected
    version: str
    rows: Rows
    settings: Mapping[str, str]
    tables: frozenset[str] | None


def ask_at_once(
    connection: Any, milliseconds: str, path: str, database: str, user: str, *, reads_extension: bool
) -> Answers:
    """Ask everything in two messages, or three where the tables are outside of the connection's own path.

    `milliseconds`: the time limit of a statement. `path`: the configured search_path; empty: the catalogue
    decides.

    Raises:
        LookupError: the place of the tables is not known, or an answer is missing.
        TypeError, ValueError: an answer has another shape.
        psycopg.Error: the server refuses a statement, or the connection is lost.
    """
    # Before PostgreSQL 13 a limit does not count for the message that sets it.
    first = [with_literals(connection, product.QUESTION, milliseconds=milliseconds)]
    if not path:
        first.append(with_literals(connection, home.QUESTION, table=home.TABLE))
    named, *homes = answers(connection, "; ".join(first))
    if None in named[0]:
        raise LookupError("the server reports no version")
    if homes:
        place = home.path_to(home.read(homes[0]), database, user)
        if isinstance(place, Failure):
            raise LookupError(place.text)
        path = place or ""
    if path:
        answers(connection, with_literals(connection, home.SET_PATH, path=path))
    questions = [with_literals(connection, SCHEMA, database=database)]
    questions += [EXTENSION] if reads_extension else []
    rows, *extension, last = answers(connection, "; ".join([*questions, start.QUESTION]))
    found, version = product.read(*map(str, named[0][1:]))
    settings, tables = start.read(last[0])
    if extension:
        settings["btree_gin"] = str(extension[0][0][0])
    return Answers(found, version, rows, settings, tables)
