"""One connection over real sockets: whatever a client sends, it is answered or ended, and costs little."""

from __future__ import annotations

import mmap
import ssl
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.web.app import make_app
from agent.web.connection import Limits
from agent.web.web_file import WebFile
from tests.web.raw import HEALTHY, answer, connect, flood, status, talk
from tests.web.samples import FakeSource, behind
from tests.web.serving import listening
from tests.web.web_files import with_tls

LIMITS = Limits(request_time=0.5, idle_time=0.3, write_time=0.5)
MEGABYTE = 1 << 20


def resident() -> int:
    """Bytes of memory that this process, which is the server's, has now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * mmap.PAGESIZE


@pytest.fixture(scope="module", params=["plain", "tls"])
def tls(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[WebFile, ssl.SSLContext | None]:
    """The server's web configuration, and the context of its clients."""
    return (WebFile(), None) if request.param == "plain" else with_tls(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def port(tls: tuple[WebFile, ssl.SSLContext | None]) -> Iterator[int]:
    app = make_app(FakeSource((behind(),)), enable_lifecycle=True)
    with listening(app, LIMITS, tls[0]) as port:
        yield port


@pytest.fixture
def client(tls: tuple[WebFile, ssl.SSLContext | None]) -> ssl.SSLContext | None:
    return tls[1]


def request(head: str = "", body: bytes = b"", line: str = "GET /-/healthy HTTP/1.1") -> bytes:
    return f"{line}\r\nHost: agent\r\n{head}\r\n".encode("latin-1") + body


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (request("Connection: close\r\n"), 200),
        (request(f"X: {'a' * 30_000}\r\nConnection: close\r\n"), 200),
        (request("X: a\r\n" * 90 + "Connection: close\r\n"), 200),
        (request(f"X: {'a' * 40_000}\r\n"), 431),
        (request("X: a\r\n" * 101), 431),
        (request(f"X{'a' * 40_000}: a\r\n"), 431),
        (f"GET /{'a' * 40_000} HTTP/1.1\r\n".encode(), 431),
        (request(line="GET /-/healthy HTTP/0.9"), 505),
        (request(line="GET /-/healthy HTTP/2.0"), 505),
        (b"GET /-/healthy\r\n\r\n", 505),
        (b"\0" * 10, 400),
        (request("X: a\0b\r\n"), 400),
        (request(line="GET /a\0b HTTP/1.1"), 400),
        (request("Content-Length: 99999999999999999999999\r\n"), 400),
        (request("Content-Length: -1\r\n"), 400),
        (request("Content-Length: abc\r\n"), 400),
        (request("Content-Length: 1\r\nContent-Length: 2\r\n"), 400),
        (request("Transfer-Encoding: chunked\r\n", b"xyz\r\n", "POST /-/reload HTTP/1.1"), 400),
        (request(line="CONNECT agent:1 HTTP/1.1"), 400),
    ],
)
def test_a_request_is_answered_within_its_bounds_and_refused_beyond_them(
    port: int, client: ssl.SSLContext | None, sent: bytes, expected: int
) -> None:
    assert status(talk(port, sent, tls=client)) == expected
    assert status(talk(port, HEALTHY, tls=client)) == 200


@pytest.mark.parametrize(
    ("beginning", "chunk"),
    [
        (b"GET / HTTP/1.1\r\nX: ", b"a" * 65536),
        (b"GET / HTTP/1.1\r\n", b"X: a\r\n" * 10_000),
        (b"GET / HTTP/1.1\r\nX", b"a" * 65536),
        (b"GET /", b"a" * 65536),
        (b"", b"\r\n" * 32768),
        (b"POST /-/reload HTTP/1.1\r\nContent-Length: 9999999999\r\n\r\n", b"a" * 65536),
        (
            b"POST /-/reload HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
            b"10\r\n0123456789abcdef\r\n" * 999,
        ),
        (b"POST /-/reload HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1;x=", b"a" * 65536),
        (b"POST /-/reload HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", b"X: a\r\n" * 10_000),
        (b"", b"GET / HTTP/1.1\r\nHost: a\r\n\r\n" * 2000),
    ],
    ids=[
        "value",
        "headers",
        "name",
        "path",
        "newlines",
        "body",
        "chunks",
        "extension",
        "trailers",
        "requests",
    ],
)
def test_endless_input_is_cut_off_and_uses_no_memory(
    port: int, client: ssl.SSLContext | None, beginning: bytes, chunk: bytes
) -> None:
    before = resident()
    assert flood(port, beginning, chunk, 3000 * MEGABYTE, client) < 1500 * MEGABYTE
    assert resident() - before < 40 * MEGABYTE
    assert status(talk(port, HEALTHY, tls=client)) == 200


@pytest.mark.parametrize(
    ("sent", "drip", "expected"),
    [
        (request()[:-2], b"a", 408),
        (request("Content-Length: 90\r\n", line="POST /nothing HTTP/1.1"), b"a", 404),
        (b"\r\n", b"\r\n", 408),
        (b"", b"", 0),
    ],
    ids=["head", "body", "newlines", "nothing"],
)
def test_a_request_that_does_not_end_is_given_up(
    port: int, client: ssl.SSLContext | None, sent: bytes, drip: bytes, expected: int
) -> None:
    began = time.monotonic()
    # The end may come while a byte is under way; it then takes the answer along.
    assert status(talk(port, sent, *[drip] * 8, pause=0.1, tls=client)) in (expected, 0)
    assert time.monotonic() - began < 5
    assert status(talk(port, HEALTHY, tls=client)) == 200


def test_a_connection_is_kept_for_the_next_request_and_not_for_ever(
    port: int, client: ssl.SSLContext | None
) -> None:
    with connect(port, tls=client) as connection:
        for _ in range(2):
            connection.sendall(request())
            got = b""
            while not got.endswith(b"is healthy.\n"):
                got += connection.recv(65536)
        began = time.monotonic()
        assert answer(connection) == b""
        assert 0.1 < time.monotonic() - began < 5


def test_requests_that_come_at_once_are_answered_in_their_order(
    port: int, client: ssl.SSLContext | None
) -> None:
    sent = request() + request(line="GET /nothing HTTP/1.1") + HEALTHY
    statuses = [part.split(b" ", 1)[0] for part in talk(port, sent, tls=client).split(b"HTTP/1.1 ")[1:]]
    assert statuses == [b"200", b"404", b"200"]


def test_an_offer_of_another_protocol_is_answered_and_not_accepted(
    port: int, client: ssl.SSLContext | None
) -> None:
    for protocol in ("h2c", "websocket"):
        sent = request(f"Connection: Upgrade\r\nUpgrade: {protocol}\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        assert status(talk(port, sent, tls=client)) == 200


def test_a_client_that_does_not_read_its_answers_is_cut_off(port: int, client: ssl.SSLContext | None) -> None:
    with connect(port, tls=client) as connection:
        connection.settimeout(0.2)
        began = time.monotonic()
        with pytest.raises(OSError, match=r"reset|[Bb]roken|EOF|violation"):  # noqa: PT012
            while time.monotonic() - began < 20:
                try:
                    connection.sendall(request(line="GET /static/style.css HTTP/1.1"))
                except TimeoutError:
                    continue
