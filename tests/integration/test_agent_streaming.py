"""Kafka and ZooKeeper: every broker and member of real ones, and what the verdict makes of them.

No Temporal runs: what is asked is whether 1.3.0, which the document names these for, would be supported here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agent.metrics.exposition import negotiate, probe_metrics
from agent.model.observation import Facts, Failure, Instant, Observation
from agent.model.vocabulary import Check, Reason, Role, Verdict
from agent.polling.clock import now
from agent.snapshot import Snapshot

from .agents import MATRIX, one_cycle, result, until
from .servers.certificates import Authority
from .servers.kafka import KafkaOptions, KafkaServer
from .servers.kafka_build import kafka_jars
from .servers.requirement import require
from .servers.zookeeper import ZooKeeperServer, ensemble
from .servers.zookeeper_build import zookeeper_jars

#: One of the eight releases that the document names Kafka 2.1.1 and ZooKeeper 3.4.6 for.
_NAMED = "1.3.0"
_STREAMING = (Role.EVENT_STREAMING, Role.COORDINATION)
_SEARCH = {"search": {"elasticsearch": {"url": "http://127.0.0.1:1", "index": "temporal_visibility_v1"}}}
_PASSWORD = "correct horse"


@pytest.fixture(scope="module")
def zookeeper34() -> Iterator[ZooKeeperServer]:
    """A running ZooKeeper 3.4.6."""
    with ZooKeeperServer(require(lambda: zookeeper_jars("3.4.6"))) as server:
        yield server


@pytest.fixture(scope="module")
def kafka21(zookeeper34: ZooKeeperServer) -> Iterator[KafkaServer]:
    """A running broker of Kafka 2.1.1."""
    options = KafkaOptions(zookeeper=zookeeper34.address)
    with KafkaServer(require(lambda: kafka_jars("2.1.1")), options) as server:
        yield server


def _described(
    kafka: dict[str, Any] | None = None, zookeeper: dict[str, Any] | None = None, **more: Any
) -> dict[str, Any]:
    parts = {"kafka": kafka, "zookeeper": zookeeper}
    streaming = {key: part for key, part in parts.items() if part is not None}
    described = {"name": "orders-live", "temporal": {"frontend": "127.0.0.1:1"}, **more}
    return described | ({"event_streaming": streaming} if streaming else {})


def _observe(folder: Path, described: dict[str, Any], assumed: str = _NAMED) -> Snapshot:
    """One round, judged as if this release ran."""
    with one_cycle(folder, described) as cycle:
        cycle.subject = replace(cycle.subject, assumed=assumed)
        return cycle.round()


def _observation(snapshot: Snapshot, role: Role) -> Observation:
    return next(o for o in snapshot.observations if o.target.role is role)


def _facts(snapshot: Snapshot, role: Role = Role.EVENT_STREAMING) -> Facts:
    found = _observation(snapshot, role)
    assert found.failure is None, found.failure
    assert found.facts is not None
    return found.facts


def _failure(snapshot: Snapshot, role: Role = Role.EVENT_STREAMING) -> Failure:
    failure = _observation(snapshot, role).failure
    assert failure is not None
    return failure


def _versions(facts: Facts) -> list[tuple[str, str]]:
    return [(node.version, node.name) for node in facts.nodes]


def _answer(snapshot: Snapshot, role: Role, check: Check = Check.VERSION) -> tuple[Verdict, Reason]:
    told = result(snapshot, role, check)
    return told.verdict, told.reason


def test_the_kafka_and_the_zookeeper_of_the_document_are_supported_with_a_search_store(
    tmp_path: Path, kafka21: KafkaServer, zookeeper34: ZooKeeperServer
) -> None:
    described = _described({"brokers": [kafka21.address]}, {"hosts": [zookeeper34.address]}, **_SEARCH)
    snapshot = _observe(tmp_path, described)
    assert _versions(_facts(snapshot)) == [("2.1", kafka21.address)]
    assert _versions(_facts(snapshot, Role.COORDINATION)) == [("3.4.6", zookeeper34.address)]
    for role in _STREAMING:
        assert _facts(snapshot, role).gaps == ()
        assert _facts(snapshot, role).flavor == ""
        assert _answer(snapshot, role) == (Verdict.SUPPORTED, Reason.DOCUMENTED)
        assert _answer(snapshot, role, Check.REQUIRED) == (Verdict.SUPPORTED, Reason.CONFIGURED)
    assert "patch version could not be read" in result(snapshot, Role.EVENT_STREAMING, Check.VERSION).message
    assert "patch" not in result(snapshot, Role.COORDINATION, Check.VERSION).message


def test_a_release_without_kafka_does_not_mind_it(
    tmp_path: Path, kafka21: KafkaServer, zookeeper34: ZooKeeperServer
) -> None:
    described = _described({"brokers": [kafka21.address]}, {"hosts": [zookeeper34.address]})
    snapshot = _observe(tmp_path, described, assumed="1.31.2")
    for role in _STREAMING:
        assert _answer(snapshot, role) == (Verdict.SUPPORTED, Reason.NOT_USED)
        assert not [r for r in snapshot.judgement.results if (r.role, r.check) == (role, Check.REQUIRED)]


@pytest.mark.parametrize("why", [_SEARCH, {"multi_datacenter": True}])
def test_what_is_needed_and_not_configured_is_missing(
    tmp_path: Path, kafka21: KafkaServer, why: dict[str, Any]
) -> None:
    nothing = _observe(tmp_path, _described(**why))
    for role in _STREAMING:
        assert _answer(nothing, role, Check.REQUIRED) == (Verdict.UNSUPPORTED, Reason.MISSING)
    assert nothing.judgement.verdict is Verdict.UNSUPPORTED
    half = _observe(tmp_path, _described({"brokers": [kafka21.address]}, **why))
    assert _answer(half, Role.EVENT_STREAMING, Check.REQUIRED) == (Verdict.SUPPORTED, Reason.CONFIGURED)
    assert _answer(half, Role.COORDINATION, Check.REQUIRED) == (Verdict.UNSUPPORTED, Reason.MISSING)


def test_every_broker_is_read_and_a_stopped_one_is_reported_and_then_not_counted(
    tmp_path: Path, kafka21: KafkaServer, zookeeper34: ZooKeeperServer
) -> None:
    jars = require(lambda: kafka_jars("2.1.1"))
    options = KafkaOptions(zookeeper=zookeeper34.address, joins=kafka21)
    with KafkaServer(jars, options) as second:
        # Any one of them tells of both, and here only the one that stops is configured.
        described = _described({"brokers": [second.address]}, **_SEARCH)
        with one_cycle(tmp_path, described) as cycle:
            cycle.subject = replace(cycle.subject, assumed=_NAMED)
            before = until(cycle.round, lambda s: len(_facts(s).nodes) == 2)
            assert _versions(_facts(before)) == [("2.1", kafka21.address), ("2.1", second.address)]
            second.stop()
            stopped = cycle.round(before)
        left = _observe(tmp_path, _described({"brokers": [kafka21.address]}))
    # The one that is left may not know it yet.
    assert _versions(_facts(left)) == [("2.1", kafka21.address)]
    assert {gap.reason for gap in _facts(left).gaps} <= {Reason.UNREACHABLE}

    assert _failure(stopped).reason is Reason.UNREACHABLE
    assert (_probe_up(before), _probe_up(stopped)) == ("1.0", "0.0")
    assert _answer(stopped, Role.EVENT_STREAMING) == (Verdict.SUPPORTED, Reason.DOCUMENTED)
    moment = now()
    later = Instant(moment.wall + 180, moment.mono + 180)
    old = stopped.at(MATRIX, later)
    assert _answer(old, Role.EVENT_STREAMING) == (Verdict.UNKNOWN, Reason.OBSERVATION_TOO_OLD)


def _probe_up(snapshot: Snapshot) -> str:
    lines = probe_metrics(snapshot, negotiate("")).decode().splitlines()
    (found,) = [line for line in lines if "probe_up{" in line and 'component="kafka"' in line]
    return found.rpartition(" ")[2]


def test_every_member_of_an_ensemble_is_read_and_a_stopped_one_is_reported(tmp_path: Path) -> None:
    with ensemble(require(lambda: zookeeper_jars("3.4.6")), 3) as members:
        addresses = [member.address for member in members]
        with one_cycle(tmp_path, _described(None, {"hosts": addresses}, **_SEARCH)) as cycle:
            cycle.subject = replace(cycle.subject, assumed=_NAMED)

            def told(snapshot: Snapshot) -> int:
                facts = _observation(snapshot, Role.COORDINATION).facts
                return len(facts.nodes) if facts else 0

            # Until they have found each other they serve nobody.
            whole = until(cycle.round, lambda snapshot: told(snapshot) == 3)
            assert _versions(_facts(whole, Role.COORDINATION)) == [
                ("3.4.6", address) for address in addresses
            ]
            members[1].stop()
            part = until(cycle.round, lambda snapshot: told(snapshot) == 2)
            assert _versions(_facts(part, Role.COORDINATION)) == [
                ("3.4.6", addresses[0]),
                ("3.4.6", addresses[2]),
            ]
            (gap,) = _facts(part, Role.COORDINATION).gaps
            assert gap.reason is Reason.UNREACHABLE
            assert addresses[1] in gap.text
            assert _answer(part, Role.COORDINATION) == (Verdict.SUPPORTED, Reason.DOCUMENTED)
            members[2].stop()
            alone = until(cycle.round, lambda snapshot: told(snapshot) == 0)
            assert _failure(alone, Role.COORDINATION).reason is Reason.STORE_UNAVAILABLE


@pytest.mark.full
def test_kafka_4_1_turns_the_verdict_and_each_of_its_brokers_counts(
    tmp_path: Path, zookeeper34: ZooKeeperServer
) -> None:
    jars = require(lambda: kafka_jars("4.1.0"))
    with KafkaServer(jars) as first, KafkaServer(jars, KafkaOptions(joins=first)) as second:
        described = _described({"brokers": [first.address]}, {"hosts": [zookeeper34.address]}, **_SEARCH)
        snapshot = _observe(tmp_path, described)
    assert _versions(_facts(snapshot)) == [("4.1", first.address), ("4.1", second.address)]
    assert _facts(snapshot).flavor == ""
    assert _answer(snapshot, Role.EVENT_STREAMING) == (Verdict.UNTESTED, Reason.UNTESTED_NEWER)


@pytest.mark.full
def test_a_kafka_that_asks_for_a_login_needs_one_and_no_right(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KAFKA_PASSWORD", _PASSWORD)
    monkeypatch.setenv("WRONG_PASSWORD", "hunter2")
    options = KafkaOptions(login=_PASSWORD, may_not=True)
    with KafkaServer(require(lambda: kafka_jars("4.1.0")), options) as server:

        def seen(**login: str) -> Snapshot:
            return _observe(tmp_path, _described({"brokers": [server.address], **login}))

        for mechanism in ("PLAIN", "SCRAM-SHA-512"):
            login = {"user": server.user, "sasl_mechanism": mechanism}
            told = seen(**login, password="${KAFKA_PASSWORD}")
            assert _versions(_facts(told)) == [("4.1", server.address)]
            wrong = _failure(seen(**login, password="${WRONG_PASSWORD}"))
            assert wrong.reason is Reason.AUTHENTICATION_FAILED
            assert "hunter2" not in wrong.text
        assert _failure(seen()).reason is Reason.AUTHENTICATION_FAILED
        other = {"user": server.user, "sasl_mechanism": "SCRAM-SHA-256", "password": "${KAFKA_PASSWORD}"}
        lacking = _failure(seen(**other))
        assert lacking.reason is Reason.AUTHENTICATION_FAILED
        assert "PLAIN, SCRAM-SHA-512" in lacking.text
        # Brokers that are only advertised tell their series before a login.
        with KafkaServer(require(lambda: kafka_jars("4.1.0")), replace(options, joins=server)) as second:
            login = {"user": server.user, "password": "${KAFKA_PASSWORD}"}
            both = _facts(seen(**login))
        assert _versions(both) == [("4.1", server.address), ("4.1", second.address)]
        assert both.gaps == ()


@pytest.mark.full
def test_a_kafka_with_tls_is_verified_and_may_ask_for_a_certificate(
    tmp_path: Path, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KAFKA_PASSWORD", _PASSWORD)
    ca = {"ca_file": str(authority.ca)}
    own = authority.issue("kafka-client")
    jars = require(lambda: kafka_jars("4.1.0"))
    with KafkaServer(jars, KafkaOptions(login=_PASSWORD, tls=authority)) as server:
        login = {"brokers": [server.address], "user": server.user, "password": "${KAFKA_PASSWORD}"}
        assert _facts(_observe(tmp_path, _described({**login, "tls": ca}))).nodes
        for tls in ({}, {**ca, "server_name": "elsewhere"}):
            assert _failure(_observe(tmp_path, _described({**login, "tls": tls}))).reason is Reason.TLS_FAILED
        assert _failure(_observe(tmp_path, _described(login))).reason is Reason.TLS_FAILED
    with KafkaServer(jars, KafkaOptions(tls=authority, mutual=True)) as server:
        mutual = {**ca, "cert_file": str(own.cert), "key_file": str(own.key)}
        described = _described({"brokers": [server.address], "tls": mutual})
        assert _facts(_observe(tmp_path, described)).nodes
        stranger = _observe(tmp_path, _described({"brokers": [server.address], "tls": ca}))
        assert _failure(stranger).reason is Reason.TLS_FAILED


@pytest.mark.full
def test_a_kafka_that_advertises_an_address_for_others_is_known_by_the_configured_one(tmp_path: Path) -> None:
    # Nothing listens on port 1.
    options = KafkaOptions(advertised="127.0.0.1:1")
    with KafkaServer(require(lambda: kafka_jars("4.1.0")), options) as server:
        facts = _facts(_observe(tmp_path, _described({"brokers": [server.address]})))
    assert _versions(facts) == [("4.1", server.address)]
    (gap,) = facts.gaps
    assert (gap.reason, gap.text.partition(": ")[0]) == (Reason.UNREACHABLE, "127.0.0.1:1")


@pytest.mark.full
def test_zookeeper_3_9_is_identified_by_srvr_and_where_that_is_closed_by_its_admin_server(
    tmp_path: Path,
) -> None:
    with ZooKeeperServer(require(lambda: zookeeper_jars("3.9.4"))) as server:
        by_word = {"hosts": [server.address]}
        by_page = {"hosts": ["127.0.0.1:1"], "admin": server.admin}
        for settings in (by_word, by_page):
            with one_cycle(tmp_path, _described(None, settings, **_SEARCH)) as cycle:
                cycle.subject = replace(cycle.subject, assumed=_NAMED)
                # Its admin server begins after it takes connections.
                seen = until(cycle.round, lambda s: _observation(s, Role.COORDINATION).failure is None)
            assert _versions(_facts(seen, Role.COORDINATION)) == [("3.9.4", settings["hosts"][0])]
            assert _facts(seen, Role.COORDINATION).gaps == ()
            assert _answer(seen, Role.COORDINATION) == (Verdict.UNTESTED, Reason.UNTESTED_NEWER)
        closed = _observe(tmp_path, _described(None, {"hosts": ["127.0.0.1:1"]}))
        assert _failure(closed, Role.COORDINATION).reason is Reason.UNREACHABLE


@pytest.mark.full
def test_a_zookeeper_with_tls_is_verified(tmp_path: Path, authority: Authority) -> None:
    with ZooKeeperServer(require(lambda: zookeeper_jars("3.9.4")), tls=authority) as server:

        def seen(tls: dict[str, str]) -> Snapshot:
            return _observe(tmp_path, _described(None, {"hosts": [server.address], "tls": tls}))

        right = {"ca_file": str(authority.ca)}
        assert _versions(_facts(seen(right), Role.COORDINATION)) == [("3.9.4", server.address)]
        for wrong in ({}, {**right, "server_name": "elsewhere"}):
            assert _failure(seen(wrong), Role.COORDINATION).reason is Reason.TLS_FAILED
