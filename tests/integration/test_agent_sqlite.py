"""SQLite files that a real Temporal server is writing: what they tell, and that reading them harms nobody."""

from __future__ import annotations

import sqlite3
import statistics
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from agent.config import Sqlite
from agent.model.observation import Facts, Node, SchemaRow
from agent.model.vocabulary import Check, Reason, Role, Verdict
from agent.probes import Probe, open_probe

from .agents import observe, one_cycle, result
from .servers.commands import run
from .servers.process import free_port
from .servers.temporal_build import TemporalBinaries
from .servers.temporal_cli import DevServer

#: What modernc.org/sqlite v1.34.1 holds, which the go.mod of the development server names
#: (https://pkg.go.dev/modernc.org/sqlite@v1.34.1).
_SQLITE = "3.46.0"

_READS = 400


def _probe(file: Path) -> Probe:
    return open_probe("sqlite", Sqlite(path=str(file)))


def _data(file: Path) -> dict[str, tuple[bytes, int]]:
    """The file and its log. Beside a log there is shared memory, in which readers too leave their marks."""
    entries = [entry for entry in file.parent.glob(f"{file.name}*") if not entry.name.endswith("-shm")]
    return {entry.name: (entry.read_bytes(), entry.stat().st_mtime_ns) for entry in entries}


def _locks(file: Path) -> list[str]:
    """The locks of all processes on this file, of which the kernel tells the inode."""
    inode = file.stat().st_ino
    return [line for line in Path("/proc/locks").read_text().splitlines() if f":{inode} " in line]


@pytest.mark.full
@pytest.mark.parametrize("journal_mode", ["", "wal"])
def test_a_file_under_load_is_read_and_the_server_never_meets_a_lock(
    temporal_cli: Path, journal_mode: str
) -> None:
    with DevServer(temporal_cli, journal_mode) as server:
        probe = _probe(server.file)
        durations = []
        with server.busy() as load:
            for _ in range(_READS):
                began = time.monotonic()
                found = probe.read(5.0)
                durations.append(time.monotonic() - began)
                assert replace(found, tables=None) == Facts(component="sqlite", nodes=(Node(_SQLITE),))
                time.sleep(0.005)
        assert load.failure == ""
        # It was written all the while, else nothing is proved by this.
        assert len(load.runs) > _READS / 10
        assert "SQLITE_BUSY" not in server.log_text()
        assert "database is locked" not in server.log_text()
        assert statistics.median(durations) < 0.05
        server.stop()
        assert _locks(server.file) == []
        before = _data(server.file)
        for _ in range(20):
            assert probe.read(5.0).nodes == (Node(_SQLITE),)
        assert _data(server.file) == before


@pytest.mark.full
def test_a_reader_that_does_lock_breaks_this_server_for_good(temporal_cli: Path) -> None:
    """Why the probe takes no lock: what the test above would see of one that did."""
    with DevServer(temporal_cli) as server:
        with server.busy() as load, closing(sqlite3.connect(server.file, isolation_level=None)) as reader:
            end = time.monotonic() + 30
            while not load.failure and time.monotonic() < end:
                with suppress(sqlite3.OperationalError):
                    reader.execute("BEGIN")
                    reader.execute("SELECT count(*) FROM sqlite_master").fetchone()
                    time.sleep(0.01)
                reader.execute("ROLLBACK")
        assert load.failure
        assert "SQLITE_BUSY" in server.log_text()


@pytest.mark.full
def test_a_development_server_has_versions_and_no_schema_to_judge(tmp_path: Path, temporal_cli: Path) -> None:
    with DevServer(temporal_cli) as server:
        store = {"sqlite": {"path": str(server.file)}}
        described = {
            "name": "laptop",
            "temporal": {"frontend": server.grpc_address},
            "persistence": store,
            "visibility": store,
        }
        snapshot = observe(tmp_path, described)
        assert not [o.failure for o in snapshot.observations if o.failure]
        for role in (Role.PERSISTENCE, Role.VISIBILITY):
            assert result(snapshot, role, Check.VERSION).component == "sqlite"
            checks = {r.check for r in snapshot.judgement.results if r.role is role}
            assert Check.SCHEMA not in checks
        # It runs, and what a server does not check does not keep it from starting.
        assert snapshot.judgement.start.would_start is True


@pytest.mark.parametrize(
    ("version", "answer"),
    [
        # temporalio/temporal@v1.31.2: schema/sqlite/version.go
        # The tool creates the table of the version and no other.
        ("0.11", (Verdict.UNSUPPORTED, Reason.SCHEMA_DIFFERS)),
        ("0.10", (Verdict.UNSUPPORTED, Reason.SCHEMA_BEHIND)),
    ],
)
def test_a_file_with_the_tables_of_the_schema_tool_has_its_schema_judged(
    tmp_path: Path,
    temporal: Callable[[str], TemporalBinaries],
    version: str,
    answer: tuple[Verdict, Reason],
) -> None:
    file = tmp_path / "temporal.db"
    settings = {"SQL_PLUGIN": "sqlite", "SQL_HOST": "-", "SQL_PORT": "0", "SQL_DATABASE": str(file)}
    run([temporal("1.31.2").sql_tool, "setup-schema", "-v", version], env=settings)
    described = {
        "name": "laptop",
        # Nobody is there: it is a release that may come that is judged.
        "temporal": {"frontend": f"127.0.0.1:{free_port()}"},
        "persistence": {"sqlite": {"path": str(file)}},
        "visibility": {"sqlite": {"path": str(file)}},
    }
    with one_cycle(tmp_path, described) as cycle:
        cycle.subject = replace(cycle.subject, assumed="1.31.2")
        snapshot = cycle.round()
    facts = next(o.facts for o in snapshot.observations if o.target.role is Role.PERSISTENCE)
    assert facts is not None
    assert facts.schema == SchemaRow(version)
    schema = result(snapshot, Role.PERSISTENCE, Check.SCHEMA)
    assert (schema.verdict, schema.reason) == answer
    # A server does not look at the version. It creates the tables that are not there, if it is configured so.
    assert snapshot.judgement.start.would_start is None
    assert "setup: true" in snapshot.judgement.start.message
