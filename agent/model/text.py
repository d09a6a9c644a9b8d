"""Texts of bounded length."""

from __future__ import annotations


def shorten(text: str, most: int) -> str:
    """The text, at most `most` characters of it; the last one is then an ellipsis."""
    return text if len(text) <= most else text[: most - 1] + "…"
