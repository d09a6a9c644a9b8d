"""`rate_limit` of the web configuration: one token bucket for all requests."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from agent.web.web_file import WebFile


class RateLimiter:
    """Answers 429 while the bucket is empty. It holds `burst` tokens and gets a new one every `interval`."""

    def __init__(self, app: ASGIApp, web: WebFile, clock: Callable[[], float] = time.monotonic) -> None:
        self._app = app
        self._web = web
        self._clock = clock
        self._tokens = math.inf
        self._filled = clock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._takes_one():
            await self._app(scope, receive, send)
        else:
            await PlainTextResponse("Too Many Requests\n", 429)(scope, receive, send)

    def _takes_one(self) -> bool:
        limit = self._web.rate_limit
        if limit is None or not limit.interval:
            return True
        now = self._clock()
        self._tokens = min(self._tokens + (now - self._filled) / limit.interval, limit.burst)
        self._filled = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True
