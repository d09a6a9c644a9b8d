"""CQL spoken well and used badly: NULLs, rows and columns without end, what comes slowly, other protocols."""

from __future__ import annotations

import socket
import struct
from itertools import product
from typing import Any

import pytest

from agent.config import Cassandra
from agent.model.observation import Facts, Failure, Node
from agent.model.vocabulary import Reason
from agent.probes import open_probe
from tests.laws import law
from tests.probes import cql_server
from tests.probes.reading import peak_of, read, within
from tests.probes.servers import Handler, Loopback, silence, slowly

_PEERS = "system.peers_v2"
_TABLE = '"temporal".schema_version'
_TEXT = 0x0D


def node(**tables: Any) -> cql_server.Node:
    local = [{"key": "local", "cluster_name": "live", "data_center": "dc1", "release_version": "4.1.3"}]
    rows = [{"keyspace_name": "temporal", "curr_version": "1.13"}]
    return cql_server.Node({"system.local": local, _PEERS: [], _TABLE: rows, **tables})


def read_once(port: int, timeout: float = 1.0, **more: Any) -> Facts | Failure:
    probe = open_probe("cassandra", Cassandra(hosts=("127.0.0.1",), port=port, keyspace="temporal", **more))
    try:
        return read(probe, timeout)
    finally:
        probe.close()


def get_failure(port: int, timeout: float = 1.0, **more: Any) -> Failure:
    found = read_once(port, timeout, **more)
    assert isinstance(found, Failure), found
    return found


# NULLs


def test_a_node_that_reports_nothing_of_itself_is_read_all_the_same() -> None:
    """The judge says that no version can be read in it."""
    nothing = dict.fromkeys(("key", "cluster_name", "data_center", "release_version", "schema_version"))
    with Loopback(node(**{"system.local": [nothing]})) as server:
        found = read_once(server.port)
    assert isinstance(found, Facts)
    assert found.nodes == (Node("", "127.0.0.1"),)
    assert (found.flavor, dict(found.details)) == ("", {})
    assert found.schema is not None
    assert found.schema.version == "1.13"


def test_a_node_without_an_address_counts_by_its_version() -> None:
    with Loopback(node(**{_PEERS: [{"peer": None, "release_version": "4.0.17"}]})) as server:
        found = read_once(server.port)
    assert isinstance(found, Facts)
    assert found.nodes[1] == Node("4.0.17")


# Answers within the size that is read, which take many times that once they are decoded


def table(columns: int, rows: int, row: bytes = b"") -> bytes:
    """A result of this many columns, each with an empty name, and of this many rows of these bytes."""
    head = struct.pack("!III", 2, 1, columns) + b"\0\1k\0\1t"
    return head + struct.pack("!HH", 0, _TEXT) * columns + struct.pack("!I", rows) + row * rows


LARGE = {
    "rows of NULLs": table(1, 200_000, struct.pack("!i", -1)),
    "rows of nothing": table(1, 200_000, struct.pack("!i", 0)),
    "short rows": table(1, 150_000, struct.pack("!i", 1) + b"a"),
    "columns": table(200_000, 0),
}


@law(product(LARGE, ["system.local", _PEERS, _TABLE]))
def test_an_answer_of_too_many_values_is_not_decoded(name: str, question: str) -> None:
    with Loopback(node(**{question: LARGE[name]})) as server:
        found: list[Failure] = []
        with within(1.5):
            peak = peak_of(lambda: found.append(get_failure(server.port)))
    assert found[0].reason is Reason.ANSWER_TOO_LARGE
    # The bytes themselves: as they came, and as the driver copies them.
    assert peak < 3_500_000


def one_column(kind: bytes, value: bytes = b"") -> bytes:
    """A result of one column of this type, with one row."""
    head = struct.pack("!III", 2, 1, 1) + b"\0\1k\0\1t\0\6tokens" + kind
    return head + struct.pack("!II", 1, len(value)) + value


@pytest.mark.parametrize("kind", [0x20, 0x22], ids=["list", "set"])
def test_a_collection_is_not_decoded(kind: int) -> None:
    tokens = b"".join(struct.pack("!iH", 2, 0x4141 + index % 256) for index in range(140_000))
    answer = one_column(struct.pack("!HH", kind, _TEXT), struct.pack("!I", 140_000) + tokens)
    with Loopback(node(**{"system.local": answer})) as server:
        peak = peak_of(lambda: read_once(server.port))
    assert peak < 4_500_000


_LIST_OF, _MAP_OF_TEXT_TO, _TUPLE_OF = b"\0\x20", b"\0\x21\0\x0d", b"\0\x31\0\1"
_UDT_OF = b"\0\x30\0\1k\0\1t\0\1\0\1n"


@law(product([_LIST_OF, _MAP_OF_TEXT_TO, _TUPLE_OF, _UDT_OF], ["system.local", _PEERS]))
def test_types_within_types_without_end_do_not_end_the_process(within_it: bytes, question: str) -> None:
    """The driver's own decoder ends with its stack: a segmentation fault."""
    answer = one_column(within_it * (900_000 // len(within_it)))
    with Loopback(node(**{question: answer})) as server, within(1.5):
        found = get_failure(server.port)
    assert found.reason is Reason.BAD_ANSWER
    assert "within each other" in found.text


@pytest.mark.parametrize("stream", [0, -1], ids=["answer", "event"])
def test_a_greeting_of_types_within_types_does_not_end_the_process_either(stream: int) -> None:
    body = one_column(_LIST_OF * 400_000)

    def handle(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(struct.pack("!BBhBI", 0x84, 0, stream, 0x08, len(body)) + body)
        silence(connection)

    with Loopback(handle) as server, within(1.5):
        # An event is passed over, and the answer waited for.
        expected = Reason.BAD_ANSWER if stream == 0 else Reason.TIMEOUT
        assert get_failure(server.port).reason is expected


def test_an_answer_that_has_no_rows_at_all_is_a_bad_answer() -> None:
    with Loopback(node(**{_PEERS: struct.pack("!I", 1)})) as server:
        assert get_failure(server.port).reason is Reason.BAD_ANSWER


@pytest.mark.parametrize("columns", [1, 2**31 - 1])
def test_an_answer_that_claims_more_than_it_has_is_refused_at_once(columns: int) -> None:
    head = struct.pack("!III", 2, 1, columns) + b"\0\1k\0\1t\0\0\0\r"
    with Loopback(node(**{_PEERS: head + struct.pack("!I", 2**31 - 1)})) as server, within(0.5):
        assert get_failure(server.port).reason in (Reason.BAD_ANSWER, Reason.ANSWER_TOO_LARGE)


def test_as_many_nodes_as_a_large_cluster_has_are_read() -> None:
    peers = [{"peer": None, "peer_port": 7000, "release_version": "4.1.3"} for _ in range(2000)]
    with Loopback(node(**{_PEERS: peers})) as server:
        found = read_once(server.port)
    assert isinstance(found, Facts)
    assert len(found.nodes) == 2001


# Answers without end


def events(connection: socket.socket) -> None:
    """What nobody asked for, again and again, before any answer."""
    connection.recv(65536)
    body = b"\0\rSTATUS_CHANGE\0\2UP\4\x7f\0\0\1\0\0\x23\x52"
    frame = struct.pack("!BBhBI", 0x84, 0, -1, 0x0C, len(body)) + body
    while True:
        connection.sendall(frame * 100)


def drip(connection: socket.socket) -> None:
    """A byte at a time, each within every timeout for one read."""
    connection.recv(65536)
    answer = struct.pack("!BBhBI", 0x84, 0, 0, 0x06, 1000) + bytes(1000)
    for piece in slowly((bytes([byte]) for byte in answer), 0.02):
        connection.sendall(piece)


@pytest.mark.parametrize(("handler", "reason"), [(events, Reason.ANSWER_TOO_LARGE), (drip, Reason.TIMEOUT)])
def test_an_endless_answer_ends_at_the_deadline(handler: Handler, reason: Reason) -> None:
    with Loopback(handler) as server:
        with within(1.5):
            assert get_failure(server.port).reason is reason
        peak = peak_of(lambda: get_failure(server.port))
    assert peak < 3_500_000


# Other protocols
