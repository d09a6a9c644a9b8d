"""One value in Temporal's own file that some releases refuse."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass

from agent.config.document import path_text
from agent.config.temporal_files.import_result import MASK
from agent.config.temporal_files.yaml_tree import YamlNode
from agent.model.file_rules import FileRule

_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_PART = re.compile(r"([0-9]+\.?[0-9]*|\.[0-9]+)(ns|us|µs|ms|s|m|h)", re.ASCII)
_NUMBER = re.compile(r"[-+]?(0[xX][0-9a-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|[0-9][0-9_]*)", re.ASCII)


@dataclass(frozen=True)
class Violation:
    """The rule, the value, and a text for people: what is wrong with the value.

    `is_absence`: the file lacks a key, which means nothing in an excerpt.
    """

    rule: FileRule
    node: YamlNode
    what: str
    is_absence: bool = False

    @property
    def found(self) -> str:
        """The key, and what is wrong: `persistence.numHistoryShards is 0`."""
        return f"{path_text(self.node.place)} {self.what}"


def absent(rule: FileRule, node: YamlNode) -> Violation:
    """The violation where the file lacks a key, or has 0 for it."""
    return Violation(rule, node, "is 0" if node.text else "is missing", is_absence=True)


def unseen(node: YamlNode, rule: FileRule = FileRule.FILE_UNSEEN) -> Iterator[Violation]:
    """The violation where the file names another file that is not on the agent's machine."""
    text = node.text
    # `pathlib` raises for a name that is too long, or a folder that must not be read.
    if text and text != MASK and not os.path.exists(node.folder / text):
        yield Violation(rule, node, f"is {text[:200]}, which is not on the agent's machine")


def number(node: YamlNode) -> int | None:
    """The number as Go reads it; 0 where there is none, None where it is not a number."""
    if not node.text:
        return 0
    if not _NUMBER.fullmatch(node.text):
        return None
    digits = node.text.replace("_", "")
    try:
        return int(digits, 0)
    except ValueError:
        return int(digits)


def seconds(node: YamlNode) -> float | None:
    """The duration as Go reads it, in seconds; 0 where there is none, None where it is not a duration."""
    text = node.text.lstrip("+-")
    if text in ("", "0"):
        return 0.0
    total, end = 0.0, 0
    for part in _PART.finditer(text):
        if part.start() != end:
            return None
        total, end = total + float(part[1]) * _UNITS[part[2]], part.end()
    return total if end == len(text) else None
