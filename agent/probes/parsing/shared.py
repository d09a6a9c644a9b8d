"""Equal values as one object: the stores of a fleet answer the same, and each answer would take memory."""

from __future__ import annotations

import weakref
from typing import Generic, TypeVar

_T = TypeVar("_T")

#: Values that are known, the newest first.
_KEPT = 64


class Shared(Generic[_T]):
    """Knows the last values, as long as somebody else has them. Threads may share it."""

    def __init__(self) -> None:
        self._known: tuple[weakref.ref[_T], ...] = ()

    def of(self, value: _T) -> _T:
        """A known value that is equal to this one, else this one."""
        for reference in self._known:
            known = reference()
            if known is not None and known == value:
                return known
        alive = (reference for reference in self._known if reference() is not None)
        self._known = (weakref.ref(value), *alive)[:_KEPT]
        return value
