"""Texts of bounded length."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

#: Characters of a wrong name that are compared and shown.
MAX_NAME = 60


def shorten(text: str, most: int) -> str:
    """At most `most` characters of the text; a text that was cut ends with an ellipsis."""
    return text if len(text) <= most else text[: most - 1] + "…"


def did_you_mean(name: str, known: Iterable[str], otherwise: str = "") -> str:
    """`did you mean X?` with the one or two closest names; `otherwise` if none is close."""
    names = {str(each).lower(): str(each) for each in known}
    text = name[:MAX_NAME].lower()
    close = get_close_matches(text, list(names), 2)
    # The first half of a name is close, too: postgres for postgresql.
    close = close or sorted(each for each in names if len(text) > 2 and each.startswith(text))[:2]
    return f"did you mean {' or '.join(names[each] for each in close)}?" if close else otherwise
