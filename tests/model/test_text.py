"""Texts are never longer than asked for."""

from __future__ import annotations

import pytest

from agent.model.text import shorten


@pytest.mark.parametrize(
    ("text", "shortened"), [("", ""), ("abcd", "abcd"), ("abcde", "abc…"), ("a" * 1_000_000, "aaa…")]
)
def test_a_text_is_cut_with_an_ellipsis(text: str, shortened: str) -> None:
    assert shorten(text, 4) == shortened
