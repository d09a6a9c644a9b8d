"""Masks the secrets of a target in everything that its probe reports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from types import MappingProxyType
from typing import Any, TypeVar

from agent.config.redaction import Redactor

_T = TypeVar("_T")

#: Fields with words of this program. They choose what is judged, and a common password may be one of them.
_OWN_WORDS = frozenset({"component", "flavor"})


def redacted(reported: _T, redactor: Redactor) -> _T:
    """The same facts or failure, each text in it masked."""
    masked: _T = _masked(reported, redactor)
    return masked


def _masked(value: Any, redactor: Redactor) -> Any:
    if isinstance(value, Enum):
        return value
    if isinstance(value, str):
        return redactor.mask(value)
    if isinstance(value, tuple | frozenset):
        return type(value)(_masked(item, redactor) for item in value)
    if isinstance(value, Mapping):
        return MappingProxyType(
            {_masked(key, redactor): _masked(item, redactor) for key, item in value.items()}
        )
    if is_dataclass(value) and not isinstance(value, type):
        names = [field.name for field in fields(value) if field.name not in _OWN_WORDS]
        return replace(value, **{name: _masked(getattr(value, name), redactor) for name in names})
    return value
