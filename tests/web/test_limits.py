"""Lanes: what is too much is turned away at once, and one lane never waits for another."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

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
