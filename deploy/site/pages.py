"""A hook of mkdocs: pages from outside docs/, index pages of folders, and links that fit the site.

Everything in docs/ is also read in the repository, so its links lead to files there.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]

#: Pages of the site that are files outside of docs/.
OUTSIDE = {
    "project/changelog.md": "CHANGELOG.md",
    "project/contributing.md": "CONTRIBUTING.md",
    "project/dashboards.md": "dashboards/README.md",
    "project/security.md": "SECURITY.md",
}

#: Where a link to a file or folder of the repository leads, if that is not the file itself.
_SITE_PATHS = {source: page for page, source in OUTSIDE.items()} | {
    "README.md": "index.md",
    "docs": "index.md",
    "docs/adr": "adr/README.md",
    "docs/grants": "grants/index.md",
    "docs/readers": "index.md",
    "docs/runbooks": "runbooks/index.md",
}

_LINK = re.compile(r"\[([^\]]+)\]\(([^)\s]+)\)")


def on_files(files: Any, config: Any) -> Any:
    """Add the pages that are not files of docs/. Called by mkdocs, whose types are not installed."""
    from mkdocs.structure.files import File

    pages = {page: (ROOT / source).read_text(encoding="utf-8") for page, source in OUTSIDE.items()}
    pages["grants/index.md"] = grants_page()
    pages["runbooks/index.md"] = runbooks_page()
    for path, text in pages.items():
        files.append(File.generated(config, path, content=text))
    return files


def on_page_markdown(markdown: str, page: Any, **_arguments: Any) -> str:
    """Rewrite the links of a page. Called by mkdocs."""
    return with_site_links(markdown, page.file.src_uri)


def with_site_links(markdown: str, page: str) -> str:
    """The text of `page` (its path in the site). A link to a file that the site lacks becomes plain text."""
    source = OUTSIDE.get(page, f"docs/{page}")

    def rewritten(link: re.Match[str]) -> str:
        text, target = link.groups()
        path, hash_sign, anchor = target.partition("#")
        if not path or "://" in target:
            return link[0]
        there = _site_path(posixpath.normpath(posixpath.join(posixpath.dirname(source), path)))
        if there is None:
            return text
        return f"[{text}]({posixpath.relpath(there, posixpath.dirname(page) or '.')}{hash_sign}{anchor})"

    return "".join(
        part if part.startswith("```") else _LINK.sub(rewritten, part) for part in _parts(markdown)
    )


def _parts(markdown: str) -> list[str]:
    """The text, cut into blocks of code and what is between them."""
    return re.split(r"(^ *```.*?^ *```$)", markdown, flags=re.DOTALL | re.MULTILINE)


def _site_path(source: str) -> str | None:
    """The path in the site for a path in the repository; None if the site does not have it."""
    if source in _SITE_PATHS:
        return _SITE_PATHS[source]
    return source.removeprefix("docs/") if source.startswith("docs/") else None


def grants_page() -> str:
    """The statements of docs/grants, one section for each file."""
    lines = ["# Rights in the databases", "", "The integration tests use exactly these statements.", ""]
    for path in sorted((ROOT / "docs" / "grants").iterdir()):
        lines += [f"## {path.name}", "", "```sql", path.read_text(encoding="utf-8").rstrip(), "```", ""]
    return "\n".join(lines)


def runbooks_page() -> str:
    """A list of all runbooks."""
    names = sorted(path.stem for path in (ROOT / "docs" / "runbooks").glob("*.md"))
    intro = (
        "What to do when an alert fires. The agent serves the same pages, with the addresses of a cluster."
    )
    return "\n".join(["# Runbooks", "", intro, "", *(f"- [{name}]({name}.md)" for name in names), ""])
