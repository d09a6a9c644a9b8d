"""The functions of templates, and the dialects that differ in them.

Source: golang/go, text/template/funcs.go; jwilder/dockerize, template.go; Masterminds/sprig v3, defaults.go
and strings.go (temporalio/temporal@v1.31.2: common/config/loader.go).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any


class Dialect(Enum):
    """Who renders the template: dockerize in the images up to 1.29, or the server itself from 1.28 on."""

    DOCKERIZE = "dockerize"
    SPRIG = "sprig"


class FromVariable(str):
    """A text that is the whole value of the variable `name`."""

    __slots__ = ("name",)
    name: str

    def __new__(cls, text: str, name: str) -> FromVariable:
        self = super().__new__(cls, text)
        self.name = name
        return self


Function = Callable[..., Any]
_VERBS = re.compile(r"%(.)")


def functions_of(dialect: Dialect) -> Mapping[str, Function]:
    """The functions by name, except `env`, `and` and `or`.

    Each raises ValueError with a sentence without its subject, or TypeError for a wrong number of arguments.
    """
    return _DOCKERIZE if dialect is Dialect.DOCKERIZE else _SPRIG


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if value is None:
        raise ValueError("needs a variable that is not set")
    raise ValueError("gives a value that is not a text to a function that needs a text")


def printed(value: Any) -> str:
    """The text of a value in the rendered file.

    Raises:
        ValueError: it is a list, or a variable that is not set.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return value
    return _text(value)


def _equal(first: Any, *others: Any) -> bool:
    if not others:
        raise TypeError
    if first is None or None in others:
        raise ValueError("compares a variable that is not set")
    if any(_kind(other) is not _kind(first) for other in others):
        raise ValueError("compares values of different types")
    return first in others


def _kind(value: Any) -> type:
    return next(kind for kind in (bool, int, str, object) if isinstance(value, kind))


def _unequal(first: Any, second: Any) -> bool:
    return not _equal(first, second)


def _print(*values: Any) -> str:
    if any(not isinstance(value, str) for value in values):
        raise ValueError("prints several values that are not texts" if len(values) > 1 else "prints no text")
    return values[0] if len(values) == 1 else "".join(values)


def _printf(form: Any, *values: Any) -> str:
    rest = list(values)

    def one(match: re.Match[str]) -> str:
        if match[1] == "%":
            return "%"
        if match[1] not in "sdv" or not rest:
            raise ValueError("has a format that the agent does not evaluate")
        return printed(rest.pop(0))

    return _VERBS.sub(one, _text(form))


def _index(values: Any, key: Any) -> Any:
    if isinstance(values, Mapping):
        return values.get(key)
    if not isinstance(values, tuple) or not isinstance(key, int) or not 0 <= key < len(values):
        raise ValueError("has an index that does not exist")
    return values[key]


def _dockerize_default(given: Any, *otherwise: Any) -> Any:
    if given is not None:
        return _text(given)
    if not otherwise or otherwise[0] is None:
        raise ValueError("has a `default` without a value")
    return otherwise[0]


def _replace_first(text: Any, old: Any, new: Any, count: Any) -> str:
    return _text(text).replace(_text(old), _text(new), int(count))


def _integer(value: Any) -> int:
    if isinstance(value, int):
        return value
    if not re.fullmatch("-?[0-9]{1,9}", _text(value), re.ASCII):
        raise ValueError("has a text where a number has to be")
    return int(value)


def _split(text: Any, separator: Any) -> tuple[str, ...]:
    return tuple(_text(text).split(_text(separator))) if separator else tuple(_text(text))


def _kept(change: Callable[[str], str]) -> Function:
    """A function that changes how a text is written, not which text it is."""

    def function(value: Any) -> str:
        if value is None:
            return ""
        text = change(_text(value))
        return FromVariable(text, value.name) if isinstance(value, FromVariable) else text

    return function


def _by_key(values: tuple[str, ...]) -> tuple[str, ...]:
    keys = sorted(range(len(values)), key=str)
    return tuple(values[key] for key in keys)


_COMMON: dict[str, Function] = {
    "eq": _equal,
    "ne": _unequal,
    "not": lambda value: not value,
    "print": _print,
    "printf": _printf,
    "len": len,
    "index": _index,
    "lower": lambda text: _text(text).lower(),
    "upper": lambda text: _text(text).upper(),
    "trim": lambda text: _text(text).strip(),
    "atoi": _integer,
}

_SPRIG: dict[str, Function] = {
    **_COMMON,
    "default": lambda otherwise, given=None: given or otherwise,
    "coalesce": lambda *values: next(filter(None, values), None),
    "empty": lambda value: not value,
    "ternary": lambda one, other, which: one if which else other,
    "quote": _kept(lambda text: json.dumps(text, ensure_ascii=False)),
    "squote": _kept(lambda text: f"'{text}'"),
    "toString": lambda value: printed(value),
    "int": _integer,
    # A mapping with the keys _0, _1 and so on, of which `range` takes the values in the order of the keys.
    "split": lambda separator, text: _by_key(_split(text, separator)),
    "splitList": lambda separator, text: _split(text, separator),
    "replace": lambda old, new, text: _text(text).replace(_text(old), _text(new)),
    "contains": lambda part, text: _text(part) in _text(text),
    "hasPrefix": lambda part, text: _text(text).startswith(_text(part)),
    "hasSuffix": lambda part, text: _text(text).endswith(_text(part)),
    "trimPrefix": lambda part, text: _text(text).removeprefix(_text(part)),
    "trimSuffix": lambda part, text: _text(text).removesuffix(_text(part)),
}


#: Charts from 0.44 on use sprig's functions in templates of dockerize, too; its own ones win.
_DOCKERIZE: dict[str, Function] = {
    **_SPRIG,
    "default": _dockerize_default,
    "split": _split,
    "replace": _replace_first,
    "isTrue": lambda text: _text(text).lower() in ("1", "t", "true"),
    "contains": lambda values, key: key in values,
    "add": lambda one, other: _integer(one) + _integer(other),
}
