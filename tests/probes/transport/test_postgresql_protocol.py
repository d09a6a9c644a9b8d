"""Whether a server refuses connections without TLS, where it answers what no server of ours answers.

What real ones answer is tested in tests/integration/test_start_tls.py.
"""

from __future__ import annotations

import socket
import time

from agent.probes.transport.postgresql_protocol import demands_tls
from agent.probes.transport.sockets import AbortHandle
from tests.laws import law
from tests.probes.postgresql_server import error, greet
from tests.probes.servers import Loopback, silence


def found(port: int, seconds: float = 2.0) -> bool | None:
    return demands_tls(("127.0.0.1", port), "agent", "temporal", time.monotonic() + seconds, AbortHandle())


@law(
    [
        (error("connection requires a valid client certificate", "28000"), True),
        (error("SSL connection is required. Please specify SSL options and retry.", "28000"), True),
        (error("SSL required", "08P01"), True),
        (error("connection is insecure (try using `sslmode=require`)", "08P01"), True),
        (error("unsupported startup parameter", "08P01"), None),
        (error("sorry, too many clients already", "53300"), None),
        (error("the database system is starting up", "57P03"), None),
        (b"E\0\0\0\x04", None),
        (b"E\x7f\xff\xff\xff", None),
        (b"Ecould not fork new process for connection\n\0", None),
        (b"N", None),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", None),
        (b"", None),
    ]
)
def test_only_a_refusal_for_lack_of_tls_is_a_demand(answer: bytes, expected: bool | None) -> None:
    def handle(connection: socket.socket) -> None:
        greet(connection)
        connection.sendall(answer)

    with Loopback(handle) as server:
        assert found(server.port) is expected


def test_the_attempt_names_user_and_database_and_sends_nothing_else() -> None:
    received: list[bytes] = []

    def handle(connection: socket.socket) -> None:
        received.append(greet(connection))
        connection.sendall(b"R\0\0\0\x08\0\0\0\x03")
        received.append(connection.recv(1000))

    with Loopback(handle) as server:
        assert found(server.port) is False
    assert received == [b"\0\x03\0\0user\0agent\0database\0temporal\0\0", b""]


def test_a_silent_server_costs_half_of_the_time_left_and_a_dead_port_is_not_known() -> None:
    with Loopback(silence) as server:
        before = time.monotonic()
        assert found(server.port, 0.2) is None
        assert time.monotonic() - before >= 0.1
    assert found(server.port, 0.2) is None
    assert found(server.port, -1) is None
