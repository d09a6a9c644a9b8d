"""How many requests of one kind are under way at once, and how many threads answer them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from anyio import CapacityLimiter, to_thread
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

T = TypeVar("T")
Handler = Callable[[Request], Awaitable[Response]]

#: Seconds after which a client that was turned away may come again.
_RETRY_AFTER = 1


class Lane:
    """Requests that share `threads`; of more than `most` under way the rest gets 503 at once.

    Lanes do not wait for each other: readers of pages, however many, leave scrapes their own thread.
    """

    def __init__(self, *, threads: int, most: int) -> None:
        self._threads = CapacityLimiter(threads)
        self._most = most
        self._under_way = 0

    def limited(self, handler: Handler) -> Handler:
        """The handler, as long as there is room in this lane."""

        async def answer(request: Request) -> Response:
            if self._under_way >= self._most:
                return _busy()
            self._under_way += 1
            try:
                return await handler(request)
            finally:
                self._under_way -= 1

        return answer

    def threaded(self, handler: Callable[[Request], Response]) -> Handler:
        """A handler that computes, in a thread of this lane."""

        async def answer(request: Request) -> Response:
            return await self.run(lambda: handler(request))

        return self.limited(answer)

    async def run(self, work: Callable[[], T]) -> T:
        """Compute in a thread of this lane; waits until one is free."""
        return await to_thread.run_sync(work, limiter=self._threads)


def _busy() -> Response:
    text = "Too many requests are under way. Try again in a moment.\n"
    return PlainTextResponse(text, 503, {"Retry-After": str(_RETRY_AFTER)})
