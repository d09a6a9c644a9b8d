"""Headless Chromium, and axe-core in its pages."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from tests.integration.servers import cache
from tests.integration.servers.commands import CommandError, run, which

_AXE = "axe-core@4.14.1"
_AXE_SHA256 = "e6b0ce02b84d892e2e33e403485e7f3d6c29e2be6df65daf44d89ba564139745"

#: Without a sandbox it also runs as root; without the rest it looks for hosts of its maker's.
_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def chromium() -> Path:
    """Debian's Chromium.

    Raises:
        UnavailableError: it is not installed.
    """
    return which("chromium")


def axe() -> str:
    """axe-core's script, by npm into the cache.

    Raises:
        UnavailableError: it can't be had.
    """
    npm = which("npm")

    def build(folder: Path) -> None:
        run([npm, "pack", "--silent", _AXE], cwd=folder)
        (archive,) = folder.glob("*.tgz")
        if sha256(archive.read_bytes()).hexdigest() != _AXE_SHA256:
            raise CommandError(f"{_AXE} is not the archive that was pinned")
        with tarfile.open(archive) as tar:
            script = tar.extractfile("package/axe.min.js")
            assert script is not None
            (folder / "axe.js").write_bytes(script.read())
        archive.unlink()

    folder = cache.entry("axe", "axe-core", [_AXE.encode(), _AXE_SHA256.encode()], build)
    return (folder / "axe.js").read_text(encoding="utf-8")


@contextmanager
def launched(program: Path) -> Iterator[Browser]:
    """A browser without any window or profile."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(_FLAGS))
        try:
            yield browser
        finally:
            browser.close()


def violations(page: Page, script: str) -> list[str]:
    """What axe-core finds wrong with a page by WCAG 2.2 A and AA and its best practices, a line each."""
    # By the browser's debugger, not as an element: the page's own policy forbids what it did not bring.
    page.evaluate(script)
    found: dict[str, Any] = page.evaluate(
        "axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})"
    )
    assert len(found["passes"]) > 10
    return [
        f"{rule['id']}: {node['html'][:200]} {node['failureSummary']}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]
