"""What the documentation gives to a new user: commands, and blocks of text to copy."""

from __future__ import annotations

import re

from tests.delivery.building import ROOT

INSTALL = (ROOT / "docs" / "install.md").read_text(encoding="utf-8")
CHART = (ROOT / "deploy" / "helm" / "temporal-compat-agent" / "README.md").read_text(encoding="utf-8")


def blocks(page: str, language: str) -> list[str]:
    """The blocks of one language, in the order of the page, without their indentation."""
    found = re.findall(rf"^( *)```{language}\n(.*?)^ *```$", page, re.DOTALL | re.MULTILINE)
    return ["".join(line.removeprefix(indent) for line in text.splitlines(True)) for indent, text in found]


def block(page: str, language: str, part: str) -> str:
    """The one block of this language that contains `part`."""
    (found,) = (text for text in blocks(page, language) if part in text)
    return found


def is_documented(command: str) -> bool:
    """Whether the command is in one of the pages as it is written here."""
    return any(command in page for page in (INSTALL, CHART))
