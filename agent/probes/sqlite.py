"""A SQLite file of Temporal: the version that last wrote it, and its schema row if it has one.

A file has no server to ask. Its header names the version of the SQLite library that wrote it last
(https://sqlite.org/fileformat2.html, offset 96), which is the one built into the Temporal server.
The file is opened read-only and for one read at a time: a reader that stays makes the server fail
with SQLITE_BUSY.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from agent.config import Sqlite
from agent.observation import Facts, Failure, Node, SchemaRow
from agent.probes.base import ProbeError
from agent.vocabulary import Reason

_MAGIC = b"SQLite format 3\x00"
_SCHEMA = "SELECT curr_version FROM schema_version WHERE version_partition = 0 AND db_name = ?"


def open_probe(settings: Sqlite) -> SqliteProbe:
    """A probe of one file."""
    return SqliteProbe(Path(settings.path), settings.database or settings.path)


class SqliteProbe:
    """Keeps nothing open between reads."""

    def __init__(self, path: Path, database: str) -> None:
        self._path = path
        self._database = database

    def read(self, timeout: float) -> Facts:
        """The version in the header, and the schema row where there is the table for it."""
        version = self._written_by()
        uri = f"{self._path.resolve().as_uri()}?mode=ro"
        try:
            with closing(sqlite3.connect(uri, uri=True, timeout=timeout)) as connection:
                schema = self._schema(connection)
        except sqlite3.OperationalError as error:
            raise ProbeError(_reason(str(error)), f"{self._path}: {error}") from error
        except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
            # The library quotes a damaged schema in its words, and those are then no text either.
            raise ProbeError(Reason.BAD_ANSWER, f"{self._path}: {error}") from error
        return Facts(component="sqlite", nodes=(Node(version),), schema=schema)

    def abort(self) -> None:
        """Nothing to do: SQLite keeps its own timeout."""

    def close(self) -> None:
        """Nothing is open."""

    def _written_by(self) -> str:
        try:
            with self._path.open("rb") as file:
                header = file.read(100)
        except FileNotFoundError as error:
            raise ProbeError(Reason.DATABASE_MISSING, f"{self._path} does not exist") from error
        except PermissionError as error:
            raise ProbeError(Reason.PERMISSION_DENIED, f"{self._path} may not be read") from error
        except OSError as error:
            raise ProbeError(Reason.UNREACHABLE, f"{self._path}: {error.strerror}") from error
        if len(header) < 100 or not header.startswith(_MAGIC):
            raise ProbeError(Reason.BAD_ANSWER, f"{self._path} is no SQLite database")
        number = int.from_bytes(header[96:100], "big")
        return f"{number // 1_000_000}.{number // 1000 % 1000}.{number % 1000}"

    def _schema(self, connection: sqlite3.Connection) -> SchemaRow | None:
        table = connection.execute(
            "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'schema_version'"
        ).fetchone()
        if table is None:
            # Temporal's development server makes such files: there is nothing to compare.
            return None
        row = connection.execute(_SCHEMA, (self._database,)).fetchone()
        if row is None:
            message = f"table schema_version has no row for database {self._database}"
            return SchemaRow(None, Failure(Reason.SCHEMA_ROW_MISSING, message))
        return SchemaRow(str(row[0]))


def _reason(text: str) -> Reason:
    if "locked" in text:
        return Reason.TIMEOUT
    # The file is there and could be opened, so what it holds is not what Temporal writes.
    is_content = "no such column" in text or "decode" in text
    return Reason.BAD_ANSWER if is_content else Reason.UNREACHABLE
