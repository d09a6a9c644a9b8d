"""Limits on concurrent requests of one kind, and on the threads that answer them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from anyio import CapacityLimiter, to_thread
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

T = TypeVar("T")
Handler = Callable[[Request], Awaitable[Response]]

#: Time after which a refused client may try again, in seconds.
_RETRY_AFTER = 1


class Lane:
    """Requests that share `threads`. If `max_requests` are being handled, further requests get 503 at once.

    Lanes do not wait for each other: scrapes have their own thread, however many people read pages.
    """

    def __init__(self, *, threads: int, max_requests: int) -> None:
        self._threads = CapacityLimiter(threads)
        self._max_requests = max_requests
        self._active = 0

    def limited(self, handler: Handler) -> Handler:
        """The handler, while this lane has room."""

        async def answer(request: Request) -> Response:
            if self._active >= self._max_requests:
                return _busy()
            self._active += 1
            try:
                return await handler(request)
            finally:
                self._active -= 1

        return answer

    def threaded(self, handler: Callable[[Request], Response]) -> Handler:
        """The handler in a thread of this lane."""

        async def answer(request: Request) -> Response:
            return await self.run(lambda: handler(request))

        return self.limited(answer)

    async def run(self, work: Callable[[], T]) -> T:
        """Run in a thread of this lane; waits until one is free."""
        return await to_thread.run_sync(work, limiter=self._threads)


def _busy() -> Response:
    text = "Too many requests. Try again in a moment.\n"
    return PlainTextResponse(text, 503, {"Retry-After": str(_RETRY_AFTER)})
