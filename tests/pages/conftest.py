"""A browser, and the demo to look at with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, Request

from tests.integration.servers.requirement import require
from tests.pages import browser as programs
from tests.web.serving import demo_agent

#: Opens an address; the options are those of a browser's context: width, colour scheme, time zone …
Open = Callable[..., Page]


# Of this package alone: while it runs, no other event loop can run in the main thread.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with programs.launched(require(programs.chromium)) as browser:
        yield browser


@pytest.fixture(scope="session")
def axe() -> str:
    return require(programs.axe)


@pytest.fixture(scope="package")
def demo() -> Iterator[str]:
    with demo_agent() as address:
        yield address


@pytest.fixture
def visit(browser: Browser) -> Iterator[Open]:
    """Opens pages. What a page logs, refuses or fails to load fails the test."""
    complaints: list[str] = []
    contexts = []

    def failed(request: Request) -> None:
        # A page that is left while it loads aborts its own requests; that says nothing about the agent.
        if request.failure != "net::ERR_ABORTED":
            complaints.append(f"failed: {request.url}: {request.failure}")

    def open_page(address: str, *, is_there: bool = True, **options: object) -> Page:
        context = browser.new_context(
            **{"locale": "en-GB", "timezone_id": "Asia/Kolkata", **options}  # type: ignore[arg-type]
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        if is_there:  # An answer of 404 is a complaint of the browser's own.
            page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("requestfailed", failed)
        page.goto(address)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []
