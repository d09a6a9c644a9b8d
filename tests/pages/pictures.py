"""Takes the README's pictures from the running demo: `make pictures`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Browser

from tests.pages.browser import chromium, launched
from tests.web.serving import demo_agent

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"

_WIDE = {"width": 1200, "height": 900}

#: File, path, and how it is looked at.
_SHOTS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("clusters.png", "/", {"viewport": _WIDE}),
    ("clusters-dark.png", "/", {"viewport": _WIDE, "color_scheme": "dark"}),
    ("cluster.png", "/clusters/invoices-live?to=1.32.2", {"viewport": {"width": 1000, "height": 820}}),
)


def take() -> None:
    """Write every picture anew."""
    PICTURES.mkdir(exist_ok=True)
    with demo_agent(postgres=True) as address, launched(chromium()) as browser:
        for name, path, options in _SHOTS:
            _shoot(browser, f"{address}{path}", PICTURES / name, options)


def _shoot(browser: Browser, address: str, file: Path, options: dict[str, Any]) -> None:
    context = browser.new_context(locale="en-GB", timezone_id="Europe/Berlin", **options)
    page = context.new_page()
    page.goto(address, wait_until="networkidle")
    page.screenshot(path=file)
    context.close()


if __name__ == "__main__":
    take()
