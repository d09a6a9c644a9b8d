"""The token bucket: a burst, then one request an interval."""

from __future__ import annotations

from pathlib import Path

import pytest
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from agent.web.app import make_app
from agent.web.rate_limiter import RateLimiter
from agent.web.web_file import WebFile
from tests.web.samples import FakeSource, ask
from tests.web.web_files import written


def test_a_burst_is_answered_and_then_one_request_an_interval(tmp_path: Path) -> None:
    now = [1000.0]

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await PlainTextResponse("")(scope, receive, send)

    web_file = WebFile(written(tmp_path, rate_limit={"interval": "2s", "burst": 3}))
    limited = RateLimiter(app, web_file, lambda: now[0])

    def statuses(count: int) -> list[int]:
        return [ask(limited, "/").status for _ in range(count)]

    assert statuses(4) == [200, 200, 200, 429]
    now[0] += 1.9
    assert statuses(1) == [429]
    now[0] += 0.2
    assert statuses(2) == [200, 429]
    now[0] += 1e6
    assert statuses(4) == [200, 200, 200, 429]


@pytest.mark.parametrize("parts", [{}, {"rate_limit": {"interval": 0, "burst": 1}}])
def test_without_an_interval_there_is_no_limit(tmp_path: Path, parts: dict[str, object]) -> None:
    app = make_app(FakeSource(), web_file=WebFile(written(tmp_path, **parts)))
    assert {ask(app, "/-/healthy").status for _ in range(50)} == {200}
