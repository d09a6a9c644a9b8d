"""The tables of a store at each of its schema versions, as the schema tools create them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agent.components.registry import ALL
from agent.matrix.schema import STORES
from agent.model.versions import Version, parse
from agent.model.vocabulary import Role

#: The data files, without folder and suffix: `data/shapes/NAME.json`.
SHAPE_FILES = tuple(
    f"{component.name}-{store}"
    for component in sorted(ALL, key=lambda component: component.name)
    if component.has_catalogue
    for store in sorted(set(STORES.values()))
)

#: `column` or `index`, and `table.name`.
Part = tuple[str, str]


@dataclass(frozen=True)
class ExpectedCatalog:
    """One version: the definitions that each part may have. None among them: the part may be missing."""

    version: Version
    parts: Mapping[Part, frozenset[str | None]]

    @property
    def needed(self) -> frozenset[Part]:
        """The parts that the tool of every release creates."""
        return frozenset(part for part, definitions in self.parts.items() if None not in definitions)


class Catalogs:
    """The expected tables of every store. A file is read when it is first needed; most agents need none."""

    def __init__(self, file: Callable[[str], Mapping[str, Any]]) -> None:
        """`file` gives the contents of the data file with this name."""
        self._file = file
        self._read: dict[str, tuple[ExpectedCatalog, ...]] = {}

    def of(self, component: str, role: Role) -> tuple[ExpectedCatalog, ...]:
        """All versions of the store in this role, oldest first; empty where none is known."""
        name = f"{component}-{STORES.get(role, '')}"
        if name not in SHAPE_FILES:
            return ()
        if name not in self._read:
            self._read[name] = _read(self._file(name)["versions"])
        return self._read[name]


def _read(versions: Sequence[Mapping[str, Any]]) -> tuple[ExpectedCatalog, ...]:
    """Each version is stored as the difference to the one before."""
    parts: dict[Part, frozenset[str | None]] = {}
    catalogs = []
    for entry in versions:
        changed = {
            (kind, place): frozenset(value if isinstance(value, list) else [value])
            for kind, key in (("column", "columns"), ("index", "indexes"))
            for place, value in entry[key].items()
        }
        parts = {part: texts for part, texts in (parts | changed).items() if texts != {None}}
        catalogs.append(ExpectedCatalog(parse(entry["version"]), parts))
    return tuple(catalogs)
