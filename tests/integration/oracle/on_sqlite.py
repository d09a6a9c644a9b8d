"""The states of a file of SQLite, which holds both stores."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from ..servers.process import ExitError, temporary_folder
from ..servers.temporal import TemporalServer
from ..servers.temporal_build import TemporalBinaries
from .case import Case, States

_READ_WRITE = {"mode": "rwc"}


@dataclass
class SqliteCase(Case):
    """One file; the agent has the server's own file. With `setup` the server makes the schema."""

    file: Path
    attributes: dict[str, str] = field(default_factory=lambda: _READ_WRITE)

    def sql(self, statement: str) -> None:
        """Run this statement in the file."""
        with closing(sqlite3.connect(self.file)) as connection, connection:
            connection.execute(statement)

    def datastores(self) -> dict[str, Any]:
        store = {
            "pluginName": "sqlite",
            "databaseName": str(self.file),
            "connectAddr": "localhost",
            "connectProtocol": "tcp",
            "connectAttributes": self.attributes,
            "maxConns": 1,
            "maxIdleConns": 1,
        }
        return {"default": {"sql": store}, "visibility": {"sql": store}}


_Prepare = Callable[[SqliteCase], object]


@dataclass(frozen=True)
class OnSqlite:
    """Both stores in one file."""

    title: str = "SQLite"

    def states(self, binaries: TemporalBinaries) -> States:
        """The states of this release."""
        folder = temporary_folder(f"sqlite-{binaries.version}")
        template = folder / "template.db"
        _set_up(binaries, template)
        for name, prepare in _STATES.items():
            yield name, partial(_prepared, binaries, template, prepare)
        shutil.rmtree(folder)


def _set_up(binaries: TemporalBinaries, file: Path) -> None:
    """A file that this release has made; empty where the release has no SQLite."""
    case = SqliteCase(binaries, file, {**_READ_WRITE, "setup": "true"})
    server = TemporalServer(binaries, case)
    try:
        server.start_services()
        server.stop()
        # Later servers would look for this one.
        case.sql("DELETE FROM cluster_membership")
    except ExitError:
        file.touch()
    finally:
        server.close()


@contextmanager
def _prepared(binaries: TemporalBinaries, template: Path, prepare: _Prepare) -> Iterator[Case]:
    file = template.with_name("case.db")
    shutil.copyfile(template, file)
    case = SqliteCase(binaries, file)
    prepare(case)
    yield case
    for left in file.parent.glob("case.db*"):
        left.unlink()


def _drop(table: str) -> _Prepare:
    return lambda case: case.sql(f"DROP TABLE IF EXISTS {table}")


def _setup(case: SqliteCase) -> None:
    case.attributes = {**_READ_WRITE, "setup": "true"}


def _missing(case: SqliteCase) -> None:
    case.file.unlink(missing_ok=True)


def _empty(case: SqliteCase) -> None:
    case.file.write_bytes(b"")


def _foreign(case: SqliteCase) -> None:
    case.file.write_bytes(b"not a database" * 100)


def _nowhere(case: SqliteCase) -> None:
    case.file = Path("/nowhere/temporal.db")


def _both(*steps: _Prepare) -> _Prepare:
    def change(case: SqliteCase) -> None:
        for step in steps:
            step(case)

    return change


_STATES: dict[str, _Prepare] = {
    "a file that the release has made": lambda _: None,
    "the same with the attribute setup": _setup,
    "no file": _missing,
    "no file, with the attribute setup": _both(_missing, _setup),
    "an empty file": _empty,
    "an empty file, with the attribute setup": _both(_empty, _setup),
    "a file of something else": _foreign,
    "a folder that does not exist": _nowhere,
    "no table namespaces": _drop("namespaces"),
    "no table namespaces, with the attribute setup": _both(_drop("namespaces"), _setup),
    "no table namespace_metadata": _drop("namespace_metadata"),
    "no table cluster_metadata_info": _drop("cluster_metadata_info"),
    "no table queue_metadata": _drop("queue_metadata"),
    "no table cluster_membership": _drop("cluster_membership"),
    "no table executions": _drop("executions"),
    "no table executions_visibility": _drop("executions_visibility"),
}
