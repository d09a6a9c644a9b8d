"""Texts of bounded length."""

from __future__ import annotations


def shorten(text: str, most: int) -> str:
    """At most `most` characters of the text; a text that was cut ends with an ellipsis."""
    return text if len(text) <= most else text[: most - 1] + "…"
