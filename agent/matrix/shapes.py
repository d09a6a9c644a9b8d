"""What the tables of a store look like at each of its schema versions, as the schema tools leave them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agent.components.registry import ALL
from agent.matrix.schema import STORES
from agent.model.versions import Version, parse
from agent.model.vocabulary import Role

#: The files that this is read from: `data/shapes/NAME.json`.
SHAPE_FILES = tuple(
    f"{component.name}-{store}"
    for component in sorted(ALL, key=lambda component: component.name)
    if component.has_catalogue
    for store in sorted(set(STORES.values()))
)

#: `column` or `index`, and `table.name`.
Part = tuple[str, str]


@dataclass(frozen=True)
class ExpectedShape:
    """One version: the definitions that each part may have. None among them: it may also not be there."""

    version: Version
    parts: Mapping[Part, frozenset[str | None]]

    @property
    def needed(self) -> frozenset[Part]:
        """The parts that are there whichever release's tool made them."""
        return frozenset(part for part, definitions in self.parts.items() if None not in definitions)


class Shapes:
    """The shapes of every store whose steps were tried. Most agents need none, so none is read before."""

    def __init__(self, file: Callable[[str], Mapping[str, Any]]) -> None:
        """`file` has the contents of one of the files, by its name."""
        self._file = file
        self._read: dict[str, tuple[ExpectedShape, ...]] = {}

    def of(self, component: str, role: Role) -> tuple[ExpectedShape, ...]:
        """All versions of the store that fills this role, oldest first; nothing where none is known."""
        name = f"{component}-{STORES.get(role, '')}"
        if name not in SHAPE_FILES:
            return ()
        if name not in self._read:
            self._read[name] = _read(self._file(name)["versions"])
        return self._read[name]


def _read(versions: Sequence[Mapping[str, Any]]) -> tuple[ExpectedShape, ...]:
    """Each version is written as its difference from the one before."""
    parts: dict[Part, frozenset[str | None]] = {}
    found = []
    for entry in versions:
        changed = {
            (kind, place): frozenset(told if isinstance(told, list) else [told])
            for kind, key in (("column", "columns"), ("index", "indexes"))
            for place, told in entry[key].items()
        }
        parts = {part: told for part, told in (parts | changed).items() if told != {None}}
        found.append(ExpectedShape(parse(entry["version"]), parts))
    return tuple(found)
