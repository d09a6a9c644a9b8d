"""Writes settings as YAML, each with a comment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from agent.config.document import Place


def with_comments(
    values: Mapping[str, Any], comments: Mapping[Place, str], place: Place = (), indent: str = ""
) -> Iterator[str]:
    """The lines of a mapping. The comment of a place follows its value."""
    for key, value in values.items():
        here = (*place, key)
        comment = f"  # {comments[here]}" if here in comments else ""
        if isinstance(value, dict) and value:
            yield f"{indent}{_scalar(key)}:{comment}"
            yield from with_comments(value, comments, here, indent + "  ")
        elif isinstance(value, tuple) and any(isinstance(item, dict) for item in value):
            yield f"{indent}{_scalar(key)}:{comment}"
            yield from (f"{indent}- {_flow(item)}" for item in value)
        else:
            yield f"{indent}{_scalar(key)}: {_flow(value)}{comment}"


def comment_text(text: str) -> str:
    """The text in one line, as a comment needs it."""
    return "".join(character if character.isprintable() else "?" for character in text)


def _scalar(key: str) -> str:
    return _flow(str(key))


def _flow(value: Any) -> str:
    """A value in one line."""
    text = yaml.safe_dump(
        _plain(value), default_flow_style=True, allow_unicode=True, width=2**31, sort_keys=False
    )
    return text.removesuffix("\n").removesuffix("\n...")


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, tuple) else value
