"""A hundred megabytes of any HTTP target: each kind costs about one, and has its reason."""

from __future__ import annotations

import gzip
import socket

import pytest

from agent.model.vocabulary import Reason
from tests.probes.reading import failure, peak_of
from tests.probes.servers import Answer, Handler, Loopback, Pages, requests
from tests.probes.test_bad_http_answers import (
    Opener,
    by_elasticsearch,
    by_http,
    by_metrics,
    by_prometheus,
    every_probe,
)

PIECE = b"a" * 1_000_000
CHUNK = b"%x\r\n%b\r\n" % (len(PIECE), PIECE)

every_size = pytest.mark.parametrize(
    ("opener", "expected"),
    [
        (by_http, Reason.ANSWER_TOO_LARGE),
        (by_prometheus, Reason.ANSWER_TOO_LARGE),
        (by_elasticsearch, Reason.ANSWER_TOO_LARGE),
        # Metrics are read line by line, and this is no line of them.
        (by_metrics, Reason.BAD_ANSWER),
    ],
)


def hundred(head: bytes) -> Handler:
    """Answers with this head and a hundred megabytes, by pieces, so that it needs no memory itself."""

    def handle(connection: socket.socket) -> None:
        next(requests(connection))
        connection.sendall(head)
        for _ in range(100):
            connection.sendall(PIECE)

    return handle


def chunked(connection: socket.socket) -> None:
    next(requests(connection))
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    for _ in range(100):
        connection.sendall(CHUNK)


LARGE = {
    "announced": hundred(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n"),
    "until-closed": hundred(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"),
    "chunked": chunked,
}


def cost(opener: Opener, address: str) -> tuple[Reason, int]:
    """The reason that the read ends with, and the most memory, in bytes, that it held."""
    probe = opener(f"http://{address}")
    found: list[Reason] = []
    peak = peak_of(lambda: found.append(failure(probe).reason))
    probe.close()
    return found[0], peak


@every_size
@pytest.mark.parametrize("handler", LARGE.values(), ids=LARGE)
def test_an_answer_of_a_hundred_megabytes_takes_about_one_megabyte_of_memory(
    opener: Opener, expected: Reason, handler: Handler
) -> None:
    with Loopback(handler) as server:
        reason, peak = cost(opener, server.address)
    assert reason is expected
    assert peak < 1_500_000


@pytest.mark.parametrize("times", [1, 2])
@every_size
def test_a_small_answer_that_unpacks_to_a_hundred_megabytes_costs_no_more(
    opener: Opener, expected: Reason, times: int
) -> None:
    packed = b"a" * 100_000_000
    for _ in range(times):
        packed = gzip.compress(packed, 9)
    bomb = Answer(packed, headers={"Content-Encoding": ", ".join(["gzip"] * times)})
    with Pages(bomb) as server:
        reason, peak = cost(opener, server.address)
    assert reason is expected
    assert peak < 2_500_000


@every_probe
@pytest.mark.parametrize("status", [b"302 Found", b"500 Oops"])
def test_what_is_not_an_answer_is_read_no_further_than_its_beginning(opener: Opener, status: bytes) -> None:
    """requests reads a redirect's page as a whole, unless it is kept from looking where that leads."""
    head = b"HTTP/1.1 " + status + b"\r\nLocation: /elsewhere\r\nContent-Length: 100000000\r\n\r\n"
    with Loopback(hundred(head)) as server:
        reason, peak = cost(opener, server.address)
    assert reason is Reason.BAD_ANSWER
    assert peak < 1_500_000


HEADS = {
    "long": b"X-Long: " + b"a" * 60_000 + b"\r\n",
    "many": b"X-Short: a\r\n" * 10_000,
    "interim": b"\r\nHTTP/1.1 100 Continue\r\n" * 10_000,
    "one": b"X-Longer: " + b"a" * 1_000_000 + b"\r\n",
}


@every_probe
@pytest.mark.parametrize("piece", HEADS.values(), ids=HEADS)
def test_what_comes_before_the_body_is_bounded_too(opener: Opener, piece: bytes) -> None:
    """http.client alone would take a hundred headers of 64 KB, and interim answers without end."""

    def handle(connection: socket.socket) -> None:
        next(requests(connection))
        connection.sendall(b"HTTP/1.1 200 OK\r\n" if b"100" not in piece else b"HTTP/1.1 100 Continue\r\n")
        for _ in range(99):
            connection.sendall(piece)
        connection.sendall(b"\r\n")

    with Loopback(handle) as server:
        reason, peak = cost(opener, server.address)
    assert reason is Reason.ANSWER_TOO_LARGE
    assert peak < 1_500_000
