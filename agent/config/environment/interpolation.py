"""Variables in the values of compose files and env files, as Docker Compose replaces them.

Source: compose-spec/compose-spec, spec.md, "Interpolation"; compose-spec/compose-go, template/template.go.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_BRACES = re.compile(r"\$\$|\$\{|\}")
_OPERATORS = (":-", ":?", ":+", "-", "?", "+")
#: Defaults within defaults. People write two or three.
_MAX_DEPTH = 20
#: Characters. Values that use values above them double with each line.
_MAX_LENGTH = 65536


class InterpolationError(Exception):
    """A value that cannot be computed. The text says why, and quotes nothing but the names of variables."""


def substitute(text: str, variables: Mapping[str, str], depth: int = 0) -> str:
    """The text with the values of its variables.

    Unlike Docker Compose, a variable that is not set is an error: the agent runs elsewhere, where people
    easily forget to set it.

    Raises:
        InterpolationError: a variable is not set and has no default, or the text is not valid.
    """
    if depth > _MAX_DEPTH:
        raise InterpolationError("has too many variables within variables")
    parts, at, length = [], 0, 0
    while (start := text.find("$", at)) >= 0:
        at_before = at
        parts.append(text[at:start])
        value, at = _one(text, start + 1, variables, depth)
        length += start - at_before + len(value)
        if length > _MAX_LENGTH:
            raise InterpolationError("becomes too long")
        parts.append(value)
    return "".join(parts) + text[at:]


def _one(text: str, at: int, variables: Mapping[str, str], depth: int) -> tuple[str, int]:
    """The value of what follows a `$`, and the position behind it."""
    if text.startswith("$", at):
        return "$", at + 1
    if text.startswith("{", at):
        end = _closing(text, at)
        return _braced(text[at + 1 : end], variables, depth), end + 1
    match = _NAME.match(text, at)
    if match is None:
        raise InterpolationError("has a `$` without the name of a variable: write `$$` for the character")
    return _value(match[0], variables), match.end()


def _closing(text: str, at: int) -> int:
    depth = 0
    for match in _BRACES.finditer(text, at - 1):
        depth += {"${": 1, "}": -1}.get(match[0], 0)
        if depth == 0:
            return match.start()
    raise InterpolationError("has a `${` without a `}`")


def _braced(inner: str, variables: Mapping[str, str], depth: int) -> str:
    match = _NAME.match(inner)
    name = match[0] if match else ""
    rest = inner[len(name) :]
    operator = next((each for each in _OPERATORS if rest.startswith(each)), "")
    if not name or bool(rest) != bool(operator):
        raise InterpolationError("has a `${…}` that is not valid")
    word = rest[len(operator) :]
    given = name in variables and (bool(variables[name]) or not operator.startswith(":"))
    if operator.endswith("+"):
        return substitute(word, variables, depth + 1) if given else ""
    if operator.endswith("-") and not given:
        return substitute(word, variables, depth + 1)
    if operator.endswith("?") and not given:
        raise InterpolationError(_unset(name))
    return _value(name, variables)


def _value(name: str, variables: Mapping[str, str]) -> str:
    if name not in variables:
        raise InterpolationError(_unset(name))
    return variables[name]


def _unset(name: str) -> str:
    return f"needs the variable {name}: set it in the agent's environment, or in `.env` next to the file"
