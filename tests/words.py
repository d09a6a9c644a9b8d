"""The texts that people read, and the words that keep them from being understood at once."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]

#: Words of a private dialect, as patterns, and what to write. CONTRIBUTING.md says the same.
BANNED = {
    r"(?:un)?told": "reported, given, configured, known",
    r"anew": "again",
    r"beside": "next to, besides, with, in addition to",
    r"bears?": "accepts, supports",
    r"(?<!there )(?<!there's )(?:is|are) no": "is not a, has no, there is no",
    r"stands?": "is, is written, is there",
    r"of it": "name the thing",
    r"(?:brings?|brought|bringing) (?:\w+ ){0,4}on": "upgrade, migrate",
    r"shall": "must, will",
    r"whoever|whomever": "who, readers, the caller",
    r"(?:its|the|'s) makers": "the vendor, the project",
    r"(?:tells?|speaks?|spoken) of": "reports, mentions, is about",
    r"is to be|are to be": "must be, will be",
    r"names? no|say no|says no": "does not name, does not say",
    r"the very": "exactly the",
    r"(?:by|in) (?:its|their|his) (?:own )?words?": "as the source writes",
    r"looked at|is looked": "checked, read",
    r"a look": "check",
    r"in vain": "without success",
    r"wherefore|thereof|therein|whereof|hitherto": "plain words",
}
PATTERN = re.compile(r"\b(?:" + "|".join(f"(?:{word})" for word in BANNED) + r")\b", re.IGNORECASE)

#: Files that only quote: generated boards, recorded facts with the words of their sources.
PAGES = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md")


def documents() -> list[Path]:
    """Every page of documentation, template and rule file that people read."""
    found = [ROOT / name for name in PAGES if (ROOT / name).exists()]
    found += sorted((ROOT / "docs").rglob("*.md"))
    found += sorted((ROOT / "dashboards").rglob("*.md")) + sorted((ROOT / "dashboards").rglob("*.in"))
    found += sorted((ROOT / "agent").rglob("*.html")) + sorted((ROOT / "agent").rglob("*.js"))
    return found


def sources() -> list[Path]:
    """Every Python file whose messages, help texts, comments and docstrings people read."""
    return [
        path for name in ("agent", "dashboards", "deploy") for path in sorted((ROOT / name).rglob("*.py"))
    ]


def prose(path: Path) -> Iterator[tuple[int, str]]:
    """Line number and text of everything in a file that is written for people."""
    text = path.read_text(encoding="utf-8")
    yield from _python(text) if path.suffix == ".py" else _lines(text)


def _lines(text: str) -> Iterator[tuple[int, str]]:
    # A block of code is what a program says or reads; quoted words are under discussion.
    fenced = False
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith("```"):
            fenced = not fenced
        elif not fenced:
            yield number, re.sub(r"`[^`]*`", "", line)


def _python(text: str) -> Iterator[tuple[int, str]]:
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value:
            for offset, line in enumerate(node.value.splitlines()):
                yield node.lineno + offset, re.sub(r"`[^`]*`", "", line)


def names(path: Path) -> Iterator[tuple[int, str]]:
    """Line number and name of everything that a Python file defines or assigns."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield node.lineno, name
            case ast.arg(arg=name) | ast.Name(id=name):
                yield node.lineno, name
