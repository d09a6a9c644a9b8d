"""A part of a configuration: its data, and where each value of it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from agent.config.document import Document, Place, path_text
from agent.config.errors import Problem


@dataclass(frozen=True)
class MissingSetting:
    """What another file does not tell, and the keys of which each would tell it instead."""

    wants: tuple[Place, ...]
    problem: Problem

    def concerns(self, place: Place) -> bool:
        """Whether an error at this place is but another sign of the same."""
        return any(place[: len(want)] == want or want[: len(place)] == place for want in self.wants)


@dataclass(frozen=True)
class ConfigSection:
    """One part of a file: the data of a cluster, or all that is not a cluster.

    `origins`: what of the data was read from other files, and where it stands in them; `written` is then
    what stands in the file itself.
    """

    document: Document
    place: Place
    data: Any
    written: Any = None
    origins: Mapping[Place, tuple[Document, Place]] = field(default_factory=dict)
    lacks: tuple[MissingSetting, ...] = ()

    def problem(self, place: Place, message: str) -> Problem:
        """An error with its place, in the file in which that value stands."""
        document, there = self._origin(place)
        return Problem(document.file, document.line(there), path_text(there), message)

    def _origin(self, place: Place) -> tuple[Document, Place]:
        for end in range(len(place), 0, -1):
            if is_written(self.written, place[:end]):
                break
            if place[:end] in self.origins:
                return self.origins[place[:end]]
        return self.document, (*self.place, *place)


def is_written(data: Any, place: Place) -> bool:
    """Whether there is something at this place of the data."""
    for key in place:
        if not isinstance(data, dict) or key not in data:
            return False
        data = data[key]
    return True
