"""What a port speaks, and what keeps a driver from connecting to it."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from agent.config import Tls
from agent.model.vocabulary import Reason
from agent.probes import ProbeError
from agent.probes.transport.connection import diagnose, open_connection, receive_first, speaks_tls
from agent.probes.transport.sockets import AbortHandle, connect
from tests.probes.reading import within
from tests.probes.servers import TLS, Handler, Loopback, hang_up, silence, ssh


def soon(seconds: float = 2.0) -> float:
    return time.monotonic() + seconds


def test_tls_is_recognized_and_other_bytes_are_not() -> None:
    with Loopback(silence, tls=True) as server:
        assert speaks_tls(("127.0.0.1", server.port), soon())
    for handler in (hang_up, ssh):
        with Loopback(handler) as server:
            assert not speaks_tls(("127.0.0.1", server.port), soon())
    with Loopback(silence) as server, within(0.6):
        assert not speaks_tls(("127.0.0.1", server.port), soon(0.2))


def test_a_connection_that_can_be_made_has_no_fault() -> None:
    tls = Tls(ca_file=str(TLS / "ca.pem"), server_name="temporal")
    with Loopback(silence, tls=True) as server:
        assert diagnose(("127.0.0.1", server.port), tls, soon()) is None
    with Loopback(hang_up) as server:
        assert diagnose(("127.0.0.1", server.port), None, soon()) is None


def test_a_slow_server_is_waited_for_after_the_look() -> None:
    looked = threading.Event()

    def slow(connection: socket.socket) -> None:
        looked.wait(10)
        connection.sendall(b"hello")

    def look(connection: socket.socket) -> None:
        connection.recv(65536)
        looked.set()

    turns: Iterator[Handler] = iter([slow, look])
    with Loopback(lambda connection: next(turns)(connection)) as server:
        address, handle = ("127.0.0.1", server.port), AbortHandle()
        with connect(address, soon(), handle) as opened:
            assert receive_first(opened, 5, address, soon(0.7), handle) == b"hello"


def test_a_handle_that_was_aborted_opens_nothing_until_its_reset() -> None:
    handle = AbortHandle()
    handle.abort()
    with Loopback(silence) as server:
        address = ("127.0.0.1", server.port)
        with pytest.raises(ProbeError) as caught:
            open_connection(address, None, soon(), handle)
        assert caught.value.failure.reason is Reason.TIMEOUT
        handle.reset()
        open_connection(address, None, soon(), handle).close()
