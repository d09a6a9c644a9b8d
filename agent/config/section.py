"""A section of a configuration: its data, and the file and line of each value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from agent.config.document import Document, Place, path_text
from agent.config.errors import Problem


@dataclass(frozen=True)
class MissingSetting:
    """A setting that an imported file lacks, and the keys that can set it instead: any one is enough.

    `what`: what is wrong with it. `placeholder`: what the file has in its place, if it is a text that a tool
    fills in. `is_hidden`: the user has written a part, which may be enough; the problem is reported
    only if it is not.
    """

    keys: tuple[Place, ...]
    problem: Problem
    what: str = ""
    placeholder: str = ""
    is_hidden: bool = False

    def concerns(self, place: Place) -> bool:
        """Whether an error at this place has the same cause, so that one message is enough."""
        return any(place[: len(key)] == key or key[: len(place)] == place for key in self.keys)


@dataclass(frozen=True)
class ConfigSection:
    """One section of a file: the data of a cluster, or everything outside the clusters.

    `origins`: file and place of each value that was imported from another file; `written` is then the data
    of the file itself. `missing`: settings that the imported files do not have.
    """

    document: Document
    place: Place
    data: Any
    written: Any = None
    origins: Mapping[Place, tuple[Document, Place]] = field(default_factory=dict)
    missing: tuple[MissingSetting, ...] = ()

    def problem(self, place: Place, message: str) -> Problem:
        """An error about a value, with the file and line that the value comes from."""
        document, origin = self._origin(place)
        return Problem(document.file, document.line(origin), path_text(origin), message)

    def _origin(self, place: Place) -> tuple[Document, Place]:
        for end in range(len(place), 0, -1):
            if is_written(self.written, place[:end]):
                break
            if place[:end] in self.origins:
                return self.origins[place[:end]]
        return self.document, (*self.place, *place)


def is_written(data: Any, place: Place) -> bool:
    """Whether the data has a value at this place; null is a value."""
    for key in place:
        if not isinstance(data, dict) or key not in data:
            return False
        data = data[key]
    return True
