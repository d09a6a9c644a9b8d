"""Answers that are kept: rendered once for all who ask, and again when what they show has changed."""

from __future__ import annotations

import asyncio
import gzip
from dataclasses import replace

import pytest
from starlette.requests import Request

from agent.reports.cluster_document import ClusterDocument, ClustersDocument, cluster_document
from agent.reports.document import as_json
from agent.snapshot import Snapshot
from agent.web.limits import Lane
from agent.web.packing import Content, content
from agent.web.rendering import JsonList, PerCluster, Renderings, View
from tests.web.samples import behind, silent, subject


def request(accept_encoding: str = "") -> Request:
    headers = [(b"accept-encoding", accept_encoding.encode())]
    return Request({"type": "http", "method": "GET", "path": "/", "headers": headers})


class Shown:
    """Something that is shown: its version can change, and rendering takes its time."""

    def __init__(self, cost: float = 0.0) -> None:
        self.now = 0.0
        self.version = 1
        self.looks = self.renderings = 0
        self._cost = cost

    def clock(self) -> float:
        return self.now

    def view(self) -> View:
        self.looks += 1
        return View(self.version, self._render)

    def _render(self) -> Content:
        self.renderings += 1
        self.now += self._cost
        return content(f"version {self.version}".encode() * 200)

    def renderings_of(self) -> Renderings:
        return Renderings(Lane(threads=2, max_requests=9), self.clock, self.clock)


def test_an_answer_is_rendered_again_only_when_what_it_shows_has_changed() -> None:
    shown = Shown()
    kept = shown.renderings_of()

    async def body() -> bytes:
        return bytes((await kept.answer(request(), "key", "text/plain", shown.view)).body)

    bodies = [asyncio.run(body()) for _ in range(3)]
    shown.version = 2
    bodies.append(asyncio.run(body()))
    assert [body[:9] for body in bodies] == [b"version 1"] * 3 + [b"version 2"]
    assert (shown.looks, shown.renderings) == (4, 2)


def test_requests_during_the_rendering_get_the_same_answer() -> None:
    shown = Shown()
    kept = shown.renderings_of()

    async def scenario() -> set[bytes]:
        answers = [kept.answer(request(), "key", "text/plain", shown.view) for _ in range(40)]
        return {bytes(answer.body) for answer in await asyncio.gather(*answers)}

    assert len(asyncio.run(scenario())) == 1
    assert (shown.looks, shown.renderings) == (1, 1)


@pytest.mark.parametrize(("cost", "rest"), [(0.5, 1.0), (30.0, 2.0)])
def test_an_expensive_read_is_not_repeated_at_once(cost: float, rest: float) -> None:
    shown = Shown(cost)
    kept = shown.renderings_of()

    async def ask() -> None:
        await kept.answer(request(), "key", "text/plain", shown.view)

    asyncio.run(ask())
    shown.version = 2
    shown.now += rest - 0.01
    asyncio.run(ask())
    assert shown.renderings == 1
    shown.now += 0.02
    asyncio.run(ask())
    assert shown.renderings == 2


def test_an_answer_is_packed_once_for_those_who_can_read_it() -> None:
    shown = Shown()
    kept = shown.renderings_of()
    plain = asyncio.run(kept.answer(request("identity"), "key", "text/plain", shown.view))
    packed = asyncio.run(kept.answer(request("br, gzip"), "key", "text/plain", shown.view))
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(bytes(packed.body)) == plain.body
    assert plain.headers["vary"] == packed.headers["vary"] == "Accept-Encoding"


def test_a_rendering_that_fails_is_tried_again() -> None:
    shown = Shown()
    kept = shown.renderings_of()

    def broken() -> View:
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        asyncio.run(kept.answer(request(), "key", "text/plain", broken))
    assert asyncio.run(kept.answer(request(), "key", "text/plain", shown.view)).status_code == 200


def test_searches_do_not_pile_up() -> None:
    shown = Shown()
    kept = shown.renderings_of()
    for number in range(100):
        asyncio.run(kept.answer(request(), number, "text/plain", shown.view))
    assert len(kept._kept) == 16


def test_a_list_has_the_bytes_of_the_whole_and_renders_what_has_changed() -> None:
    rendered: list[str] = []

    def document(snapshot: Snapshot) -> ClusterDocument:
        rendered.append(snapshot.subject.name)
        return cluster_document(snapshot)

    clusters = JsonList("clusters", document)
    first, second = behind(), silent()
    for shown in ((), (first,), (first, second), (first, replace(second, subject=subject("other")))):
        whole = ClustersDocument(tuple(map(cluster_document, shown)))
        assert clusters.render(shown).plain().decode() == as_json(whole) + "\n"
    assert len(rendered) == 3


def test_what_is_derived_is_kept_until_the_snapshot_changes_or_the_cluster_is_gone() -> None:
    derived: list[str] = []

    def derive(snapshot: Snapshot) -> str:
        derived.append(snapshot.subject.name)
        return snapshot.subject.name

    kept = PerCluster(derive)
    first, second = behind(), silent()
    assert kept.of((first, second)) == kept.of((first, second)) == ["orders-live", "payments-live"]
    assert derived == ["orders-live", "payments-live"]
    assert kept.of((replace(first), second)) == ["orders-live", "payments-live"]
    assert derived[2:] == ["orders-live"]
    kept.of((second,))
    kept.of((first, second))
    assert derived[3:] == ["orders-live"]
