"""A SQLite file of Temporal: what it tells, whatever else it may be, and that reading it harms nobody."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from agent.config import Sqlite
from agent.demo.stores import make_store
from agent.model.observation import Facts, Failure, Node, SchemaRow
from agent.model.vocabulary import Reason
from agent.probes import open_probe
from tests.fleets import eventually
from tests.probes.reading import facts, failure, read, within

TABLE = "CREATE TABLE schema_version (version_partition INT, db_name TEXT, curr_version TEXT)"


def get(path: Path, database: str | None = "temporal", timeout: float = 1.0) -> Facts | Failure:
    return read(open_probe("sqlite", Sqlite(path=str(path), database=database)), timeout)


def get_facts(path: Path, database: str | None = "temporal") -> Facts:
    return facts(open_probe("sqlite", Sqlite(path=str(path), database=database)))


def get_failure(path: Path, timeout: float = 1.0) -> Failure:
    return failure(open_probe("sqlite", Sqlite(path=str(path), database="temporal")), timeout)


@pytest.fixture
def store(tmp_path: Path) -> Path:
    path = tmp_path / "temporal.db"
    make_store(path, "1.11", written_by="3.45.1")
    return path


def made(path: Path, *statements: str) -> Path:
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            connection.execute(statement)
    return path


def test_header_and_row_report_version_and_schema(store: Path) -> None:
    found = get_facts(store)
    assert (found.component, found.nodes) == ("sqlite", (Node("3.45.1"),))
    assert found.schema == SchemaRow("1.11")
    assert found.tables is not None
    assert found.tables >= {"schema_version", "namespaces", "cluster_metadata_info"}


@pytest.mark.parametrize("version", ["3.0.0", "3.41.2", "3.999.999", "4.0.1"])
def test_any_version_of_the_library_is_read_from_the_header(tmp_path: Path, version: str) -> None:
    path = tmp_path / "temporal.db"
    make_store(path, "1.11", written_by=version)
    assert get_facts(path).nodes == (Node(version),)


def test_a_file_without_a_version_table_has_no_schema_to_judge(tmp_path: Path) -> None:
    path = tmp_path / "temporal.db"
    make_store(path, None)
    assert get_facts(path).schema is None


def test_only_the_row_of_the_stores_own_database_counts(store: Path) -> None:
    schema = get_facts(store, "temporal_visibility").schema
    assert schema is not None
    assert schema.version is None
    assert schema.problem is not None
    assert schema.problem.reason is Reason.SCHEMA_ROW_MISSING
    assert "no row for database temporal_visibility, only for temporal (1.11)" in schema.problem.text


def test_only_the_row_of_partition_zero_counts(tmp_path: Path) -> None:
    path = made(tmp_path / "x.db", TABLE, "INSERT INTO schema_version VALUES (1, 'temporal', '1.11')")
    schema = get_facts(path).schema
    assert schema is not None
    assert schema.problem is not None
    assert schema.problem.reason is Reason.SCHEMA_ROW_MISSING


def test_the_path_is_the_databases_name_unless_configured(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    made(path, TABLE, f"INSERT INTO schema_version VALUES (0, '{path}', '1.11')")
    assert get_facts(path, database=None).schema == SchemaRow("1.11")


@pytest.mark.parametrize("value", ["NULL", "x'ff'", "7", "''", "'1.11' || char(13) || '# x'"])
def test_a_version_of_any_kind_is_kept_as_text(tmp_path: Path, value: str) -> None:
    path = made(tmp_path / "x.db", TABLE, f"INSERT INTO schema_version VALUES (0, 'temporal', {value})")
    schema = get_facts(path).schema
    assert schema is not None
    assert isinstance(schema.version, str)


# Whatever is no store


def test_a_file_that_is_not_there_is_a_missing_database(tmp_path: Path) -> None:
    found = get_failure(tmp_path / "none.db")
    assert (found.reason, found.text) == (Reason.DATABASE_MISSING, f"{tmp_path / 'none.db'} does not exist")


def test_a_folder_can_not_be_read(tmp_path: Path) -> None:
    assert get_failure(tmp_path).reason is Reason.UNREACHABLE


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "temporal.db")
    with within(1.0):
        assert get_failure(tmp_path / "temporal.db").reason is Reason.UNREACHABLE


def test_a_version_longer_than_any_honest_one_is_not_taken_in(tmp_path: Path) -> None:
    path = made(
        tmp_path / "x.db",
        TABLE,
        "INSERT INTO schema_version VALUES (0, 'temporal', hex(zeroblob(50000000)))",
    )
    assert get_failure(path).reason is Reason.ANSWER_TOO_LARGE


def test_a_table_longer_than_can_be_read_in_time_is_left(tmp_path: Path) -> None:
    numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000)"
    path = made(tmp_path / "x.db", TABLE, f"INSERT INTO schema_version {numbers} SELECT 0, i, i FROM n")
    assert get_failure(path, timeout=0.005).reason is Reason.TIMEOUT


def _torn(good: bytes) -> dict[str, bytes]:
    return {
        "empty": b"",
        "text": b"hello\n" * 100,
        "almost a header": good[:99],
        "another magic": b"SQLite format 2\x00" + good[16:],
        "a page and a half": good[:6000],
        "noise behind the header": good[:100] + b"\xa5" * (len(good) - 100),
    }


@pytest.mark.parametrize("kind", _torn(b""))
def test_what_is_not_a_database_is_a_bad_answer(store: Path, kind: str) -> None:
    store.write_bytes(_torn(store.read_bytes())[kind])
    assert get_failure(store).reason is Reason.BAD_ANSWER


@pytest.mark.parametrize(
    "statements",
    [
        ("CREATE TABLE schema_version (a INT)",),
        (TABLE, "INSERT INTO schema_version VALUES (0, 'temporal', CAST(x'ff' AS TEXT))"),
    ],
)
def test_a_table_of_another_shape_is_a_bad_answer(tmp_path: Path, statements: tuple[str, ...]) -> None:
    assert get_failure(made(tmp_path / "x.db", *statements)).reason is Reason.BAD_ANSWER


def test_a_name_with_the_marks_of_an_address_is_a_name(tmp_path: Path) -> None:
    path = tmp_path / "a?mode=rwc#b %41.db"
    make_store(path, "1.11")
    made(path, "UPDATE schema_version SET db_name = 'temporal'")
    assert get_facts(path).schema == SchemaRow("1.11")
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


@pytest.fixture(scope="module")
def good() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "temporal.db"
        make_store(path, "1.11")
        return path.read_bytes()


@settings(deadline=None, max_examples=100)
@example(noise=b"\x00\x00\x00\x00\x00\x80", offset=3613)
@given(noise=st.binary(max_size=64), offset=st.integers(0, 16384))
def test_any_damage_gives_facts_or_an_expected_reason(good: bytes, noise: bytes, offset: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "temporal.db"
        content = bytearray(good)
        content[offset : offset + len(noise)] = noise
        path.write_bytes(content)
        result = get(path, timeout=0.2)
    assert isinstance(result, Facts) or result.reason in (Reason.BAD_ANSWER, Reason.UNREACHABLE)


# Beside a server that writes


def test_a_file_that_another_process_has_locked_is_still_read(store: Path) -> None:
    with closing(sqlite3.connect(store, isolation_level=None)) as writer:
        writer.execute("BEGIN EXCLUSIVE")
        writer.execute("UPDATE schema_version SET curr_version = '9.9'")
        # Nothing of it is in the file yet.
        assert get_facts(store).schema == SchemaRow("1.11")
        writer.execute("ROLLBACK")


def begin_in_the_file(writer: sqlite3.Connection) -> None:
    """A transaction that does not fit in memory: some of it stands in the file before it is committed."""
    writer.execute("PRAGMA cache_size=1")
    writer.execute("BEGIN")
    writer.execute("UPDATE schema_version SET curr_version = '9.9'")
    writer.executemany("INSERT INTO big VALUES (randomblob(4000))", [()] * 50)


@pytest.fixture
def writer(store: Path) -> Iterator[sqlite3.Connection]:
    made(store, "CREATE TABLE big (x BLOB)")
    connection = sqlite3.connect(store, isolation_level=None, check_same_thread=False, timeout=0)
    with closing(connection) as writer:
        yield writer


def test_a_file_in_the_middle_of_a_long_transaction_times_out_within_the_deadline(
    store: Path, writer: sqlite3.Connection
) -> None:
    begin_in_the_file(writer)
    with within(1.0):
        assert get_failure(store, timeout=0.2).reason is Reason.TIMEOUT
    writer.execute("ROLLBACK")
    assert get_facts(store).schema == SchemaRow("1.11")


def test_a_file_in_the_middle_of_a_transaction_for_a_moment_is_waited_for(
    store: Path, writer: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin_in_the_file(writer)
    # It is committed in the pause before the second attempt.
    monkeypatch.setattr("time.sleep", lambda _seconds: writer.execute("COMMIT"))
    found = get(store, timeout=2.0)
    assert isinstance(found, Facts)
    assert found.schema == SchemaRow("9.9")


@pytest.mark.parametrize("mode", ["delete", "truncate", "persist"])
def test_what_was_never_committed_is_never_read(store: Path, writer: sqlite3.Connection, mode: str) -> None:
    assert writer.execute(f"PRAGMA journal_mode={mode}").fetchone() == (mode,)
    with reading_all_the_time(store) as results:
        for _ in range(30):
            count = len(results)
            begin_in_the_file(writer)
            writer.execute("ROLLBACK")
            assert eventually(lambda before=count: len(results) > before)  # type: ignore[misc]
    assert {found.schema for found in results if isinstance(found, Facts)} == {SchemaRow("1.11")}


@contextmanager
def reading_all_the_time(path: Path) -> Iterator[list[Facts | Failure]]:
    results: list[Facts | Failure] = []
    stop = threading.Event()

    def work() -> None:
        while not stop.is_set():
            results.append(get(path))

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield results
    finally:
        stop.set()
        thread.join()


@pytest.mark.parametrize("mode", ["delete", "wal"])
def test_a_writer_that_waits_for_no_lock_never_meets_one_of_a_reader(store: Path, mode: str) -> None:
    """Temporal's own connection waits for none either."""
    with closing(sqlite3.connect(store, isolation_level=None, timeout=0)) as writer:
        assert writer.execute(f"PRAGMA journal_mode={mode}").fetchone() == (mode,)
        # As a server that runs has: whoever opens a new write-ahead log first makes its index, under a lock.
        writer.execute("UPDATE schema_version SET curr_version = '1.0'")
        longest = 0.0
        with reading_all_the_time(store) as results:
            for number in range(50):
                began = time.monotonic()
                writer.execute(f"UPDATE schema_version SET curr_version = '1.{number}'")
                longest = max(longest, time.monotonic() - began)
            assert eventually(lambda: bool(results))
    assert longest < 0.5
    assert all(isinstance(result, Facts) for result in results)


def test_what_is_in_the_write_ahead_log_is_read(store: Path) -> None:
    with closing(sqlite3.connect(store, isolation_level=None)) as writer:
        writer.execute("PRAGMA journal_mode=wal")
        writer.execute("UPDATE schema_version SET curr_version = '1.12'")
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("UPDATE schema_version SET curr_version = '1.13'")
        assert get_facts(store).schema == SchemaRow("1.12")
        writer.execute("COMMIT")
        assert get_facts(store).schema == SchemaRow("1.13")


def test_reading_changes_nothing_and_keeps_nothing_open(store: Path) -> None:
    before = (store.read_bytes(), store.stat().st_mtime_ns, sorted(store.parent.iterdir()))
    descriptors = len(os.listdir("/proc/self/fd"))
    for _ in range(3):
        get_facts(store)
    assert (store.read_bytes(), store.stat().st_mtime_ns, sorted(store.parent.iterdir())) == before
    assert len(os.listdir("/proc/self/fd")) == descriptors


def test_what_a_crash_left_behind_is_left_for_the_server_to_mend(store: Path, tmp_path: Path) -> None:
    made(store, "CREATE TABLE big (x BLOB)")
    crashed = tmp_path / "crashed" / "temporal.db"
    crashed.parent.mkdir()
    with closing(sqlite3.connect(store, isolation_level=None)) as writer:
        begin_in_the_file(writer)
        # The pages that did not fit stand in the file, and the old ones in the journal.
        shutil.copy(store, crashed)
        shutil.copy(f"{store}-journal", f"{crashed}-journal")
        writer.execute("ROLLBACK")
    before = {entry.name: entry.read_bytes() for entry in crashed.parent.iterdir()}
    assert len(before) == 2
    result = get_failure(crashed, timeout=0.1)
    assert result.reason is Reason.TIMEOUT
    assert "left so by a crash" in result.text
    assert {entry.name: entry.read_bytes() for entry in crashed.parent.iterdir()} == before


# Without rights


@contextmanager
def as_nobody() -> Iterator[None]:
    """Root may read everything, so it steps down; others have no more rights than this anyway."""
    if os.geteuid() != 0:
        yield
        return
    os.setegid(65534)
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that others may enter, unlike pytest's own."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder
        folder.chmod(0o755)


def test_a_file_that_may_not_be_read_is_denied(open_folder: Path) -> None:
    path = open_folder / "temporal.db"
    make_store(path, "1.11")
    path.chmod(0)
    with as_nobody():
        assert get_failure(path).reason is Reason.PERMISSION_DENIED


def test_a_file_in_a_folder_that_may_not_be_written_is_read(open_folder: Path) -> None:
    path = open_folder / "temporal.db"
    make_store(path, "1.11")
    path.chmod(0o444)
    open_folder.chmod(0o555)
    with as_nobody():
        assert get_facts(path).schema == SchemaRow("1.11")


def test_a_write_ahead_log_that_can_not_be_opened_is_an_expected_failure(open_folder: Path) -> None:
    path = open_folder / "temporal.db"
    make_store(path, "1.11")
    made(path, "PRAGMA journal_mode=wal")
    path.chmod(0o444)
    open_folder.chmod(0o555)
    with as_nobody():
        result = get(path)
    assert isinstance(result, Facts) or result.reason is Reason.UNREACHABLE
