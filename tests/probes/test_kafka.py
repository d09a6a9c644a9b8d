"""Kafka: which series answers how, and all that goes wrong before and while brokers answer.

What real brokers of 2.1.1 and 4.1.0 answer, with logins and TLS, is tested in tests/integration.
"""

from __future__ import annotations

import os
import socket
import struct
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from kafka.protocol.broker_version_data import BROKER_API_VERSIONS

from agent.config import Kafka, Tls
from agent.model.observation import Facts, Failure, Node
from agent.model.versions import parse
from agent.model.vocabulary import Reason
from agent.probes import open_probe
from agent.probes.transport.kafka_protocol import series_of
from tests.laws import law
from tests.probes.kafka_server import (
    API_VERSIONS,
    METADATA,
    SASL_AUTHENTICATE,
    SASL_HANDSHAKE,
    Broker,
    metadata,
)
from tests.probes.reading import facts, failure, peak_of, read, read_until_aborted, within
from tests.probes.servers import TLS, Answer, Handler, Loopback, hang_up, silence, ssh

SERIES = {series: spoken for series, spoken in BROKER_API_VERSIONS.items() if series >= (0, 10)}
OLD, NEW = SERIES[2, 1], SERIES[4, 1]
#: What only brokers with ZooKeeper speak, for among themselves.
BY_ZOOKEEPER = (4, 5, 6, 7, 56, 58, 67)


def settings(*ports: int, **more: Any) -> Kafka:
    return Kafka(**{"brokers": tuple(f"127.0.0.1:{port}" for port in ports), **more})


def get_failure(port: int, timeout: float = 2.0, **more: Any) -> Failure:
    probe = open_probe("kafka", settings(port, **more))
    return failure(probe, timeout)


def get_facts(*ports: int, timeout: float = 2.0, **more: Any) -> Facts:
    return facts(open_probe("kafka", settings(*ports, **more)), timeout)


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


# Series


@law(SERIES)
def test_each_series_answers_like_no_other(series: tuple[int, ...]) -> None:
    assert series_of(SERIES[series]) == (".".join(map(str, series)), True)


@pytest.mark.parametrize(
    ("series", "told"),
    [
        ((3, 2), "3.2"),
        ((3, 3), "3.3 or 3.4"),
        ((3, 4), "3.3 or 3.4"),
        ((3, 5), "3.5"),
        ((3, 6), "3.6"),
        ((3, 9), "3.9"),
    ],
)
def test_what_no_answer_distinguishes_is_reported_as_both(series: tuple[int, ...], told: str) -> None:
    """Without ZooKeeper: apache/kafka@3.4.0, clients/src/main/resources/common/message, `listeners`."""
    spoken = {api: versions for api, versions in SERIES[series].items() if api not in BY_ZOOKEEPER}
    assert series_of(spoken) == (told, True)


def test_a_controller_of_an_older_series_changes_nothing() -> None:
    """While a cluster is upgraded: what a broker hands on to the controller is bounded by that."""
    assert series_of({**NEW, 19: (2, 5), 44: (0, 0), 57: (0, 0)}) == ("4.1", True)


def test_a_broker_that_writes_an_old_format_lacks_what_that_cannot_hold() -> None:
    spoken = {api: versions for api, versions in OLD.items() if not 22 <= api <= 28}
    assert series_of(spoken) == ("2.1", True)


def test_a_broker_newer_than_any_known_is_at_least_the_newest() -> None:
    newest = max(SERIES)
    spoken = {**SERIES[newest], 1: (4, 99), 200: (0, 0)}
    told = f"{newest[0]}.{newest[1]} or later"
    assert series_of(spoken) == (told, True)
    assert parse(told).release == newest


def test_a_relative_answers_like_no_series() -> None:
    """redpanda-data/redpanda: src/v/kafka/server/handlers, which stop at versions of different series."""
    spoken = {**{api: OLD[api] for api in (0, 2, 3, 8, 9, 18)}, 1: (4, 11), 3: (0, 8), 18: (0, 3)}
    with Loopback(Broker(spoken)) as server:
        found = get_facts(server.port)
    assert found.flavor == "other"
    assert [node.version for node in found.nodes] == ["2.3"]


@pytest.mark.parametrize("spoken", [{}, {18: (0, 3)}, {api: OLD[api] for api in OLD if api != METADATA}])
def test_an_answer_without_the_requests_that_every_broker_knows_is_a_bad_answer(spoken: Any) -> None:
    with Loopback(Broker(spoken)) as server:
        assert get_failure(server.port).reason is Reason.BAD_ANSWER


# Brokers


def test_every_broker_that_is_listed_is_read_and_counts_once() -> None:
    with Loopback(Broker(OLD)) as first, Loopback(Broker(NEW)) as second:
        listed = [(7, "127.0.0.1", second.port), (1, "127.0.0.1", first.port)]
        with Loopback(Broker(OLD, listed=listed)) as balancer:
            found = get_facts(balancer.port)
    assert found.nodes == (
        Node("2.1", f"127.0.0.1:{first.port}"),
        Node("4.1", f"127.0.0.1:{second.port}"),
    )
    assert (found.component, found.flavor, found.gaps) == ("kafka", "", ())
    assert dict(found.details) == {"cluster_id": "cluster"}


def test_a_broker_at_its_own_address_is_read_once() -> None:
    with Loopback(Broker(NEW)) as server:
        assert get_facts(server.port).nodes == (Node("4.1", f"127.0.0.1:{server.port}"),)
        assert server.accepted == 1


def test_a_broker_that_cannot_be_reached_is_reported_and_the_others_count() -> None:
    closed = free_port()
    with Loopback(Broker(OLD)) as server:
        listed = [(1, "127.0.0.1", server.port), (2, "127.0.0.1", closed), (3, "no-such-host.invalid", 9092)]
        with Loopback(Broker(OLD, listed=listed)) as first:
            found = get_facts(first.port)
    assert [node.version for node in found.nodes] == ["2.1"]
    assert [gap.reason for gap in found.gaps] == [Reason.UNREACHABLE, Reason.NAME_NOT_RESOLVED]
    assert f"127.0.0.1:{closed}" in found.gaps[0].text
    assert "no-such-host.invalid:9092" in found.gaps[1].text


def test_where_no_advertised_address_can_be_reached_the_configured_ones_count() -> None:
    listed = [(1, "127.0.0.1", free_port()), (2, "127.0.0.1", free_port())]
    with Loopback(Broker(OLD, listed=listed)) as one, Loopback(Broker(NEW, listed=listed)) as two:
        found = get_facts(one.port, two.port)
    assert [node.version for node in found.nodes] == ["2.1", "4.1"]
    assert [gap.reason for gap in found.gaps] == [Reason.UNREACHABLE] * 2


@pytest.mark.parametrize(
    ("host", "port", "reason"),
    [
        ("", 9092, Reason.NAME_NOT_RESOLVED),
        ("a" * 70 + ".invalid", 9092, Reason.NAME_NOT_RESOLVED),
        ("nul\0byte", 9092, Reason.NAME_NOT_RESOLVED),
        ("127.0.0.1", -1, Reason.BAD_ANSWER),
        ("127.0.0.1", 0, Reason.BAD_ANSWER),
        # The system takes port numbers modulo 65536, which would be the server's own.
        ("127.0.0.1", "wrapped", Reason.BAD_ANSWER),
    ],
)
def test_an_advertised_address_that_is_not_valid_is_reported(
    host: str, port: int | str, reason: Reason
) -> None:
    listed: list[tuple[int, str, int]] = []
    with Loopback(Broker(OLD, listed=listed)) as server:
        listed.append((1, host, server.port + 65536 if isinstance(port, str) else port))
        found = get_facts(server.port)
    assert [gap.reason for gap in found.gaps] == [reason]
    assert len(found.nodes) == 1


def test_a_silent_broker_leaves_time_for_the_others() -> None:
    with Loopback(silence) as silent, Loopback(Broker(OLD)) as server:
        listed = [(1, "127.0.0.1", silent.port), (2, "127.0.0.1", server.port)]
        with Loopback(Broker(OLD, listed=listed)) as first, within(1.2):
            found = get_facts(first.port, timeout=1.0)
    assert [node.name for node in found.nodes] == [f"127.0.0.1:{server.port}"]
    assert [gap.reason for gap in found.gaps] == [Reason.TIMEOUT]


def test_a_broker_with_a_large_answer_leaves_bytes_for_the_others() -> None:
    with Loopback(endless(b"")) as loud, Loopback(Broker(OLD)) as server:
        listed = [(1, "127.0.0.1", loud.port), (2, "127.0.0.1", server.port)]
        with Loopback(Broker(OLD, listed=listed)) as first:
            found = get_facts(first.port)
    assert [node.name for node in found.nodes] == [f"127.0.0.1:{server.port}"]
    assert [gap.reason for gap in found.gaps] == [Reason.ANSWER_TOO_LARGE]


def test_if_a_configured_broker_fails_the_next_one_is_read_and_the_report_says_so() -> None:
    with Loopback(hang_up) as failing, Loopback(Broker(OLD)) as server:
        found = get_facts(failing.port, server.port)
    assert [node.name for node in found.nodes] == [f"127.0.0.1:{server.port}"]
    assert [gap.reason for gap in found.gaps] == [Reason.UNREACHABLE]


def test_many_brokers_are_reported_briefly_and_read_in_time() -> None:
    listed = [(node, f"nul\0{node}", 9092) for node in range(2000)]
    with Loopback(Broker(OLD, listed=listed)) as server, within(2.5):
        found = get_facts(server.port)
    assert len(found.gaps) <= 22
    assert "more brokers" in found.gaps[-2].text
    assert found.gaps[-1] == Failure(
        Reason.ANSWER_TOO_LARGE, "the cluster lists 2000 brokers; the agent reads only 1000"
    )


# What else may listen there


def endless(prefix: bytes) -> Handler:
    """Begins an answer and never ends it. Without a prefix it is of 100 MB, as its length says."""

    def handle(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(prefix or struct.pack("!i", 100_000_000))
        while True:
            connection.sendall(b"x" * 65536)

    return handle


def web(connection: socket.socket) -> None:
    connection.recv(65536)
    connection.sendall(Answer(b"", 400).wire)


def tls_alert(connection: socket.socket) -> None:
    """As a listener of Kafka 4.1.0 with TLS answers who speaks none."""
    connection.recv(65536)
    connection.sendall(bytes.fromhex("15030300020250"))


@law(
    [
        (silence, Reason.TIMEOUT),
        (hang_up, Reason.UNREACHABLE),
        (ssh, Reason.BAD_ANSWER),
        (web, Reason.BAD_ANSWER),
        (tls_alert, Reason.TLS_FAILED),
        (endless(b""), Reason.ANSWER_TOO_LARGE),
        (endless(b"\xff\xff\xff\xff"), Reason.BAD_ANSWER),
        (endless(b"\0\0\1\0"), Reason.BAD_ANSWER),
    ],
)
def test_any_other_server_on_the_port_is_an_expected_failure_in_time(
    handler: Handler, reason: Reason
) -> None:
    with Loopback(handler) as server, within(1.5):
        assert get_failure(server.port, 1.0).reason is reason


def test_an_answer_of_any_size_costs_little_memory() -> None:
    get_failure(free_port())  # Loading the driver costs more than any answer.
    for length in (900_000, 400_000, 100_000_000):
        with Loopback(endless(struct.pack("!i", length))) as server:
            assert peak_of(lambda port=server.port: get_failure(port)) < 4_000_000  # type: ignore[misc]


def test_an_error_in_place_of_an_answer_is_a_bad_answer() -> None:
    with Loopback(Broker(OLD, error=35)) as server:
        assert get_failure(server.port).reason is Reason.BAD_ANSWER


def test_a_cluster_without_brokers_is_a_bad_answer() -> None:
    with Loopback(Broker(OLD, instead={METADATA: metadata([])})) as server:
        assert get_failure(server.port).reason is Reason.BAD_ANSWER


@pytest.mark.parametrize("key", [API_VERSIONS, METADATA])
@given(answer=st.binary(max_size=60))
@hypothesis_settings(deadline=None, max_examples=40)
def test_any_bytes_for_an_answer_are_facts_or_an_expected_failure(key: int, answer: bytes) -> None:
    with Loopback(Broker(OLD, instead={key: answer})) as server:
        found = read(open_probe("kafka", settings(server.port)))
    assert isinstance(found, Facts) or found.reason is Reason.BAD_ANSWER, found


@pytest.mark.parametrize("key", [API_VERSIONS, METADATA])
def test_silence_at_any_question_ends_at_the_deadline(key: int) -> None:
    with Loopback(Broker(OLD, instead={key: None})) as server, within(0.8):
        assert get_failure(server.port, 0.4).reason is Reason.TIMEOUT


# Logins


def login(path: Path, password: str, **more: Any) -> dict[str, Any]:
    path.write_text(f"{password}\n")
    return {"user": "agent", "password_file": str(path), **more}


def test_a_missing_login_is_an_error_that_says_so() -> None:
    with Loopback(Broker(OLD, passwords={"right"})) as server:
        assert get_failure(server.port).reason is Reason.AUTHENTICATION_FAILED


def test_a_password_that_is_refused_is_not_tried_on_every_broker(tmp_path: Path) -> None:
    told = Broker(OLD, passwords={"right"})
    with Loopback(told) as one, Loopback(told) as two:
        probe = open_probe("kafka", settings(one.port, two.port, **login(tmp_path / "password", "hunter2")))
        found = failure(probe)
    assert found.reason is Reason.AUTHENTICATION_FAILED
    assert "hunter2" not in repr(found)
    assert told.logins == [b"agent\0agent\0hunter2"]


def test_a_password_goes_to_no_address_that_is_only_advertised(tmp_path: Path) -> None:
    other = Broker(OLD, passwords={"right"})
    with Loopback(other) as advertised:
        listed = [(1, "127.0.0.1", advertised.port)]
        with Loopback(Broker(OLD, listed=listed, passwords={"right"})) as server:
            found = get_facts(server.port, **login(tmp_path / "password", "right"))
    assert [node.version for node in found.nodes] == ["2.1"]
    assert other.asked == [API_VERSIONS]


def test_a_mechanism_that_the_broker_lacks_is_reported_with_those_that_it_has(tmp_path: Path) -> None:
    more = login(tmp_path / "password", "right", sasl_mechanism="SCRAM-SHA-256")
    with Loopback(Broker(OLD, passwords={"right"})) as server:
        found = get_failure(server.port, **more)
    assert found.reason is Reason.AUTHENTICATION_FAILED
    assert "PLAIN" in found.text


def test_a_broker_too_old_for_the_agent_s_login_gets_an_error_that_says_so(tmp_path: Path) -> None:
    with Loopback(Broker(SERIES[0, 11])) as server:
        found = get_failure(server.port, **login(tmp_path / "password", "right"))
    assert found.reason is Reason.NOT_IMPLEMENTED


def test_a_broker_that_does_not_confirm_the_login_gets_no_request(tmp_path: Path) -> None:
    answer = struct.pack("!hhi", 0, -1, 2) + b"no"
    told = Broker(OLD, instead={SASL_AUTHENTICATE: answer})
    with Loopback(told) as server:
        found = get_failure(server.port, **login(tmp_path / "password", "right"))
    assert found.reason is Reason.AUTHENTICATION_FAILED
    assert METADATA not in told.asked


def test_a_broker_that_demands_too_many_hash_rounds_gets_no_hash(tmp_path: Path) -> None:
    wants = b"r=whatever,s=c2FsdA==,i=999999"
    instead = {
        SASL_HANDSHAKE: struct.pack("!hi", 0, 0),
        SASL_AUTHENTICATE: struct.pack("!hhi", 0, -1, len(wants)) + wants,
    }
    more = login(tmp_path / "password", "right", sasl_mechanism="SCRAM-SHA-512")
    with Loopback(Broker(OLD, instead=instead)) as server, within(0.5):
        assert get_failure(server.port, **more).reason is Reason.BAD_ANSWER


def test_a_broker_that_does_not_know_the_password_is_not_believed(tmp_path: Path) -> None:
    told = b"r=not-ours,s=c2FsdA==,i=4096"
    instead = {
        SASL_HANDSHAKE: struct.pack("!hi", 0, 0),
        SASL_AUTHENTICATE: struct.pack("!hhi", 0, -1, len(told)) + told,
    }
    more = login(tmp_path / "password", "right", sasl_mechanism="SCRAM-SHA-512")
    with Loopback(Broker(OLD, instead=instead)) as server:
        assert get_failure(server.port, **more).reason is Reason.AUTHENTICATION_FAILED


# TLS


def test_tls_is_verified_by_the_authority_and_the_name() -> None:
    ca = str(TLS / "ca.pem")
    with Loopback(Broker(OLD), tls=True) as server:
        assert get_facts(server.port, tls=Tls(ca_file=ca, server_name="temporal")).nodes
        for tls in (Tls(server_name="temporal"), Tls(ca_file=ca)):
            assert get_failure(server.port, tls=tls).reason is Reason.TLS_FAILED


# What hangs


@pytest.mark.parametrize(
    ("handler", "tls"),
    [
        (silence, None),
        (silence, Tls(ca_file=str(TLS / "ca.pem"))),
        (Broker(OLD, instead={METADATA: None}), None),
    ],
)
def test_abort_wakes_a_read_that_hangs(handler: Callable[[socket.socket], None], tls: Tls | None) -> None:
    with Loopback(handler) as server:
        probe = open_probe("kafka", settings(server.port, tls=tls))
        results: list[Any] = []
        thread = threading.Thread(target=lambda: results.append(failure(probe, 30)))
        thread.start()
        while not server.accepted:
            thread.join(0.01)
        thread.join(0.1)
        with within(1.0):
            probe.abort()
            thread.join(5)
    assert results[0].reason is Reason.TIMEOUT


def test_a_read_after_one_that_was_aborted_asks_again() -> None:
    told = Broker(OLD, instead={METADATA: None})
    with Loopback(told) as server:
        probe = open_probe("kafka", settings(server.port))
        aborted = read_until_aborted(probe, 0.2)
        told.instead = {}
        assert isinstance(aborted, Failure)
        assert facts(probe).nodes


def test_a_read_leaves_nothing_open_and_no_thread() -> None:
    with Loopback(Broker(OLD)) as server:
        probe = open_probe("kafka", settings(server.port))
        facts(probe)
        open_files, threads = len(os.listdir("/proc/self/fd")), threading.active_count()
        for _ in range(5):
            facts(probe)
        # The server's own threads are its own.
        assert threading.active_count() - threads <= server.accepted
    assert len(os.listdir("/proc/self/fd")) <= open_files
