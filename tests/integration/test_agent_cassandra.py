"""Cassandra as Temporal's default store: every node's version, the schema row, and what can't be read."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agent.model.observation import Facts, Failure, Observation
from agent.model.vocabulary import Check, Reason, Role, Verdict
from agent.snapshot import Snapshot

from .agents import cluster, every_endpoint, observe, one_cycle, result, until
from .factories import CassandraFactory, KeyspaceFactory, StoresFactory, TemporalFactory
from .servers.cassandra import CassandraOptions, CassandraServer, CassandraStores, Keyspace
from .servers.certificates import Authority
from .servers.grants import statements
from .servers.postgres import PostgresServer
from .servers.start_tables import create_start_tables
from .servers.temporal import TemporalServer, try_start
from .servers.temporal_build import TemporalBinaries


@pytest.fixture(autouse=True)
def _password(postgres15: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEMPORAL_STORE_PASSWORD", postgres15.password)


@pytest.fixture(scope="module")
def stores(
    make_stores: StoresFactory, cassandra5: CassandraServer, make_keyspace: KeyspaceFactory
) -> CassandraStores:
    """The default store on Cassandra 5.0.5, visibility on PostgreSQL 15."""
    made = make_stores()
    keyspace = make_keyspace(cassandra5)
    return CassandraStores(made.postgres, keyspace.name, made.visibility, keyspace=keyspace)


@pytest.fixture(scope="module")
def server(temporal: Callable[[str], TemporalBinaries], stores: CassandraStores) -> Iterator[TemporalServer]:
    """A Temporal 1.31.2 on these stores."""
    with TemporalServer(temporal("1.31.2"), stores) as running:
        yield running


def keyspace_of(node: CassandraServer, name: str, **settings: Any) -> dict[str, Any]:
    return {"cassandra": {"hosts": [node.host], "port": node.port, "keyspace": name, **settings}}


def described(server: TemporalServer, store: dict[str, Any]) -> dict[str, Any]:
    return {**cluster(server.stores, every_endpoint(server)), "persistence": store}


def observation(snapshot: Snapshot) -> Observation:
    return next(o for o in snapshot.observations if o.target.role is Role.PERSISTENCE)


def facts(snapshot: Snapshot) -> Facts:
    found = observation(snapshot)
    assert found.facts is not None, found.failure
    return found.facts


def failure(snapshot: Snapshot) -> Failure:
    found = observation(snapshot).failure
    assert found is not None
    return found


def of_schema(snapshot: Snapshot) -> tuple[Verdict, Reason]:
    schema = result(snapshot, Role.PERSISTENCE, Check.SCHEMA)
    return schema.verdict, schema.reason


def keyspace_in(server: TemporalServer) -> Keyspace:
    assert isinstance(server.stores, CassandraStores)
    assert server.stores.keyspace is not None
    return server.stores.keyspace


def test_temporal_on_cassandra_and_postgresql_is_all_green_and_turns_as_the_binary_does(
    tmp_path: Path, temporal: Callable[[str], TemporalBinaries], server: TemporalServer
) -> None:
    """One version back: unsupported, would not start, and the same binary refuses; forward: all is well."""
    keyspace = keyspace_in(server)
    with one_cycle(tmp_path, described(server, keyspace_of(keyspace.cassandra, keyspace.name))) as cycle:
        snapshot = cycle.round()
        assert snapshot.judgement.verdict is Verdict.SUPPORTED
        assert snapshot.judgement.start.would_start is True
        assert all(r.verdict is Verdict.SUPPORTED for r in snapshot.judgement.results)
        version = result(snapshot, Role.PERSISTENCE, Check.VERSION)
        assert (version.component, version.reason) == ("cassandra", Reason.DOCUMENTED)
        assert of_schema(snapshot) == (Verdict.SUPPORTED, Reason.SCHEMA_CURRENT)
        seen = facts(snapshot)
        assert ([node.version for node in seen.nodes], seen.flavor, seen.gaps) == (["5.0.5"], "", ())

        now_at = keyspace.version()
        keyspace.set_version("1.12")
        snapshot = cycle.round()
        assert of_schema(snapshot) == (Verdict.UNSUPPORTED, Reason.SCHEMA_BEHIND)
        assert snapshot.judgement.verdict is Verdict.UNSUPPORTED
        assert snapshot.judgement.start.would_start is False
        assert {s.role: s.drift for s in snapshot.judgement.schemas}[Role.PERSISTENCE] == -1
        came_up, log = try_start(temporal("1.31.2"), server.stores)
        assert not came_up
        assert "cannot be greater than Actual version" in log

        keyspace.set_version(now_at)
        came_up, _ = try_start(temporal("1.31.2"), server.stores)
        assert came_up
        snapshot = cycle.round()
        assert snapshot.judgement.verdict is Verdict.SUPPORTED
        assert snapshot.judgement.start.would_start is True


def test_an_older_server_on_a_newer_cassandra_is_untested_and_starts_on_the_newer_schema(
    tmp_path: Path, start_temporal: TemporalFactory, stores: CassandraStores
) -> None:
    # Nobody vouches for 5.0 with a release of 2024, and nobody excludes it.
    older = start_temporal("1.24.2", stores)
    assert stores.keyspace is not None
    store = keyspace_of(stores.keyspace.cassandra, stores.keyspace.name)
    snapshot = observe(tmp_path, described(older, store))
    version = result(snapshot, Role.PERSISTENCE, Check.VERSION)
    assert (version.verdict, version.reason) == (Verdict.UNTESTED, Reason.UNTESTED_NEWER)
    assert of_schema(snapshot) == (Verdict.SUPPORTED, Reason.SCHEMA_AHEAD)
    assert snapshot.judgement.start.would_start is True


def test_visibility_on_cassandra_is_unsupported_from_1_24_on_and_the_binary_refuses_it(
    tmp_path: Path, temporal: Callable[[str], TemporalBinaries], server: TemporalServer
) -> None:
    keyspace = keyspace_in(server)
    store = keyspace_of(keyspace.cassandra, keyspace.name)
    # Metrics tell the release alone, as when the frontend is down.
    config = {**described(server, store), "visibility": store, "temporal": {"metrics": [server.metrics_url]}}
    snapshot = observe(tmp_path, config)
    version = result(snapshot, Role.VISIBILITY, Check.VERSION)
    assert (version.verdict, version.reason) == (Verdict.UNSUPPORTED, Reason.COMPONENT_NOT_SUPPORTED)
    assert snapshot.judgement.start.would_start is False
    assert isinstance(server.stores, CassandraStores)
    stores = replace(server.stores, all_on_cassandra=True)
    came_up, log = try_start(temporal("1.31.2"), stores)
    assert not came_up
    assert "visibility" in log


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("UPDATE {0}.schema_version SET curr_version = 'garbage' WHERE keyspace_name = '{0}'", "unreadable"),
        ("DELETE FROM {0}.schema_version WHERE keyspace_name = '{0}'", "row_missing"),
        ("DROP TABLE {0}.schema_version", "table_missing"),
        ("DROP KEYSPACE {0}", "database_missing"),
    ],
)
def test_the_agent_predicts_what_the_server_refuses(
    tmp_path: Path,
    temporal: Callable[[str], TemporalBinaries],
    server: TemporalServer,
    make_keyspace: KeyspaceFactory,
    change: str,
    reason: str,
) -> None:
    # The server looks at the row before all other tables, so these need not be there.
    node = keyspace_in(server).cassandra
    keyspace = make_keyspace(node, only_tables="1.13")
    create_start_tables(node.cql, f"{keyspace.name}.")
    node.cql(
        f"INSERT INTO {keyspace.name}.schema_version (keyspace_name, curr_version) VALUES ('another', '1.13')"
    )
    store = described(server, keyspace_of(node, keyspace.name))
    assert of_schema(observe(tmp_path, store)) == (Verdict.SUPPORTED, Reason.SCHEMA_CURRENT)
    node.cql(change.format(keyspace.name))
    snapshot = observe(tmp_path, store)
    expected = Reason(reason if reason == "database_missing" else f"schema_{reason}")
    verdict = Verdict.UNKNOWN if expected is Reason.SCHEMA_UNREADABLE else Verdict.UNSUPPORTED
    assert of_schema(snapshot) == (verdict, expected)
    assert snapshot.judgement.start.would_start is False
    # The nodes were read all the same.
    assert result(snapshot, Role.PERSISTENCE, Check.VERSION).verdict is Verdict.SUPPORTED
    other = server.stores
    stores = CassandraStores(other.postgres, keyspace.name, other.visibility, keyspace=keyspace)
    came_up, _ = try_start(temporal("1.31.2"), stores)
    assert not came_up


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"hosts": ["no-such-host.invalid"]}, Reason.NAME_NOT_RESOLVED),
        ({"hosts": ["127.0.0.9"]}, Reason.UNREACHABLE),
        ({"datacenter": "elsewhere"}, Reason.UNREACHABLE),
        ({"user": "agent", "password": "${NOT_SET_ANYWHERE}"}, Reason.SECRET_UNREADABLE),
        ({"tls": {}}, Reason.TLS_FAILED),
    ],
)
def test_a_keyspace_that_cannot_be_read_is_reported_with_the_reason_and_stops_nothing_else(
    tmp_path: Path, server: TemporalServer, settings: dict[str, Any], reason: Reason
) -> None:
    keyspace = keyspace_in(server)
    store = keyspace_of(keyspace.cassandra, keyspace.name, **settings)
    snapshot = observe(tmp_path, described(server, store))
    assert failure(snapshot).reason is reason, failure(snapshot)
    assert result(snapshot, Role.VISIBILITY, Check.SCHEMA).verdict is Verdict.SUPPORTED
    assert snapshot.judgement.verdict is Verdict.UNKNOWN
    assert snapshot.judgement.start.would_start is None


def test_a_host_that_is_down_is_reported_and_another_one_is_read(
    tmp_path: Path, server: TemporalServer
) -> None:
    keyspace = keyspace_in(server)
    node = keyspace.cassandra
    store = keyspace_of(node, keyspace.name, hosts=["127.0.0.9", node.host], datacenter="datacenter1")
    snapshot = observe(tmp_path, described(server, store))
    assert snapshot.judgement.verdict is Verdict.SUPPORTED
    (gap,) = facts(snapshot).gaps
    assert gap.reason is Reason.UNREACHABLE
    assert "127.0.0.9" in gap.text


def test_a_keyspace_has_one_connection_that_is_kept(
    tmp_path: Path, server: TemporalServer, cassandra5: CassandraServer
) -> None:
    keyspace = keyspace_in(server)

    def clients() -> int:
        rows = cassandra5.cql("SELECT client_options FROM system_views.clients")
        return sum(options.get("APPLICATION_NAME") == "temporal-compat-agent" for (options,) in rows)

    with one_cycle(tmp_path, described(server, keyspace_of(keyspace.cassandra, keyspace.name))) as cycle:
        for _ in range(5):
            assert cycle.round().judgement.verdict is Verdict.SUPPORTED
        assert clients() == 1
    until_none = time.monotonic() + 5
    while clients() and time.monotonic() < until_none:
        time.sleep(0.1)
    assert clients() == 0


@pytest.mark.full
@pytest.mark.parametrize(
    ("version", "verdict", "reason"),
    [
        # "Lowest and highest stable version: 3.11 and 4.0" (temporalio/documentation:
        # docs/server/versions-dependencies.md@e441ed3e, 2021), beside 5.0.4 and later from 1.31.0 on
        # (https://github.com/temporalio/documentation/pull/4803, 2026). Between these, nobody names 4.1; this
        # project tried it (docs/evidence.md).
        ("3.11.19", Verdict.SUPPORTED, Reason.DOCUMENTED),
        ("4.0.17", Verdict.SUPPORTED, Reason.DOCUMENTED),
        ("4.1.10", Verdict.UNTESTED, Reason.TRIED),
    ],
)
def test_each_series_is_read_and_judged_as_documented(
    tmp_path: Path,
    server: TemporalServer,
    start_cassandra: CassandraFactory,
    make_keyspace: KeyspaceFactory,
    version: str,
    verdict: Verdict,
    reason: Reason,
) -> None:
    node = start_cassandra(version)
    keyspace = make_keyspace(node)
    snapshot = observe(tmp_path, described(server, keyspace_of(node, keyspace.name)))
    assert [n.version for n in facts(snapshot).nodes] == [version]
    found = result(snapshot, Role.PERSISTENCE, Check.VERSION)
    assert (found.verdict, found.reason) == (verdict, reason)
    assert of_schema(snapshot) == (Verdict.SUPPORTED, Reason.SCHEMA_CURRENT)
    assert snapshot.judgement.start.would_start is True


@pytest.mark.full
def test_two_nodes_of_different_versions_are_both_seen_and_one_that_goes_down_is_known_on(
    tmp_path: Path, server: TemporalServer, start_cassandra: CassandraFactory, make_keyspace: KeyspaceFactory
) -> None:
    first = start_cassandra("4.0.17")
    keyspace = make_keyspace(first, only_tables="1.13")
    second = start_cassandra("5.0.5", CassandraOptions(address="127.0.0.2", seed=first))
    store = described(server, keyspace_of(first, keyspace.name, hosts=[second.host, first.host]))
    with one_cycle(tmp_path, store) as cycle:
        snapshot = until(cycle.round, lambda s: len(facts(s).nodes) == 2)
        assert sorted(n.version for n in facts(snapshot).nodes) == ["4.0.17", "5.0.5"]
        assert len({n.name for n in facts(snapshot).nodes}) == 2
        assert Reason.MIXED_VERSIONS in {remark.reason for remark in snapshot.judgement.remarks}
        second.stop()
        snapshot = cycle.round()
        # The kept connection has ended; the other host tells of both.
        assert sorted(n.version for n in facts(snapshot).nodes) == ["4.0.17", "5.0.5"]
        assert second.host in facts(snapshot).gaps[0].text


@pytest.mark.full
def test_a_wrong_password_and_a_missing_right_have_different_reasons(
    tmp_path: Path,
    server: TemporalServer,
    start_cassandra: CassandraFactory,
    make_keyspace: KeyspaceFactory,
) -> None:
    node = start_cassandra("5.0.5", CassandraOptions(password=True))
    keyspace = make_keyspace(node, only_tables="1.13")
    names = {"temporal.": f"{keyspace.name}.", "agent": "watcher", "change-me": "watching"}
    create, grant = statements("cassandra.cql", names)
    node.cql(create)
    file = tmp_path / "password"
    file.write_text("wrong\n")
    login = {"user": "watcher", "password_file": str(file)}
    with one_cycle(tmp_path, described(server, keyspace_of(node, keyspace.name, **login))) as cycle:
        before = cycle.round()
        assert failure(before).reason is Reason.AUTHENTICATION_FAILED
        assert "wrong" not in failure(before).text
        file.write_text("watching\n")
        without = cycle.round()
        assert result(without, Role.PERSISTENCE, Check.VERSION).verdict is Verdict.SUPPORTED
        assert of_schema(without) == (Verdict.UNKNOWN, Reason.PERMISSION_DENIED)
        node.cql(grant)
        granted = until(cycle.round, lambda s: s.judgement.verdict is Verdict.SUPPORTED)
        assert granted.judgement.verdict is Verdict.SUPPORTED
    anonymous = observe(tmp_path, described(server, keyspace_of(node, keyspace.name)))
    assert failure(anonymous).reason is Reason.AUTHENTICATION_FAILED


@pytest.mark.full
def test_tls_is_verified_and_the_newest_protocol_is_used_if_the_server_has_no_other(
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    authority: Authority,
    server: TemporalServer,
    start_cassandra: CassandraFactory,
) -> None:
    node = start_cassandra("5.0.5", CassandraOptions(tls=authority, only_newest_protocol=True))
    node.cql("CREATE KEYSPACE k WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}")
    node.cql("CREATE TABLE k.schema_version (keyspace_name text PRIMARY KEY, curr_version text)")
    node.cql("INSERT INTO k.schema_version (keyspace_name, curr_version) VALUES ('k', '1.13')")
    create_start_tables(node.cql, "k.")
    foreign = Authority(tmp_path_factory.mktemp("foreign"), "Others")
    verified = observe(
        tmp_path, described(server, keyspace_of(node, "k", tls={"ca_file": str(authority.ca)}))
    )
    assert of_schema(verified) == (Verdict.SUPPORTED, Reason.SCHEMA_CURRENT)
    unverified = observe(tmp_path, described(server, keyspace_of(node, "k", tls={"verify": False})))
    assert all(each.failure is None for each in unverified.observations)
    for tls in ({"ca_file": str(foreign.ca)}, {"ca_file": str(authority.ca), "server_name": "other.example"}):
        refused = observe(tmp_path, described(server, keyspace_of(node, "k", tls=tls)))
        assert failure(refused).reason is Reason.TLS_FAILED
    plain = observe(tmp_path, described(server, keyspace_of(node, "k")))
    assert failure(plain).reason in (Reason.UNREACHABLE, Reason.BAD_ANSWER)


@pytest.mark.full
def test_a_silent_node_takes_its_deadline_and_is_read_again_when_it_is_back(
    tmp_path: Path, server: TemporalServer, start_cassandra: CassandraFactory, make_keyspace: KeyspaceFactory
) -> None:
    node = start_cassandra("5.0.5")
    keyspace = make_keyspace(node, only_tables="1.13")
    create_start_tables(node.cql, f"{keyspace.name}.")
    store = described(server, keyspace_of(node, keyspace.name))
    with one_cycle(tmp_path, store, interval="10s", timeout="2s", max_age="60s") as cycle:
        first = cycle.round()
        assert first.judgement.verdict is Verdict.SUPPORTED
        with node.frozen():
            began = time.monotonic()
            silent = cycle.round(first)
            assert time.monotonic() - began < 3
            assert failure(silent).reason is Reason.TIMEOUT
            # What was known counts on until it is too old.
            assert silent.judgement.verdict is Verdict.SUPPORTED
        back = until(lambda: cycle.round(silent), lambda s: observation(s).failure is None)
    assert observation(back).failure is None
