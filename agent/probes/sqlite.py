"""A SQLite file of Temporal: the SQLite version that last wrote it, and its schema version if it has one.

A file has no server. Its header contains the version of the SQLite library that wrote it last
(https://sqlite.org/fileformat2.html, offset 96), which is the library in the Temporal server.

A read takes no lock, because Temporal does not wait for locks. One read lock, held for a fraction of a
millisecond, made a commit of the development server 1.29.1 fail with SQLITE_BUSY, and its only connection
stayed in that transaction for ever ("cannot start a transaction within a transaction"; seen with
temporalio/cli@v1.5.1). So the file is read as immutable (https://sqlite.org/uri.html#uriimmutable), and the
result counts only if nobody wrote in between. With a write-ahead log, readers and writers do not block each
other, and SQLite's own locks are safe.
"""

from __future__ import annotations

import sqlite3
import stat
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from agent.config import Sqlite
from agent.config.files import open_regular
from agent.model.observation import Facts, Node, SchemaRow
from agent.model.vocabulary import Reason
from agent.probes.base import MAX_ANSWER, ProbeError
from agent.probes.catalog.normalize import MAX_ROWS as MAX_TABLES
from agent.probes.parsing.schema_version_row import MAX_ROWS, schema_row

_MAGIC = b"SQLite format 3\x00"

#: Start of a rollback journal while a transaction is under way, and after a crash within a transaction
#: (https://sqlite.org/fileformat2.html#the_rollback_journal).
_JOURNAL_MAGIC = b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7"

#: Wait before the next attempt if the file was being written, in seconds.
_RETRY_PAUSE = 0.003

#: Longest row or schema statement that is read, in bytes. Valid ones are always shorter.
_MAX_ROW_LENGTH = MAX_ANSWER // MAX_ROWS
_SCHEMA = (
    "SELECT db_name, curr_version, db_name = :database FROM schema_version WHERE version_partition = 0"  # noqa: S608
    f" ORDER BY db_name = :database DESC LIMIT {MAX_ROWS}"
)
_REMEDY = "set `database` to that name in the configuration"


def open_probe(settings: Sqlite) -> SqliteProbe:
    """A probe of one file."""
    return SqliteProbe(Path(settings.path), settings.database or settings.path)


@dataclass(frozen=True)
class _FileState:
    """Shows, without a lock, whether the file has changed: the header counts transactions."""

    header: bytes
    modified: int
    has_log: bool
    is_half_written: bool

    @property
    def written_by(self) -> str:
        number = int.from_bytes(self.header[96:100], "big")
        return f"{number // 1_000_000}.{number // 1000 % 1000}.{number % 1000}"


class SqliteProbe:
    """Keeps nothing open between reads."""

    def __init__(self, path: Path, database: str) -> None:
        self._path = path
        self._database = database

    def read(self, timeout: float) -> Facts:
        """The version in the header, and the schema row if the table exists."""
        end = time.monotonic() + timeout
        while True:
            before = self._state()
            if not before.is_half_written:
                result = self._read(before, end)
                if before.has_log or self._state() == before:
                    if isinstance(result, ProbeError):
                        raise result
                    return result
            if time.monotonic() >= end:
                text = (
                    f"{self._path}: in the middle of a transaction for {timeout:g} s, or left so by a crash"
                )
                raise ProbeError(Reason.TIMEOUT, text)
            time.sleep(_RETRY_PAUSE)

    def abort(self) -> None:
        """Nothing to do: SQLite keeps its own timeout."""

    def close(self) -> None:
        """Nothing is open."""

    def _state(self) -> _FileState:
        try:
            status = self._path.stat()
            if not stat.S_ISREG(status.st_mode):
                raise ProbeError(Reason.UNREACHABLE, f"{self._path} is not a regular file")
            header = _beginning(self._path, 100)
            has_log = header[18:20] == b"\x02\x02"
            journal = b"" if has_log else self._journal()
        except FileNotFoundError as error:
            raise ProbeError(Reason.DATABASE_MISSING, f"{self._path} does not exist") from error
        except PermissionError as error:
            raise ProbeError(Reason.PERMISSION_DENIED, f"no permission to read {error.filename}") from error
        except OSError as error:
            raise ProbeError(Reason.UNREACHABLE, f"{self._path}: {error.strerror}") from error
        except ValueError as error:
            raise ProbeError(Reason.DATABASE_MISSING, f"{self._path}: is not a path: {error}") from error
        if len(header) < 100 or not header.startswith(_MAGIC):
            raise ProbeError(Reason.BAD_ANSWER, f"{self._path} is not a SQLite database")
        return _FileState(header, status.st_mtime_ns, has_log, journal == _JOURNAL_MAGIC)

    def _journal(self) -> bytes:
        path = self._path.resolve()
        try:
            return _beginning(path.with_name(f"{path.name}-journal"), len(_JOURNAL_MAGIC))
        except FileNotFoundError:
            return b""

    def _read(self, state: _FileState, end: float) -> Facts | ProbeError:
        how = "mode=ro" if state.has_log else "mode=ro&immutable=1"
        uri = f"{self._path.resolve().as_uri()}?{how}"
        try:
            with closing(
                sqlite3.connect(uri, uri=True, timeout=max(end - time.monotonic(), 0))
            ) as connection:
                connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _MAX_ROW_LENGTH)
                # A damaged or hostile file may contain a table that never ends.
                connection.set_progress_handler(lambda: time.monotonic() > end, 1000)
                schema, tables = self._schema(connection), _tables(connection)
        except sqlite3.DataError as error:
            return ProbeError(Reason.ANSWER_TOO_LARGE, f"{self._path}: {error}")
        except sqlite3.OperationalError as error:
            return ProbeError(_reason(str(error)), f"{self._path}: {error}")
        except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
            # SQLite quotes the damaged schema in its error, and the quote may not be valid text.
            return ProbeError(Reason.BAD_ANSWER, f"{self._path}: {error}")
        return Facts(component="sqlite", nodes=(Node(state.written_by),), schema=schema, tables=tables)

    def _schema(self, connection: sqlite3.Connection) -> SchemaRow | None:
        table = connection.execute(
            "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'schema_version'"
        ).fetchone()
        if table is None:
            # Temporal's development server creates such files. There is nothing to compare.
            return None
        rows = connection.execute(_SCHEMA, {"database": self._database}).fetchall()
        return schema_row("database", self._database, rows, _REMEDY)


def _tables(connection: sqlite3.Connection) -> frozenset[str] | None:
    """The tables of the file; None where there are too many."""
    names = "SELECT name FROM sqlite_master WHERE type = 'table' LIMIT ?"
    found = connection.execute(names, (MAX_TABLES + 1,)).fetchall()
    return frozenset(str(name) for (name,) in found) if len(found) <= MAX_TABLES else None


def _reason(text: str) -> Reason:
    if "locked" in text or "interrupted" in text:
        return Reason.TIMEOUT
    # The file could be opened, so its content is not from Temporal.
    is_content = "no such column" in text or "decode" in text
    return Reason.BAD_ANSWER if is_content else Reason.UNREACHABLE


def _beginning(path: Path, length: int) -> bytes:
    with open_regular(path) as file:
        return file.read(length)
