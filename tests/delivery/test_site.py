"""The documentation site: it builds without a warning, and every link leads to a page and a heading."""

from __future__ import annotations

import json
import os
import posixpath
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag

import pytest

from deploy.site.pages import with_site_links
from tests.delivery.building import ROOT
from tests.integration.servers.delivery_tools import site_tools
from tests.integration.servers.requirement import require
from tests.laws import law

CONFIGURATION = ROOT / "deploy" / "site" / "mkdocs.yml"


class Page(HTMLParser):
    """The addresses that a page leads to or loads, and the IDs in it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: set[str] = set()
        self.loaded: set[str] = set()
        self.ids: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "id" and value:
                self.ids.add(value)
            elif name == "href" and value:
                (self.links if tag == "a" else self.loaded).add(value)
            elif name == "src" and value:
                self.loaded.add(value)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built site."""
    folder = tmp_path_factory.mktemp("site")
    tools = require(site_tools)
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--quiet", "--strict", "-f", CONFIGURATION, "-d", folder],
        env={**os.environ, "PYTHONPATH": str(tools), "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    return folder


def test_every_link_leads_somewhere_and_no_page_loads_from_elsewhere(site: Path) -> None:
    # Each page of an error is served at any path, so its links are absolute.
    pages = {
        path.relative_to(site).as_posix(): Page(path.read_text(encoding="utf-8"))
        for path in site.rglob("*.html")
        if path.name != "404.html"
    }
    assert len(pages) > 40
    broken, elsewhere = [], []
    for name, page in pages.items():
        elsewhere += [f"{name}: {url}" for url in page.loaded if "://" in url]
        for url in page.links | page.loaded:
            path, anchor = urldefrag(url)
            if "://" in path or path.startswith("mailto:"):
                continue
            there = (
                posixpath.normpath(posixpath.join(posixpath.dirname(name), unquote(path))) if path else name
            )
            if not (site / there).is_file():
                broken.append(f"{name}: {url}")
            elif anchor and there in pages and unquote(anchor) not in pages[there].ids:
                broken.append(f"{name}: {url} has no such heading")
    assert (broken, elsewhere) == ([], [])


def test_the_search_finds_alerts_reasons_and_commands(site: Path) -> None:
    index = json.loads((site / "search" / "search_index.json").read_text(encoding="utf-8"))
    text = "\n".join(f"{entry['title']} {entry['text']}" for entry in index["docs"])
    assert all(
        word in text for word in ("TemporalSchemaBehind", "driver_missing", "--assume-server", "GRANT SELECT")
    )


@law(
    [
        ("upgrades.md", "[a](gates.md#b)", "[a](gates.md#b)"),
        ("upgrades.md", "[a](../SECURITY.md#b)", "[a](project/security.md#b)"),
        ("adr/README.md", "[a](../../CONTRIBUTING.md)", "[a](../project/contributing.md)"),
        ("project/changelog.md", "[a](docs/gates.md)", "[a](../gates.md)"),
        ("project/dashboards.md", "[a](../deploy/mixin/mixin.libsonnet)", "a"),
        ("index.md", "[a](runbooks)", "[a](runbooks/index.md)"),
        ("index.md", "[a](#b) [c](https://example.com)", "[a](#b) [c](https://example.com)"),
        ("index.md", "```\n[a](../x)\n```", "```\n[a](../x)\n```"),
    ]
)
def test_a_link_fits_the_site(page: str, markdown: str, expected: str) -> None:
    assert with_site_links(markdown, page) == expected
