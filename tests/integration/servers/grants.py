"""The documented rights of the agent: the statements of docs/grants with the names of a test."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

_FOLDER = Path(__file__).parents[3] / "docs" / "grants"


def statements(name: str, names: Mapping[str, str]) -> list[str]:
    """The statements of this file, each with these words replaced.

    Raises:
        KeyError: a word is not in the file, so the replacement would have no effect.
    """
    lines = (_FOLDER / name).read_text(encoding="utf-8").splitlines()
    text = "\n".join(line for line in lines if not line.startswith("--"))
    for word, other in names.items():
        if word not in text:
            raise KeyError(word)
        text = text.replace(word, other)
    return [statement.strip() for statement in text.split(";") if statement.strip()]
