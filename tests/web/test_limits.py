"""Lanes: what is too much is turned away at once, and one lane never waits for another."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace

import requests
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from agent.matrix import Matrix
from agent.web.app import make_app
from agent.web.limits import Lane
from tests.fleets import eventually
from tests.web.samples import FakeSource, behind
from tests.web.serving import listening


class StuckSource(FakeSource):
    """A source whose matrix keeps readers waiting until the test lets them go."""

    def __init__(self) -> None:
        super().__init__((behind(),))
        self.let_go = threading.Event()
        self.waiting = 0

    def matrix(self) -> Matrix:
        self.waiting += 1
        assert self.let_go.wait(30)
        return super().matrix()


@contextmanager
def crowd(url: str, count: int) -> Iterator[list[int]]:
    """So many clients that ask at once; their statuses, as they come."""
    statuses: list[int] = []
    with ThreadPoolExecutor(count) as pool:
        for _ in range(count):
            pool.submit(lambda: statuses.append(requests.get(url, timeout=60).status_code))
        yield statuses


def test_requests_beyond_the_limit_of_a_lane_get_503() -> None:
    let_go = threading.Event()

    def slow(_request: Request) -> Response:
        assert let_go.wait(30)
        return PlainTextResponse("")

    lane = Lane(threads=2, max_requests=5)
    with (
        listening(Starlette(routes=[Route("/", lane.threaded(slow))])) as port,
        crowd(f"http://127.0.0.1:{port}/", 12) as statuses,
    ):
        assert eventually(lambda: statuses == [503] * 7)
        reply = requests.get(f"http://127.0.0.1:{port}/", timeout=10)
        assert (reply.status_code, reply.headers["retry-after"]) == (503, "1")
        let_go.set()
        assert eventually(lambda: sorted(statuses) == [200] * 5 + [503] * 7)


def test_readers_that_hang_leave_scrapes_and_health_checks_alone() -> None:
    source = StuckSource()
    with listening(make_app(source)) as port, crowd(f"http://127.0.0.1:{port}/api/v1/matrix", 90) as statuses:
        try:
            assert eventually(lambda: len(statuses) == 26)
            assert source.waiting == 2
            for path in ("/metrics", "/-/healthy", "/-/ready", "/probe?cluster=orders-live"):
                assert requests.get(f"http://127.0.0.1:{port}{path}", timeout=5).status_code == 200
        finally:
            source.let_go.set()
    assert sorted(set(statuses)) == [200, 503]


def test_scrapers_that_read_one_byte_at_a_time_hold_nobody_up() -> None:
    """More of them than scrapes may be active, with an answer larger than their connections' buffers."""
    subject = behind().subject
    fleet = tuple(
        replace(behind(), subject=replace(subject, name=f"cluster-{number}")) for number in range(700)
    )
    with listening(make_app(FakeSource(fleet))) as port, ExitStack() as stack:
        url = f"http://127.0.0.1:{port}"
        whole = requests.get(f"{url}/metrics", headers={"Accept-Encoding": "identity"}, timeout=30)
        assert len(whole.content) > 2_000_000
        slow = [stack.enter_context(_slow_scraper(port)) for _ in range(40)]
        read = [scraper.recv(1) for scraper in slow]
        for path in ("/metrics", "/-/healthy", "/", "/api/v1/clusters"):
            read += [scraper.recv(1) for scraper in slow]
            assert requests.get(f"{url}{path}", timeout=5).status_code == 200
        assert b"".join(read) == b"H" * 40 + b"T" * 80 + b"P" * 40 + b"/" * 40


@contextmanager
def _slow_scraper(port: int) -> Iterator[socket.socket]:
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(30)
        connection.connect(("127.0.0.1", port))
        connection.sendall(b"GET /metrics HTTP/1.1\r\nHost: agent\r\n\r\n")
        yield connection
