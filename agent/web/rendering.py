"""Answers about all clusters: rendered once for all clients, and kept until their content changes."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from starlette.requests import Request
from starlette.responses import Response

from agent.reports.document import Document, as_json
from agent.snapshot import Snapshot
from agent.web.conditional import entity_tag, is_known
from agent.web.limits import Lane
from agent.web.packing import Content, Part, content

#: Maximum number of kept answers. Every search is one answer, and one more if it is compressed. The least
#: recent is removed first.
_MAX_KEPT = 16

#: A kept answer is valid for this many times the processor time of its rendering. So readers never use a
#: whole processor.
_VALIDITY_FACTOR = 2.0

#: Longest time for which a kept answer is valid without a check, in seconds.
_MAX_VALIDITY = 2.0


@dataclass(frozen=True)
class View:
    """The source of an answer, compared with `==`, and how to render it. Created in a thread: it is slow."""

    version: object
    render: Callable[[], Content]


@dataclass(frozen=True)
class _Rendered:
    version: object
    body: bytes
    tag: str
    good_until: float


class Renderings:
    """Renders in the threads of `lane`. Clients that ask during a rendering share its result.

    `tagged`: answers have an entity tag, and clients that have the same content get 304.
    """

    def __init__(
        self,
        lane: Lane,
        clock: Callable[[], float] = time.monotonic,
        cpu_clock: Callable[[], float] = time.thread_time,
        *,
        tagged: bool = True,
    ) -> None:
        self._tagged = tagged
        self._lane = lane
        self._clock = clock
        self._cpu_clock = cpu_clock
        self._kept: dict[Hashable, _Rendered] = {}
        self._running: dict[Hashable, asyncio.Task[_Rendered]] = {}

    async def answer(
        self,
        request: Request,
        key: Hashable,
        content_type: str,
        view: Callable[[], View],
        vary: str = "Accept-Encoding",
    ) -> Response:
        """The answer kept under `key`, rendered again if `view` has changed."""
        packed = "gzip" in request.headers.get("accept-encoding", "")
        rendered = self._kept.get((key, packed))
        if rendered is None or self._clock() >= rendered.good_until:
            rendered = await self._render((key, packed), view, packed)
        headers = {"Content-Type": content_type, "Vary": vary}
        if packed:
            headers["Content-Encoding"] = "gzip"
        if rendered.tag:
            headers["ETag"] = rendered.tag
            if is_known(request, rendered.tag):
                return Response(status_code=304, headers={"ETag": rendered.tag, "Vary": vary})
        return Response(rendered.body, headers=headers)

    async def _render(self, key: Hashable, view: Callable[[], View], packed: bool) -> _Rendered:
        task = self._running.get(key)
        if task is None:
            known = self._kept.get(key)
            task = asyncio.ensure_future(self._lane.run(lambda: self._current(known, view, packed)))
            self._running[key] = task
            task.add_done_callback(lambda _task: self._running.pop(key, None))
        rendered = await asyncio.shield(task)
        self._kept.pop(key, None)
        self._kept[key] = rendered
        while len(self._kept) > _MAX_KEPT:
            self._kept.pop(next(iter(self._kept)))
        return rendered

    def _current(self, known: _Rendered | None, view: Callable[[], View], packed: bool) -> _Rendered:
        began = self._cpu_clock()
        shown = view()
        if known is not None and known.version == shown.version:
            return replace(known, good_until=self._good_until(began))
        answer = shown.render()
        body = answer.packed() if packed else answer.plain()
        tag = entity_tag(body) if self._tagged else ""
        return _Rendered(shown.version, body, tag, self._good_until(began))

    def _good_until(self, began: float) -> float:
        return self._clock() + min((self._cpu_clock() - began) * _VALIDITY_FACTOR, _MAX_VALIDITY)


T = TypeVar("T")


class PerCluster(Generic[T]):
    """What is derived from a snapshot, kept for each cluster until its snapshot changes."""

    def __init__(self, derive: Callable[[Snapshot], T]) -> None:
        self._derive = derive
        self._known: dict[str, tuple[Snapshot, T]] = {}
        self._deriving = threading.Lock()

    def of(self, snapshots: Iterable[Snapshot]) -> list[T]:
        """One for each snapshot. Other clusters are forgotten."""
        with self._deriving:
            known, self._known = self._known, {}
            for snapshot in snapshots:
                kept = known.get(snapshot.subject.name)
                if kept is None or kept[0] is not snapshot:
                    kept = snapshot, self._derive(snapshot)
                self._known[snapshot.subject.name] = kept
            return [derived for _, derived in self._known.values()]


class JsonList:
    """One JSON object with a list of clusters; a cluster is rendered when its snapshot has changed."""

    def __init__(self, key: str, document: Callable[[Snapshot], Document]) -> None:
        self._key = key
        # As bytes, because joining and encoding the texts of a large fleet would stop all other threads.
        self._texts = PerCluster(lambda snapshot: _indented(document(snapshot)))

    def render(self, snapshots: Iterable[Snapshot]) -> Content:
        """The whole list as JSON, indented by two spaces."""
        clusters = b",\n    ".join(self._texts.of(snapshots))
        begin = f"{{\n  {json.dumps(self._key)}: [".encode()
        if not clusters:
            return content(begin + b"]\n}\n")
        return Content((Part(begin + b"\n    "), Part(clusters), Part(b"\n  ]\n}\n")))


def _indented(document: Document) -> bytes:
    return as_json(document).replace("\n", "\n    ").encode()
