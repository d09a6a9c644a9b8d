"""Cassandra where no real one is needed: relatives, and all that goes wrong before and while it answers.

What a real one answers is tested in tests/integration. No relative can be had here: their rows are recorded.
"""

from __future__ import annotations

import os
import socket
import struct
import threading
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from agent.config import Cassandra, Tls
from agent.model.observation import Facts, Failure, Node
from agent.model.vocabulary import Reason
from agent.probes import open_probe
from tests.laws import law
from tests.probes import cql_server
from tests.probes.cql_server import MISSING, Refusal, endless, says
from tests.probes.reading import facts, failure, peak_of, read_until_aborted, within
from tests.probes.recorded_cassandra import DATASTAX, KEYSPACES, SCYLLADB
from tests.probes.servers import TLS, Answer, Handler, Loopback, hang_up, silence, ssh

ONE = UUID("00000000-0000-0000-0000-000000000001")
TWO = UUID("00000000-0000-0000-0000-000000000002")
LOCAL = {
    "key": "local",
    "cluster_name": "live",
    "data_center": "dc1",
    "release_version": "4.1.3",
    "schema_version": ONE,
}
ROW = [{"curr_version": "1.13"}]
TABLE = '"temporal".schema_version'
EMPTY_V2: dict[str, Any] = {"system.peers_v2": []}


def node(**tables: Any) -> dict[str, Any]:
    return {"system.local": [LOCAL], **EMPTY_V2, TABLE: ROW, **tables}


def settings(port: int, **more: Any) -> Cassandra:
    return Cassandra(**{"hosts": ("127.0.0.1",), "port": port, "keyspace": "temporal", **more})


def get_failure(port: int, timeout: float = 2.0, **more: Any) -> Failure:
    probe = open_probe("cassandra", settings(port, **more))
    try:
        return failure(probe, timeout)
    finally:
        probe.close()


def read(tables: dict[str, Any], **more: Any) -> Facts:
    with Loopback(cql_server.Node(tables)) as server:
        probe = open_probe("cassandra", settings(server.port, **more))
        try:
            return facts(probe)
        finally:
            probe.close()


# Relatives


def test_cassandra_has_no_flavor() -> None:
    found = read(node())
    assert (found.component, found.flavor, found.nodes) == ("cassandra", "", (Node("4.1.3", "127.0.0.1"),))
    assert found.schema is not None
    assert found.schema.version == "1.13"
    assert dict(found.details) == {"cluster_name": "live", "datacenter": "dc1"}
    assert found.gaps == ()


def test_scylladb_is_known_by_the_table_that_it_alone_has() -> None:
    found = read({**SCYLLADB, TABLE: ROW})
    assert found.flavor == "scylladb"
    # Of the others only that they are there is known.
    assert found.nodes == (Node("4.6.dev-0.20210528.849bec07d", "127.0.0.1"),)
    assert [gap.reason for gap in found.gaps] == [Reason.VERSION_UNREADABLE]


def test_datastax_is_known_by_its_own_version() -> None:
    found = read({**DATASTAX, TABLE: ROW})
    assert found.flavor == "datastax"
    assert [n.version for n in found.nodes] == ["6.9.0"] * 4
    assert found.nodes[1].name == "192.168.100.152"


def test_amazon_keyspaces_is_known_by_its_name() -> None:
    found = read({**KEYSPACES, TABLE: ROW})
    assert (found.flavor, len(found.nodes)) == ("keyspaces", 2)


@law(
    [
        ({"cluster_name": "cndb", "release_version": "4.0.0.6816"}, "astra", "4.0.0.6816"),
        ({"release_version": "4.0.0.6816"}, "datastax", "4.0.0.6816"),
        ({"hcd_version": "1.2.3", "release_version": "4.0.11"}, "hcd", "1.2.3"),
        ({"cluster_name": "CosmosDB", "release_version": "3.11.0"}, "cosmosdb", "3.11.0"),
        ({"release_version": "4.0.11-gibberish"}, "other", "4.0.11-gibberish"),
        ({"release_version": "5.0-rc1"}, "", "5.0-rc1"),
    ]
)
def test_a_product_is_recognized_by_its_row(columns: dict[str, str], flavor: str, version: str) -> None:
    found = read(node(**{"system.local": [{**LOCAL, **columns}], "system.peers": []}))
    assert (found.flavor, found.nodes[0].version) == (flavor, version)


# Nodes


def test_every_node_counts_with_its_own_version_and_address() -> None:
    peers = [
        {"peer": ip_address("10.0.0.2"), "peer_port": 7000, "release_version": "4.0.17"},
        {"peer": ip_address("10.0.0.2"), "peer_port": 7001, "release_version": "4.1.3"},
        {"peer": ip_address("2001:db8::1"), "peer_port": 7000, "release_version": "5.0.5"},
    ]
    found = read(node(**{"system.peers_v2": peers}))
    assert [(n.version, n.name) for n in found.nodes] == [
        ("4.1.3", "127.0.0.1"),
        ("4.0.17", "10.0.0.2:7000"),
        ("4.1.3", "10.0.0.2:7001"),
        ("5.0.5", "2001:db8::1:7000"),
    ]


def test_before_4_0_the_nodes_are_in_the_older_table() -> None:
    peers = [{"peer": ip_address("10.0.0.2"), "release_version": "3.11.19", "schema_version": ONE}]
    found = read(node(**{"system.peers_v2": MISSING, "system.peers": peers}))
    assert [n.version for n in found.nodes] == ["4.1.3", "3.11.19"]


def test_a_node_without_a_version_is_reported_and_not_judged() -> None:
    found = read(node(**{"system.peers_v2": [{"peer": ip_address("10.0.0.2"), "release_version": None}]}))
    assert len(found.nodes) == 1
    (gap,) = found.gaps
    assert gap.reason is Reason.VERSION_UNREADABLE
    assert "10.0.0.2" in gap.text


def test_nodes_that_disagree_on_the_schema_are_reported() -> None:
    peers = [{"peer": ip_address("10.0.0.2"), "release_version": "4.1.3", "schema_version": TWO}]
    (gap,) = read(node(**{"system.peers_v2": peers})).gaps
    assert gap.reason is Reason.SCHEMA_DISAGREEMENT
    assert "2 different schemas" in gap.text


def test_the_data_centre_that_is_requested_is_read_and_no_other() -> None:
    assert read(node(), datacenter="dc1").nodes
    with Loopback(cql_server.Node(node())) as server:
        found = get_failure(server.port, datacenter="dc2")
    assert found.reason is Reason.UNREACHABLE
    assert "dc1" in found.text


# The schema row


def test_the_row_is_the_one_of_this_keyspace_whatever_its_name() -> None:
    told = cql_server.Node({"system.local": [LOCAL], **EMPTY_V2, '"it\'s""x".schema_version': ROW})
    with Loopback(told) as server:
        probe = open_probe("cassandra", settings(server.port, keyspace="it's\"x"))
        facts(probe)
        probe.close()
    question = "SELECT curr_version FROM \"it's\"\"x\".schema_version WHERE keyspace_name = 'it''s\"x'"
    assert question in told.questions


@pytest.mark.parametrize(
    ("tables", "reason"),
    [
        (node(**{TABLE: []}), Reason.SCHEMA_ROW_MISSING),
        (
            node(**{TABLE: [{"keyspace_name": "temporal", "curr_version": None}]}),
            Reason.SCHEMA_ROW_MISSING,
        ),
        (
            node(**{TABLE: MISSING, "system_schema.keyspaces": [{"keyspace_name": "temporal"}]}),
            Reason.SCHEMA_TABLE_MISSING,
        ),
        (node(**{TABLE: MISSING, "system_schema.keyspaces": []}), Reason.DATABASE_MISSING),
        (
            node(**{TABLE: Refusal(0x2100, "User agent has no SELECT permission on <table x>")}),
            Reason.PERMISSION_DENIED,
        ),
        (node(**{TABLE: Refusal(0x1000, "Cannot achieve LOCAL_QUORUM")}), Reason.STORE_UNAVAILABLE),
    ],
)
def test_a_failure_of_the_row_leaves_the_nodes_known(tables: dict[str, Any], reason: Reason) -> None:
    found = read(tables)
    assert found.nodes
    assert found.schema is not None
    assert found.schema.problem is not None
    assert found.schema.problem.reason is reason


# Connections


def test_a_connection_is_kept_and_replaced_without_a_failed_read() -> None:
    kept: list[socket.socket] = []
    told = cql_server.Node(node())

    def handle(connection: socket.socket) -> None:
        kept.append(connection)
        told(connection)

    with Loopback(handle) as server:
        probe = open_probe("cassandra", settings(server.port))
        for _ in range(3):
            facts(probe)
        assert server.accepted == 1
        kept[0].shutdown(socket.SHUT_RDWR)
        facts(probe)
        assert server.accepted == 2
        probe.close()


def test_a_server_that_speaks_its_newest_protocol_alone_is_addressed_in_that() -> None:
    # What it says in that needs checksums: real servers show that it works.
    told = cql_server.Node(node(), protocols=(5,))
    with Loopback(told) as server:
        get_failure(server.port, 0.5)
        assert server.accepted == 2


def test_another_host_is_read_while_one_fails_and_the_report_says_so() -> None:
    with Loopback(cql_server.Node(node())) as server:
        probe = open_probe("cassandra", settings(server.port, hosts=("no-such-host.invalid", "127.0.0.1")))
        for asked in (1, 2):
            (gap,) = facts(probe).gaps
            assert gap.reason is Reason.NAME_NOT_RESOLVED
            assert "no-such-host.invalid" in gap.text
            assert server.accepted == asked
        probe.close()


def test_a_node_of_another_data_centre_is_skipped_without_an_error() -> None:
    nodes = [cql_server.Node(node(**{"system.local": [LOCAL | {"data_center": dc}]})) for dc in ("b", "a")]
    with Loopback(lambda connection: nodes.pop(0)(connection)) as server:
        # The same node twice, which says at first that it is elsewhere.
        where = settings(server.port, hosts=("127.0.0.1", "localhost"), datacenter="a")
        probe = open_probe("cassandra", where)
        for _ in range(2):
            assert facts(probe).gaps == ()
        probe.close()
        assert server.accepted == 2


def test_a_silent_host_leaves_time_for_the_next_one() -> None:
    handlers: list[Handler] = [silence, cql_server.Node(node())]

    def next_handler(connection: socket.socket) -> None:
        # A look at whether the silent port speaks TLS is none of the two hosts.
        is_look = connection.recv(1, socket.MSG_PEEK) == b"\x16"
        (hang_up if is_look else handlers.pop(0))(connection)

    with Loopback(next_handler) as server, within(1.5):
        probe = open_probe("cassandra", settings(server.port, hosts=("127.0.0.1", "localhost")))
        (gap,) = facts(probe, 1.0).gaps
        probe.close()
    assert gap.reason is Reason.TIMEOUT


def web(connection: socket.socket) -> None:
    connection.recv(65536)
    connection.sendall(Answer(b"", 400).wire)


# An answer to the first question that has no end, and one that claims to be longer than memory.
_HEAD = struct.pack("!BBhBI", 0x84, 0, 0, 0x06, 100_000_000)
_GARBAGE = struct.pack("!BBhBI", 0x84, 0, 0, 0x06, 4) + b"\xff\xff\xff\xff"


@pytest.mark.parametrize(
    ("handler", "reason"),
    [
        (silence, Reason.TIMEOUT),
        (hang_up, Reason.UNREACHABLE),
        (ssh, Reason.BAD_ANSWER),
        (web, Reason.BAD_ANSWER),
        (says(_GARBAGE), Reason.BAD_ANSWER),
        (endless(_HEAD), Reason.ANSWER_TOO_LARGE),
    ],
)
def test_any_other_server_on_the_port_is_an_expected_failure_in_time(
    handler: Handler, reason: Reason
) -> None:
    with Loopback(handler) as server, within(1.5):
        assert get_failure(server.port, 1.0).reason is reason


@pytest.mark.parametrize("rows", [b"", b"\0\0\0\2", b"\0\0\0\2\0\0\0\1\0\0\0\1\xff\xff", b"\xff" * 40])
def test_rows_of_an_unexpected_shape_are_a_bad_answer(rows: bytes) -> None:
    with Loopback(cql_server.Node(node(**{"system.local": rows}))) as server:
        assert get_failure(server.port).reason is Reason.BAD_ANSWER


def test_a_node_without_a_row_of_itself_is_a_bad_answer() -> None:
    with Loopback(cql_server.Node(node(**{"system.local": []}))) as server:
        assert get_failure(server.port).reason is Reason.BAD_ANSWER


def test_an_answer_of_any_size_costs_little_memory() -> None:
    with Loopback(endless(_HEAD)) as server:
        probe = open_probe("cassandra", settings(server.port))
        assert peak_of(lambda: failure(probe)) < 4_000_000
        probe.close()


def test_a_busy_node_is_an_unavailable_store() -> None:
    with Loopback(cql_server.Node(node(**{"system.local": Refusal(0x1001, "overloaded")}))) as server:
        assert get_failure(server.port).reason is Reason.STORE_UNAVAILABLE


# TLS


def test_tls_is_verified_by_the_authority_and_the_name() -> None:
    with Loopback(cql_server.Node(node()), tls=True) as server:
        ca = str(TLS / "ca.pem")
        good = Tls(ca_file=ca, server_name="temporal")
        probe = open_probe("cassandra", settings(server.port, tls=good))
        assert facts(probe).nodes
        probe.close()
        for tls in (Tls(server_name="temporal"), Tls(ca_file=ca)):
            assert get_failure(server.port, tls=tls).reason is Reason.TLS_FAILED


# Secrets


def test_a_server_that_requires_a_password_is_a_failure_without_a_configured_one() -> None:
    with Loopback(cql_server.Node(node(), passwords={"x"})) as server:
        assert get_failure(server.port).reason is Reason.AUTHENTICATION_FAILED


def test_a_password_that_is_refused_is_not_tried_on_every_host(tmp_path: Path) -> None:
    path = tmp_path / "password"
    path.write_text("wrong")
    with Loopback(cql_server.Node(node(), passwords={"right"})) as server:
        login: dict[str, Any] = {"user": "agent", "password_file": str(path)}
        found = get_failure(server.port, hosts=("127.0.0.1", "localhost"), **login)
        assert found.reason is Reason.AUTHENTICATION_FAILED
        assert server.accepted == 1


# What hangs


@pytest.mark.parametrize("table", ["system.local", "system.peers_v2", TABLE])
def test_silence_at_any_question_ends_at_the_deadline(table: str) -> None:
    with Loopback(cql_server.Node(node(), silent_at=table)) as server, within(0.8):
        assert get_failure(server.port, 0.4).reason is Reason.TIMEOUT


def test_abort_wakes_a_read_that_hangs_and_the_next_one_reads_again() -> None:
    told = cql_server.Node(node(), silent_at=TABLE)
    with Loopback(told) as server:
        probe = open_probe("cassandra", settings(server.port))
        # Its own deadline is far away: what ends it comes from outside.
        results: list[Any] = []
        thread = threading.Thread(target=lambda: results.append(failure(probe, 30)))
        thread.start()
        while not any("schema_version" in question for question in told.questions):
            thread.join(0.01)
        with within(1.0):
            probe.abort()
            thread.join(5)
        assert results[0].reason is Reason.TIMEOUT
        told.silent_at = "nothing"
        assert facts(probe).nodes
        probe.close()
        assert server.accepted == 2


def test_abort_wakes_a_handshake_that_hangs() -> None:
    with Loopback(silence) as server:
        ca = str(TLS / "ca.pem")
        probe = open_probe("cassandra", settings(server.port, tls=Tls(ca_file=ca)))
        result = read_until_aborted(probe, 0.3)
        probe.close()
    assert isinstance(result, Failure)
    assert result.reason is Reason.TIMEOUT


def test_a_probe_that_is_closed_leaves_nothing_open_and_no_thread() -> None:
    with Loopback(cql_server.Node(node())) as server:
        open_files, threads = len(os.listdir("/proc/self/fd")), threading.active_count()
        for _ in range(3):
            probe = open_probe("cassandra", settings(server.port))
            facts(probe)
            probe.close()
        # The server's own threads are its own.
        assert threading.active_count() - threads <= server.accepted
    assert len(os.listdir("/proc/self/fd")) <= open_files
