"""CHANGELOG.md in the form of keepachangelog.com 1.1.0."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

KINDS = ("Added", "Changed", "Deprecated", "Removed", "Fixed", "Security")

_HEADING = re.compile(r"\[(?P<version>\d+\.\d+\.\d+)\] - (?P<day>\d{4}-\d{2}-\d{2})")


class ChangelogError(Exception):
    """The changelog does not have the form, or lacks a release."""


@dataclass(frozen=True)
class Release:
    """One released version: `1.2.3`, the day, and its entries as Markdown."""

    version: str
    day: date
    notes: str


def releases(text: str) -> list[Release]:
    """All releases of a changelog, the newest first; raise `ChangelogError` for another form."""
    head, *sections = re.split(r"^## ", text, flags=re.MULTILINE)
    if not head.startswith("# Changelog\n"):
        raise ChangelogError("CHANGELOG.md: begin with the heading '# Changelog'")
    if not sections or sections[0].partition("\n")[0] != "[Unreleased]":
        raise ChangelogError("CHANGELOG.md: the first section must be '## [Unreleased]'")
    for section in sections:
        _check_kinds(section)
    found = [_release(section) for section in sections[1:]]
    for newer, older in pairwise(found):
        if _numbers(newer) <= _numbers(older) or newer.day < older.day:
            raise ChangelogError(f"CHANGELOG.md: {newer.version} is above {older.version}, but is not newer")
    return found


def release(text: str, version: str) -> Release:
    """The release `version`; raise `ChangelogError` if it has no section or no entries."""
    for each in releases(text):
        if each.version == version:
            if not each.notes:
                raise ChangelogError(f"CHANGELOG.md: the section of {version} is empty")
            return each
    raise ChangelogError(f"CHANGELOG.md: write a section '## [{version}] - YYYY-MM-DD'")


def _release(section: str) -> Release:
    title, _, notes = section.partition("\n")
    heading = _HEADING.fullmatch(title)
    try:
        day = date.fromisoformat(heading["day"]) if heading else None
    except ValueError:
        day = None
    if heading is None or day is None:
        raise ChangelogError(f"CHANGELOG.md: '## {title}': write '## [1.2.3] - YYYY-MM-DD'")
    return Release(heading["version"], day, notes.strip())


def _check_kinds(section: str) -> None:
    kinds = re.findall(r"^### (.*)$", section, re.MULTILINE)
    for kind in kinds:
        if kind not in KINDS or kinds.count(kind) > 1:
            raise ChangelogError(f"CHANGELOG.md: '### {kind}': use each of {', '.join(KINDS)} once at most")


def _numbers(release: Release) -> tuple[int, ...]:
    return tuple(map(int, release.version.split(".")))
