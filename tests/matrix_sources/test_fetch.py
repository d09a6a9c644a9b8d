"""Fetching a bundle: https alone, bounded in size and time, by one thread at the most."""

from __future__ import annotations

import socket
import threading
import time
from itertools import repeat
from typing import Any

import pytest

from agent.matrix_sources.fetch import Fetcher, FetchError
from tests.probes.proxy_server import ForwardProxy
from tests.probes.reading import peak_of
from tests.probes.servers import TLS, Answer, Loopback, Pages, Request, silence, slowly

CA = str(TLS / "ca.pem")
MOST = 1000


def url(server: Loopback, path: str = "/matrix.json") -> str:
    return f"https://temporal:{server.port}{path}"


def failure(server: Loopback, path: str = "/matrix.json", seconds: float = 5.0, ca: str | None = CA) -> str:
    with pytest.raises(FetchError) as caught:
        Fetcher(seconds).fetch(url(server, path), MOST, ca)
    return str(caught.value)


def test_a_file_is_fetched_unchanged() -> None:
    with Pages(Answer(b"x" * MOST), tls=True) as server:
        assert Fetcher().fetch(url(server), MOST, CA) == b"x" * MOST
        (request,) = server.seen
    assert request.path == "/matrix.json"
    assert "authorization" not in request.headers


def test_a_file_is_fetched_through_the_proxy_of_the_environment_except_where_no_proxy_names_the_host(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with Pages(Answer(b"x"), tls=True) as server, ForwardProxy("agent:p") as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://agent:p@{proxy.address}")
        assert Fetcher().fetch(url(server), MOST, CA) == b"x"
        assert [line.rpartition(" ")[0] for line in proxy.seen][-1:] == [f"CONNECT temporal:{server.port}"]
        proxy.seen.clear()
        monkeypatch.setenv("NO_PROXY", "temporal")
        assert Fetcher().fetch(url(server), MOST, CA) == b"x"
    assert proxy.seen == []


def test_a_larger_file_is_refused() -> None:
    with Pages(Answer(b"x" * (MOST + 1)), tls=True) as server:
        assert failure(server) == f"the file is larger than {MOST} bytes"


@pytest.mark.parametrize("status", [204, 304, 401, 404, 500])
def test_any_status_other_than_200_is_an_error(status: int) -> None:
    with Pages(Answer(status=status), tls=True) as server:
        assert failure(server) == f"the server answers with HTTP {status}"


def test_a_redirect_is_followed_within_https() -> None:
    def choose(request: Request) -> Answer:
        if request.path == "/latest":
            return Answer(status=302, headers={"Location": "/v2/matrix.json"})
        return Answer(request.path.encode())

    with Pages(choose, tls=True) as server:
        assert Fetcher().fetch(url(server, "/latest"), MOST, CA) == b"/v2/matrix.json"


@pytest.mark.parametrize("place", ["http://temporal/matrix.json", "file:///etc/passwd", "ftp://temporal/"])
def test_a_redirect_to_anything_else_is_refused(place: str) -> None:
    with Pages(Answer(status=302, headers={"Location": place}), tls=True) as server:
        assert failure(server) == "refused an address that is not https; check the server's redirects"


def test_a_redirect_to_an_invalid_address_is_refused() -> None:
    with Pages(Answer(status=302, headers={"Location": "https://[temporal/"}), tls=True) as server:
        assert failure(server) == "Invalid IPv6 URL"


def test_the_page_of_a_redirect_is_not_read() -> None:
    chunk = b"x" * 1_000_000

    def endless(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(
            b"HTTP/1.1 302 Found\r\nLocation: http://temporal/\r\nContent-Length: 50000000\r\n\r\n"
        )
        for _ in range(50):
            connection.sendall(chunk)

    with Loopback(endless, tls=True) as server:
        failures: list[str] = []
        assert peak_of(lambda: failures.append(failure(server))) < 5_000_000
    assert failures == ["refused an address that is not https; check the server's redirects"]


def test_the_number_of_redirects_is_limited() -> None:
    with Pages(Answer(status=307, headers={"Location": "/again"}), tls=True) as server:
        assert failure(server) == "there are more than 5 redirects"
        assert len(server.seen) == 6


def test_an_address_without_tls_is_refused_before_connecting() -> None:
    with Pages(Answer(b"x")) as server:
        with pytest.raises(FetchError, match="not https"):
            Fetcher().fetch(f"http://127.0.0.1:{server.port}/", MOST)
        assert server.accepted == 0


def test_an_untrusted_certificate_is_refused() -> None:
    with Pages(Answer(b"x"), tls=True) as server:
        assert "CERTIFICATE_VERIFY_FAILED" in failure(server, ca=None)
        assert "invalid path" in failure(server, ca="not-there.pem")


def test_an_unreachable_server_is_an_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(FetchError):
        Fetcher().fetch(f"https://temporal:{port}/", MOST, CA)


def _drip(connection: socket.socket) -> None:
    connection.recv(65536)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n")
    for piece in slowly(repeat(b"x"), 0.05):
        connection.sendall(piece)


def _drip_headers(connection: socket.socket) -> None:
    connection.recv(65536)
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    for piece in slowly(repeat(b"X-Header: x\r\n"), 0.05):
        connection.sendall(piece)


@pytest.mark.parametrize("handle", [silence, _drip, _drip_headers])
def test_a_slow_download_ends_in_time(handle: Any) -> None:
    with Loopback(handle, tls=True) as server:
        began = time.monotonic()
        text = failure(server, seconds=0.4)
        assert time.monotonic() - began < 2.0
    assert "slowly" in text or "within 0.4 seconds" in text or "timed out" in text


def test_no_second_attempt_starts_while_one_hangs() -> None:
    with Loopback(_drip_headers, tls=True) as server:
        fetcher = Fetcher(0.3)
        for _ in range(3):
            with pytest.raises(FetchError):
                fetcher.fetch(url(server), MOST, CA)
        assert server.accepted == 1
        assert sum(thread.name == "matrix-fetch" for thread in threading.enumerate()) == 1
