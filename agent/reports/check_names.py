"""The names that `--only` and `--exclude` take, and the list of all checks."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from agent.model.text import did_you_mean
from agent.model.vocabulary import CHECKS, Check, Role
from agent.reports.text_style import TextStyle

_NAMES = (*Role, *Check)


def read_names(text: str) -> frozenset[str]:
    """The roles and checks in a list with commas.

    Raises:
        ValueError: a name is neither a role nor a check; the message names the closest ones.
    """
    names = [name.strip() for name in text.split(",") if name.strip()]
    for name in names:
        if name not in _NAMES:
            hint = did_you_mean(name, _NAMES, "--list-checks prints all of them")
            raise ValueError(f"{name[:60]!r} is neither a role nor a check; {hint}")
    return frozenset(names)


def list_lines(sections: Collection[tuple[Role, Check]], style: TextStyle) -> Iterator[str]:
    """The roles with their checks, and the question that each check answers."""
    indent = " " * 22
    for role in Role:
        checks = [check for check in Check if (role, check) in sections]
        yield from style.paragraph(", ".join(checks), indent, f"{role:<22}")
    yield ""
    for check, info in CHECKS.items():
        yield from style.paragraph(info.question, indent, f"{check:<22}")
