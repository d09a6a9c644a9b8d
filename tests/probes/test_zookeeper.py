"""ZooKeeper: what its members may answer, whole or in pieces, and all that goes wrong before.

What real ones of 3.4.6 and 3.9.4 answer, alone and as an ensemble, is tested in tests/integration. What
none of these answers is as ZooKeeper's code has it (org.apache.zookeeper.server.command).
"""

from __future__ import annotations

import os
import socket
import threading
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from agent.config import Tls, ZooKeeper
from agent.model.observation import Facts, Failure, Node
from agent.model.versions import parse
from agent.model.vocabulary import Reason
from agent.probes import open_probe
from agent.probes.transport.tls import TLS_RECORDS
from tests.laws import law
from tests.probes.reading import facts, failure, peak_of, read, within
from tests.probes.servers import TLS, Answer, Handler, Loopback, Pages, Request, hang_up, silence, ssh

# As ZooKeeper 3.4.6 answered; and as it answers when it closes a word, or has no quorum.
SRVR = b"""Zookeeper version: 3.4.6-1569965, built on 02/20/2014 09:09 GMT
Latency min/avg/max: 0/0/0
Received: 1
Sent: 0
Connections: 1
Outstanding: 0
Zxid: 0x0
Mode: standalone
Node count: 4
"""
CLOSED = b"srvr is not executed because it is not in the whitelist.\n"
NOT_SERVING = b"This ZooKeeper instance is not currently serving requests\n"
#: As the admin server of 3.9.4 answered.
ADMIN = b"""{
  "version" : "3.9.4-7246445ec281f3dbf53dc54e970c914f39713903, built on 2025-08-19 19:53 UTC",
  "read_only" : false,
  "server_stats" : {"packets_sent" : 1, "server_state" : "standalone"},
  "node_count" : 5,
  "command" : "srvr",
  "error" : null
}"""


def says(answer: bytes, pieces: int = 1) -> Handler:
    """Answers the word in so many pieces, and goes."""

    def handle(connection: socket.socket) -> None:
        if connection.recv(4) != b"srvr":
            # A look at what the port speaks, or at its certificate.
            return
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        size = -(-len(answer) // pieces)
        for begin in range(0, len(answer), size):
            connection.sendall(answer[begin : begin + size])

    return handle


def endless(prefix: bytes) -> Handler:
    """Begins an answer and never ends it."""

    def handle(connection: socket.socket) -> None:
        connection.recv(4)
        connection.sendall(prefix)
        while True:
            connection.sendall(b"x" * 65536)

    return handle


def settings(*ports: int, **more: Any) -> ZooKeeper:
    return ZooKeeper(**{"hosts": tuple(f"127.0.0.1:{port}" for port in ports), **more})


def asked(*ports: int, timeout: float = 2.0, **more: Any) -> Facts | Failure:
    probe = open_probe("zookeeper", settings(*ports, **more))
    try:
        return read(probe, timeout)
    finally:
        probe.close()


def get_failure(*ports: int, timeout: float = 2.0, **more: Any) -> Failure:
    found = asked(*ports, timeout=timeout, **more)
    assert isinstance(found, Failure), found
    return found


def get_facts(*ports: int, timeout: float = 2.0, **more: Any) -> Facts:
    found = asked(*ports, timeout=timeout, **more)
    assert isinstance(found, Facts), found
    return found


# Versions


def test_the_version_is_what_is_before_the_revision() -> None:
    with Loopback(says(SRVR)) as server:
        found = get_facts(server.port)
    assert found.nodes == (Node("3.4.6", f"127.0.0.1:{server.port}"),)
    assert (found.component, found.flavor, found.gaps) == ("zookeeper", "", ())


@pytest.mark.parametrize(
    ("told", "version"),
    [
        ("3.4.6-1569965", "3.4.6"),
        ("3.4.14-4c25d480e66aadd371de8bd2fd8da255ac140bcf", "3.4.14"),
        ("3.5.3-beta-8ce24f9e675cbefffb8f21a47e06b42864475a60", "3.5.3-beta"),
        # A revision that begins like a pre-release is none.
        ("3.8.0-b1a02a05eddb59aee6ac762f7ea82e92a68eb9c0", "3.8.0"),
        ("3.9.0-SNAPSHOT-unknown", "3.9.0-SNAPSHOT"),
    ],
)
def test_a_revision_is_not_part_of_the_version_and_a_qualifier_is(told: str, version: str) -> None:
    """org.apache.zookeeper.Version: getVersion() + "-" + getRevision()."""
    answer = f"Zookeeper version: {told}, built on 02/20/2014 09:09 GMT\nMode: follower\n"
    with Loopback(says(answer.encode())) as server:
        (node,) = get_facts(server.port).nodes
    assert node.version == version
    assert parse(node.version).number.is_prerelease is ("-" in version)


@pytest.mark.parametrize("pieces", [2, 7, len(SRVR)])
def test_an_answer_in_pieces_is_one_answer(pieces: int) -> None:
    with Loopback(says(SRVR, pieces)) as server:
        assert [node.version for node in get_facts(server.port).nodes] == ["3.4.6"]


def test_nothing_behind_the_version_is_waited_for() -> None:
    def stay(connection: socket.socket) -> None:
        connection.sendall(SRVR[:70])
        silence(connection)

    with Loopback(stay) as server, within(1.0):
        assert [node.version for node in get_facts(server.port).nodes] == ["3.4.6"]


# Members


def test_every_member_counts_with_its_own_version() -> None:
    newer = SRVR.replace(b"3.4.6-1569965", b"3.4.14-abc")
    with Loopback(says(SRVR)) as one, Loopback(says(newer)) as two:
        found = get_facts(one.port, two.port)
    assert [(node.version, node.name) for node in found.nodes] == [
        ("3.4.6", f"127.0.0.1:{one.port}"),
        ("3.4.14", f"127.0.0.1:{two.port}"),
    ]


def test_a_member_that_fails_is_reported_and_the_others_count() -> None:
    with Loopback(says(NOT_SERVING)) as failing, Loopback(says(SRVR)) as server:
        found = get_facts(failing.port, server.port)
    assert len(found.nodes) == 1
    (gap,) = found.gaps
    assert gap.reason is Reason.STORE_UNAVAILABLE
    assert f"127.0.0.1:{failing.port}" in gap.text


@pytest.mark.parametrize(
    ("handler", "reason"),
    [(silence, Reason.TIMEOUT), (endless(b"nothing of sense"), Reason.ANSWER_TOO_LARGE)],
)
def test_a_member_that_takes_all_leaves_the_others_theirs(handler: Handler, reason: Reason) -> None:
    with Loopback(handler) as bad, Loopback(says(SRVR)) as server, within(1.5):
        found = get_facts(bad.port, server.port, timeout=1.0)
    assert len(found.nodes) == 1
    assert [gap.reason for gap in found.gaps] == [reason]


# The admin server


def admin(answer: Answer) -> Pages:
    return Pages(lambda request: answer if request.path == "/commands/srvr" else Answer(b"", 404))


@pytest.mark.parametrize("handler", [says(CLOSED), hang_up, silence])
def test_if_srvr_gives_nothing_the_admin_server_is_read(handler: Handler) -> None:
    with Loopback(handler) as server, admin(Answer(ADMIN)) as pages:
        found = get_facts(server.port, admin=(f"http://{pages.address}/",))
    assert found.nodes == (Node("3.9.4", f"127.0.0.1:{server.port}"),)
    assert found.gaps == ()


def test_if_srvr_is_answered_the_admin_server_is_not_read() -> None:
    with Loopback(says(SRVR)) as server, admin(Answer(ADMIN)) as pages:
        assert [n.version for n in get_facts(server.port, admin=(f"http://{pages.address}",)).nodes] == [
            "3.4.6"
        ]
    assert pages.seen == []


def test_each_member_has_its_own_admin_server() -> None:
    other = ADMIN.replace(b"3.9.4-", b"3.8.4-")
    with (
        Loopback(says(CLOSED)) as server,
        Loopback(says(CLOSED)) as second,
        admin(Answer(ADMIN)) as one,
        admin(Answer(other)) as two,
    ):
        admins = (f"http://{one.address}", f"http://{two.address}")
        found = get_facts(server.port, second.port, admin=admins)
    assert [node.version for node in found.nodes] == ["3.9.4", "3.8.4"]


@law(
    [
        Answer(b"", 404),
        Answer(b"[]"),
        Answer(b"{}"),
        Answer(b'{"version": 3, "error": null}'),
        Answer(b'{"version": null, "error": "This ZooKeeper instance is not currently serving requests"}'),
        Answer(b"[" * 100_000),
        Answer(b"\xff"),
        Answer(b"x" * 2_000_000),
    ],
)
def test_if_both_ways_fail_both_are_reported_and_srvr_decides(answer: Answer) -> None:
    with Loopback(says(CLOSED)) as server, admin(answer) as pages:
        found = get_failure(server.port, admin=(f"http://{pages.address}",))
    assert found.reason is Reason.PERMISSION_DENIED
    assert "whitelist" in found.text
    assert "; " in found.text


def test_an_admin_server_is_verified_by_its_authority() -> None:
    def page(_: Request) -> Answer:
        return Answer(ADMIN)

    with Loopback(says(CLOSED)) as server, Pages(page, tls=True) as pages:
        found = get_failure(server.port, admin=(f"https://{pages.address}",))
    assert "CERTIFICATE_VERIFY_FAILED" in found.text


# What else may listen there


def web(connection: socket.socket) -> None:
    connection.recv(65536)
    connection.sendall(Answer(b"", 400).wire)


@law(
    [
        (silence, Reason.TIMEOUT),
        (hang_up, Reason.UNREACHABLE),
        (ssh, Reason.BAD_ANSWER),
        (web, Reason.BAD_ANSWER),
        (says(CLOSED), Reason.PERMISSION_DENIED),
        (says(CLOSED.strip()), Reason.PERMISSION_DENIED),
        (says(NOT_SERVING), Reason.STORE_UNAVAILABLE),
        (says(b"Zookeeper version: , built on\n"), Reason.BAD_ANSWER),
        (says(SRVR.partition(b"\n")[2]), Reason.BAD_ANSWER),
        (endless(b"Zookeeper version: 3"), Reason.ANSWER_TOO_LARGE),
    ],
)
def test_any_other_server_on_the_port_is_an_expected_failure_in_time(
    handler: Handler, reason: Reason
) -> None:
    with Loopback(handler) as server, within(1.5):
        assert get_failure(server.port, timeout=1.0).reason is reason


def test_an_answer_of_any_size_costs_little_memory() -> None:
    with Loopback(endless(b"")) as server:
        assert peak_of(lambda: get_failure(server.port)) < 4_000_000


@given(answer=st.binary(min_size=1, max_size=60))
@hypothesis_settings(deadline=None, max_examples=40)
def test_any_bytes_for_an_answer_are_an_expected_failure(answer: bytes) -> None:
    with Loopback(says(answer)) as server:
        expected = Reason.TLS_FAILED if answer[:2] in TLS_RECORDS else Reason.BAD_ANSWER
        assert get_failure(server.port).reason is expected


# TLS


def test_tls_is_verified_by_the_authority_and_the_name() -> None:
    ca = str(TLS / "ca.pem")
    with Loopback(says(SRVR), tls=True) as server:
        assert get_facts(server.port, tls=Tls(ca_file=ca, server_name="temporal")).nodes
        for tls in (Tls(server_name="temporal"), Tls(ca_file=ca)):
            assert get_failure(server.port, tls=tls).reason is Reason.TLS_FAILED


# What hangs


@pytest.mark.parametrize("has_admin", [False, True])
def test_abort_wakes_a_read_that_hangs(has_admin: bool) -> None:
    with Loopback(silence if not has_admin else hang_up) as server, Loopback(silence) as pages:
        more = {"admin": (f"http://{pages.address}",)} if has_admin else {}
        probe = open_probe("zookeeper", settings(server.port, **more))
        results: list[Failure] = []
        thread = threading.Thread(target=lambda: results.append(failure(probe, 30)))
        thread.start()
        hanging = pages if has_admin else server
        while not hanging.accepted:
            thread.join(0.01)
        thread.join(0.1)
        with within(1.0):
            probe.abort()
            thread.join(5)
        probe.close()
    assert len(results) == 1


def test_a_read_leaves_nothing_open_and_no_thread() -> None:
    with Loopback(says(SRVR)) as server:
        probe = open_probe("zookeeper", settings(server.port))
        facts(probe)
        open_files, threads = len(os.listdir("/proc/self/fd")), threading.active_count()
        for _ in range(5):
            facts(probe)
        # The server's own threads are its own.
        assert threading.active_count() - threads <= server.accepted
        probe.close()
    assert len(os.listdir("/proc/self/fd")) <= open_files
