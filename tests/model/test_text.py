"""Texts are never longer than asked for."""

from __future__ import annotations

import pytest

from agent.model.text import did_you_mean, shorten
from tests.laws import law


@pytest.mark.parametrize(
    ("text", "shortened"), [("", ""), ("abcd", "abcd"), ("abcde", "abc…"), ("a" * 1_000_000, "aaa…")]
)
def test_a_text_is_cut_with_an_ellipsis(text: str, shortened: str) -> None:
    assert shorten(text, 4) == shortened


NAMES = ("postgresql", "rds-postgresql", "mysql", "persistence", "schema_behind")


@law(
    [
        ("postgres", "did you mean postgresql or rds-postgresql?"),
        ("MySQL", "did you mean mysql?"),
        ("persistance", "did you mean persistence?"),
        ("schema", "did you mean schema_behind?"),
        ("banana", "choose one"),
        ("", "choose one"),
        ("x" * 100_000, "choose one"),
    ]
)
def test_the_closest_names_are_suggested(name: str, text: str) -> None:
    assert did_you_mean(name, NAMES, "choose one") == text
