"""PostgreSQL stores: version, schema row, rights, and every way in which they can't be read."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agent.model.observation import Failure, Observation
from agent.model.vocabulary import Check, Reason, Role, Verdict
from agent.snapshot import Snapshot

from .agents import cluster, every_endpoint, observe, one_cycle, result, store, until
from .factories import StoresFactory, TemporalFactory
from .servers.postgres import PostgresServer
from .servers.start_tables import create_start_tables
from .servers.stores import (
    Stores,
    create_stores,
    create_version_tables,
    schema_version,
    set_schema_version,
    update_schema,
)
from .servers.temporal import TemporalServer, try_start
from .servers.temporal_build import TemporalBinaries


@pytest.fixture(autouse=True)
def _password(postgres15: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEMPORAL_STORE_PASSWORD", postgres15.password)


def _of(snapshot: Snapshot, role: Role) -> Observation:
    return next(o for o in snapshot.observations if o.target.role is role)


def _failure(snapshot: Snapshot, role: Role = Role.PERSISTENCE) -> Failure:
    failure = _of(snapshot, role).failure
    assert failure is not None
    return failure


def test_the_verdict_on_a_schema_is_what_the_binary_does(
    tmp_path: Path,
    temporal: Callable[[str], TemporalBinaries],
    make_stores: StoresFactory,
    start_temporal: TemporalFactory,
) -> None:
    """One version back: unsupported, would not start, and the same binary refuses; forward: all is well."""
    stores = make_stores()
    server = start_temporal(stores=stores)
    with one_cycle(tmp_path, cluster(stores, every_endpoint(server))) as cycle:
        for database, role, back in (
            (stores.default, Role.PERSISTENCE, "1.18"),
            (stores.visibility, Role.VISIBILITY, "1.13"),
        ):
            now_at = schema_version(stores.postgres, database)
            set_schema_version(stores.postgres, database, back)
            snapshot = cycle.round()
            schema = result(snapshot, role, Check.SCHEMA)
            assert (schema.verdict, schema.reason) == (Verdict.UNSUPPORTED, Reason.SCHEMA_BEHIND)
            assert snapshot.judgement.start.would_start is False
            assert snapshot.judgement.verdict is Verdict.UNSUPPORTED
            drift = {s.role: s.drift for s in snapshot.judgement.schemas}
            assert drift[role] == -1
            came_up, log = try_start(temporal("1.31.2"), stores)
            assert not came_up
            assert "cannot be greater than Actual version" in log
            set_schema_version(stores.postgres, database, now_at)
            assert cycle.round().judgement.verdict is Verdict.SUPPORTED
        came_up, _ = try_start(temporal("1.31.2"), stores)
        assert came_up
        assert cycle.round().judgement.start.would_start is True


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("UPDATE schema_version SET curr_version = '1.9'", Reason.SCHEMA_BEHIND),
        ("UPDATE schema_version SET curr_version = 'garbage'", Reason.SCHEMA_UNREADABLE),
        ("UPDATE schema_version SET db_name = 'another'", Reason.SCHEMA_ROW_MISSING),
        ("DELETE FROM schema_version", Reason.SCHEMA_ROW_MISSING),
        ("DROP TABLE schema_version", Reason.SCHEMA_TABLE_MISSING),
    ],
)
def test_the_agent_predicts_what_the_server_refuses(
    tmp_path: Path,
    temporal: Callable[[str], TemporalBinaries],
    make_stores: StoresFactory,
    temporal_server: TemporalServer,
    change: Any,
    reason: Reason,
) -> None:
    stores = make_stores()
    stores.postgres.sql(change, database=stores.default)
    snapshot = observe(tmp_path, cluster(stores, {"frontend": temporal_server.grpc_address}))
    schema = result(snapshot, Role.PERSISTENCE, Check.SCHEMA)
    verdict = Verdict.UNKNOWN if reason is Reason.SCHEMA_UNREADABLE else Verdict.UNSUPPORTED
    assert (schema.verdict, schema.reason) == (verdict, reason)
    assert snapshot.judgement.start.would_start is False
    came_up, _ = try_start(temporal("1.31.2"), stores)
    assert not came_up


def test_an_older_server_starts_on_a_newer_schema_as_predicted(
    tmp_path: Path, temporal: Callable[[str], TemporalBinaries], start_temporal: TemporalFactory
) -> None:
    server = start_temporal("1.24.2")
    snapshot = observe(tmp_path, cluster(server.stores, {"frontend": server.grpc_address}))
    assert snapshot.judgement.start.would_start is True
    assert {s.role: s.drift for s in snapshot.judgement.schemas} == {Role.PERSISTENCE: 7, Role.VISIBILITY: 8}
    came_up, _ = try_start(temporal("1.24.2"), server.stores)
    assert came_up


def test_postgresql_9_6_is_read_and_unsupported(
    tmp_path: Path,
    postgres96: PostgresServer,
    temporal: Callable[[str], TemporalBinaries],
    temporal_server: TemporalServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # The default schema of 1.31 can't be set up here, so the table alone says that it is there.
    for name in ("old", "old_visibility"):
        postgres96.create_database(name)
        create_version_tables(postgres96, temporal("1.31.2").sql_tool, name)
        set_schema_version(postgres96, name, "1.19" if name == "old" else "1.14")
    create_start_tables(lambda statement: postgres96.sql(statement, database="old"))
    monkeypatch.setenv("TEMPORAL_STORE_PASSWORD", postgres96.password)
    stores = Stores(postgres96, "old", "old_visibility")
    snapshot = observe(tmp_path, cluster(stores, {"frontend": temporal_server.grpc_address}))
    for role in (Role.PERSISTENCE, Role.VISIBILITY):
        facts = _of(snapshot, role).facts
        assert facts is not None
        assert [node.version for node in facts.nodes] == ["9.6.24"]
        version = result(snapshot, role, Check.VERSION)
        assert (version.verdict, version.reason) == (Verdict.UNSUPPORTED, Reason.BELOW_MINIMUM)
        assert result(snapshot, role, Check.SCHEMA).verdict is Verdict.SUPPORTED


def test_the_documented_grant_is_enough(
    tmp_path: Path,
    make_stores: StoresFactory,
    temporal_server: TemporalServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stores = make_stores()
    described = cluster(stores, {"frontend": temporal_server.grpc_address})
    for role, database in (("persistence", stores.default), ("visibility", stores.visibility)):
        described[role] = store(stores, database, user="watcher")
    monkeypatch.setenv("TEMPORAL_STORE_PASSWORD", "watching")
    stores.postgres.create_reader("watcher", "watching", [])
    without = observe(tmp_path, described)
    for role in (Role.PERSISTENCE, Role.VISIBILITY):
        schema = result(without, role, Check.SCHEMA)
        assert (schema.verdict, schema.reason) == (Verdict.UNKNOWN, Reason.PERMISSION_DENIED)
        # The version needs no grant.
        assert result(without, role, Check.VERSION).verdict is Verdict.SUPPORTED
    for database in (stores.default, stores.visibility):
        stores.postgres.sql("GRANT SELECT ON schema_version TO watcher", database=database)
    assert observe(tmp_path, described).judgement.verdict is Verdict.SUPPORTED


def test_a_store_keeps_one_connection_and_writes_nothing(
    tmp_path: Path, make_stores: StoresFactory, temporal_server: TemporalServer
) -> None:
    stores = make_stores()
    with one_cycle(tmp_path, cluster(stores, {"frontend": temporal_server.grpc_address})) as cycle:
        for _ in range(5):
            assert cycle.round().judgement.verdict is Verdict.SUPPORTED
        connections = stores.postgres.sql(
            "SELECT datname, count(*), min(state) FROM pg_stat_activity"
            " WHERE application_name = 'temporal-compat-agent' AND datname = ANY(%s) GROUP BY datname",
            ([stores.default, stores.visibility],),
        )
    # Between rounds no transaction stays open.
    assert sorted(connections) == sorted([(stores.default, 1, "idle"), (stores.visibility, 1, "idle")])


def test_a_closed_connection_is_replaced_without_a_failed_probe(
    tmp_path: Path, make_stores: StoresFactory, temporal_server: TemporalServer
) -> None:
    stores = make_stores()
    with one_cycle(tmp_path, cluster(stores, {"frontend": temporal_server.grpc_address})) as cycle:
        cycle.round()
        stores.postgres.sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (stores.default,)
        )
        assert _of(cycle.round(), Role.PERSISTENCE).failure is None


def test_a_password_that_rotates_is_read_again(
    tmp_path: Path, make_stores: StoresFactory, temporal_server: TemporalServer
) -> None:
    stores = make_stores()
    file = tmp_path / "password"
    file.write_text("wrong\n")
    described = cluster(stores, {"frontend": temporal_server.grpc_address})
    described["persistence"] = store(stores, stores.default, password_file=str(file))
    del described["persistence"]["postgresql"]["password"]
    with one_cycle(tmp_path, described) as cycle:
        before = cycle.round()
        assert _failure(before).reason is Reason.AUTHENTICATION_FAILED
        assert result(before, Role.PERSISTENCE, Check.SCHEMA).reason is Reason.AUTHENTICATION_FAILED
        assert "wrong" not in _failure(before).text
        file.write_text(stores.postgres.password + "\n")
        assert cycle.round().judgement.verdict is Verdict.SUPPORTED


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"database": "nowhere"}, Reason.DATABASE_MISSING),
        ({"user": "nobody_here"}, Reason.AUTHENTICATION_FAILED),
        ({"password": "${NOT_SET_ANYWHERE}"}, Reason.SECRET_UNREADABLE),
        ({"host": "no-such-host.invalid"}, Reason.NAME_NOT_RESOLVED),
        ({"tls": {}}, Reason.TLS_FAILED),
    ],
)
def test_a_store_that_cannot_be_read_says_why_and_stops_nothing_else(
    tmp_path: Path,
    make_stores: StoresFactory,
    temporal_server: TemporalServer,
    settings: dict[str, Any],
    reason: Reason,
) -> None:
    stores = make_stores()
    described = cluster(stores, {"frontend": temporal_server.grpc_address})
    described["persistence"]["postgresql"] |= settings
    snapshot = observe(tmp_path, described)
    assert _failure(snapshot).reason is reason, _failure(snapshot)
    assert stores.postgres.password not in _failure(snapshot).text
    assert result(snapshot, Role.VISIBILITY, Check.SCHEMA).verdict is Verdict.SUPPORTED
    assert snapshot.judgement.verdict is Verdict.UNKNOWN
    # A database that does not exist is known to stop the start; what else hides it from the agent does not.
    expected = False if reason is Reason.DATABASE_MISSING else None
    assert snapshot.judgement.start.would_start is expected


def test_a_statement_that_waits_for_a_lock_ends_at_its_timeout(
    tmp_path: Path, make_stores: StoresFactory, temporal_server: TemporalServer
) -> None:
    stores = make_stores()
    described = cluster(stores, {"frontend": temporal_server.grpc_address})
    with one_cycle(tmp_path, described, interval="10s", timeout="2s") as cycle:
        cycle.round()
        with stores.postgres.connect(stores.default) as connection, connection.transaction():
            connection.execute("LOCK TABLE schema_version IN ACCESS EXCLUSIVE MODE")
            began = time.monotonic()
            snapshot = cycle.round()
            assert time.monotonic() - began < 3
            assert _failure(snapshot).reason is Reason.TIMEOUT
        recovered = until(cycle.round, lambda s: s.judgement.verdict is Verdict.SUPPORTED)
    assert recovered.judgement.verdict is Verdict.SUPPORTED


def test_a_postgresql_that_falls_silent_is_left_behind_and_read_again_when_it_is_back(
    tmp_path: Path,
    own_postgres15: PostgresServer,
    temporal: Callable[[str], TemporalBinaries],
    temporal_server: TemporalServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TEMPORAL_STORE_PASSWORD", own_postgres15.password)
    stores = create_stores(own_postgres15, temporal("1.31.2").sql_tool, "silent")
    described = cluster(stores, {"frontend": temporal_server.grpc_address})
    with one_cycle(tmp_path, described, interval="10s", timeout="1s", max_age="20s") as cycle:
        first = cycle.round()
        assert first.judgement.verdict is Verdict.SUPPORTED
        with own_postgres15.frozen():
            began = time.monotonic()
            silent = cycle.round(first)
            assert time.monotonic() - began < 1.5
            assert {o.failure.reason for o in silent.observations if o.failure} == {Reason.TIMEOUT}
            # What was known counts on until it is too old.
            assert silent.judgement.verdict is Verdict.SUPPORTED
        back = until(lambda: cycle.round(silent), lambda s: not any(o.failure for o in s.observations))
    assert not any(o.failure for o in back.observations)


def test_a_half_done_upgrade_is_seen_store_by_store(
    tmp_path: Path,
    temporal: Callable[[str], TemporalBinaries],
    make_stores: StoresFactory,
    temporal_server: TemporalServer,
) -> None:
    stores = make_stores(default_version="1.18", visibility_version="1.13")
    frontend = {"frontend": temporal_server.grpc_address}
    update_schema(stores.postgres, temporal("1.31.2").sql_tool, stores.default, "temporal")
    snapshot = observe(tmp_path, cluster(stores, frontend))
    assert result(snapshot, Role.PERSISTENCE, Check.SCHEMA).reason is Reason.SCHEMA_CURRENT
    assert result(snapshot, Role.VISIBILITY, Check.SCHEMA).reason is Reason.SCHEMA_BEHIND
    assert snapshot.judgement.start.would_start is False
