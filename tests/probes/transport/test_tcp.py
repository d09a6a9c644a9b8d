"""The line of one read: addresses, and how its time and bytes are shared out."""

from __future__ import annotations

import socket
import time
from contextlib import suppress

import pytest

from agent.model.vocabulary import Reason
from agent.probes import ProbeError
from agent.probes.transport.sockets import address_of, address_text
from agent.probes.transport.tcp import Budget, TcpSession
from tests.probes.servers import Loopback, silence


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("kafka:9092", ("kafka", 9092)),
        ("127.0.0.1:2181", ("127.0.0.1", 2181)),
        ("[2001:db8::1]:9092", ("2001:db8::1", 9092)),
    ],
)
def test_an_address_is_written_as_it_is_read(text: str, address: tuple[str, int]) -> None:
    assert address_of(text) == address
    assert address_text(address) == text


def test_bytes_that_one_broker_leaves_are_available_to_the_next() -> None:
    began = time.monotonic()
    line = TcpSession(9.0)
    shares = [line.share(among) for among in (3, 2, 1)]
    assert [share.size for share in shares] == [333_333, 500_000, 1_000_000]
    assert [share.until - began for share in shares] == pytest.approx([3.0, 4.5, 9.0], abs=0.4)


def drain(line: TcpSession, port: int, among: int) -> list[int]:
    """The sizes of the pieces that came until nothing more came, or was taken."""
    sizes: list[int] = []
    with suppress(ProbeError), line.call(("127.0.0.1", port), None, line.share(among)):
        while True:
            sizes.append(len(line.receive()))
    return sizes


def test_bytes_that_one_broker_used_are_not_available_to_the_next() -> None:
    line = TcpSession(5.0)
    with Loopback(lambda connection: connection.sendall(b"x" * 400_000)) as server:
        assert sum(drain(line, server.port, 1)) == 400_000
    assert line.share(1).size == 600_000


def endless(connection: socket.socket) -> None:
    while True:
        connection.sendall(b"x" * 65536)


def test_more_than_the_share_is_too_much_and_never_held() -> None:
    line = TcpSession(5.0)
    with Loopback(endless) as server:
        assert 0 < sum(drain(line, server.port, 10)) <= 100_000
        with pytest.raises(ProbeError) as caught, line.call(("127.0.0.1", server.port), None, Budget(1e9, 0)):
            line.receive()
    assert caught.value.failure.reason is Reason.ANSWER_TOO_LARGE
    assert line.share(1).size >= 1_000_000 - 2 * 100_000


def test_after_its_end_a_read_has_no_share() -> None:
    with pytest.raises(ProbeError) as caught:
        TcpSession(0).share(1)
    assert caught.value.failure.reason is Reason.TIMEOUT


def test_a_connection_ends_with_its_call() -> None:
    line = TcpSession(5.0)
    with Loopback(silence) as server:
        with line.call(("127.0.0.1", server.port), None, line.share(1)):
            line.send(b"hello")
        with pytest.raises(OSError, match="Bad file descriptor"):
            line.send(b"hello")


def test_an_aborted_session_opens_no_connection() -> None:
    line = TcpSession(5.0)
    line.abort()
    with Loopback(silence) as server:
        with pytest.raises(ProbeError) as caught, line.call(("127.0.0.1", server.port), None, line.share(1)):
            pass
        assert server.accepted == 0
    assert caught.value.failure.reason is Reason.TIMEOUT
