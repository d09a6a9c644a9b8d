"""Texts are plain English: a list of words stays out of everything that people read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.words import BANNED, PATTERN, ROOT, documents, names, prose, sources


def found(path: Path) -> list[str]:
    place = path.relative_to(ROOT)
    return [
        f"{place}:{line}: {word[0]!r} in {text.strip()[:100]!r}"
        for line, text in prose(path)
        for word in PATTERN.finditer(text)
    ]


def test_no_text_that_people_read_uses_a_banned_word() -> None:
    broken = [entry for path in (*documents(), *sources()) for entry in found(path)]
    assert not broken, f"{len(broken)} places:\n" + "\n".join(broken[:60])


def test_no_name_in_the_code_uses_a_banned_word() -> None:
    banned = re.compile(r"(?:^|_)(?:told|untold|anew|beside|bears?|whoever)(?:_|$)")
    broken = [
        f"{path.relative_to(ROOT)}:{line}: {name}"
        for path in sources()
        for line, name in names(path)
        if banned.search(name)
    ]
    assert broken == []


def test_no_name_of_a_test_uses_a_banned_word() -> None:
    """A test name is a sentence of the manual of its module."""
    broken = [
        f"{path.relative_to(ROOT)}:{line}: {name}"
        for path in sorted((ROOT / "tests").rglob("test_*.py"))
        for line, name in names(path)
        if name.startswith("test_") and PATTERN.search(name.removeprefix("test_").replace("_", " "))
    ]
    assert not broken, f"{len(broken)} names:\n" + "\n".join(broken[:60])


@pytest.mark.parametrize(
    "text",
    [
        "the plugin is told for visibility",
        "the server 'x' is no version of Temporal",
        "rounds are planned anew",
        "which this server may bear or not",
        "what stands beside it",
        "nothing of it is known",
    ],
)
def test_the_old_dialect_is_found(text: str) -> None:
    assert PATTERN.search(text)


@pytest.mark.parametrize(
    "text",
    ["there is no such cluster", "besides, it is standard", "it withstands that", "a bearer token", "retold"],
)
def test_plain_english_is_left_alone(text: str) -> None:
    assert not PATTERN.search(text)


def test_every_banned_word_names_what_to_write_instead() -> None:
    assert all(BANNED.values())
