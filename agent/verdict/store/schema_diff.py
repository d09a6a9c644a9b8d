"""The differences between the tables of a store and those of a schema version."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from agent.matrix import ExpectedCatalog
from agent.matrix.shapes import Part
from agent.model.observation import SchemaCatalog

#: As the definitions of a catalogue have them (agent/probes/catalog/normalize.py): in lower case, without
#: parentheses.
_METHOD = re.compile(r"^[A-Za-z0-9_]+ ")
_PREDICATE = re.compile(r" (?:include|where) .*$", re.DOTALL)
_OPERATORS = re.compile(r" [a-z0-9_]+_ops\b")


@dataclass(frozen=True)
class Differences:
    """The parts of a schema that do not match a version, by what is wrong with them.

    `tuned`: indexes with the same columns, but another name, method or predicate: no statement of the server
    needs more than the columns. They do not count as differences.
    """

    missing: tuple[Part, ...]
    other: Mapping[Part, str]
    invalid: tuple[Part, ...]
    tuned: Mapping[Part, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.missing or self.other or self.invalid)


def differences(expected: ExpectedCatalog, shape: SchemaCatalog) -> Differences:
    """The missing parts, and those with a definition that no release gives them at this version."""
    actual = _parts(shape)
    wrong = [part for part, allowed in expected.parts.items() if actual.get(part) not in allowed]
    tuned = _tuned(expected, shape, [part for part in wrong if part[0] == "index"])
    wrong = [part for part in wrong if part not in tuned]
    return Differences(
        missing=tuple(part for part in wrong if part not in actual),
        other={part: actual[part] for part in wrong if part in actual},
        invalid=tuple(part for part in expected.needed if part[0] == "index" and part[1] in shape.invalid),
        tuned=tuned,
    )


def _tuned(expected: ExpectedCatalog, shape: SchemaCatalog, wrong: Sequence[Part]) -> dict[Part, str]:
    """The indexes in whose place there is another one with the same columns, and what is there.

    A unique index is also a rule about rows, so only its name may differ.
    """
    found = {}
    for part in wrong if shape.indexes else ():
        table = _table(part[1])
        for place, text in sorted(shape.indexes.items()):
            same = any(known is not None and _serves(text, known) for known in expected.parts[part])
            if same and _table(place) == table and place not in shape.invalid:
                found[part] = f"{place.rpartition('.')[2]}: {text}"
                break
    return found


def _serves(text: str, known: str) -> bool:
    if known.startswith("unique "):
        return text == known
    return index_columns(text) == index_columns(known)


@lru_cache(maxsize=4096)
def index_columns(text: str) -> str:
    """The columns of an index, without its method, operator classes, included columns and predicate."""
    columns = _PREDICATE.sub("", text.removeprefix("unique "))
    return _OPERATORS.sub("", _METHOD.sub("", columns)).strip()


def _table(place: str) -> str:
    return place.rpartition(".")[0]


def is_on_the_way(found: Differences, after: ExpectedCatalog) -> bool:
    """Whether all differences match the next version: its step is partly applied."""
    gone = all(None in after.parts.get(part, {None}) for part in found.missing)
    changed = all(text in after.parts.get(part, ()) for part, text in found.other.items())
    return gone and changed and not found.invalid


def begun(
    claimed: ExpectedCatalog, after: Sequence[ExpectedCatalog], shape: SchemaCatalog
) -> tuple[Part, ...]:
    """The new parts of the first later version that exist already."""
    actual = _parts(shape)
    for later in after:
        new = tuple(
            part
            for part, allowed in later.parts.items()
            if part not in claimed.parts and part in actual and actual[part] in allowed
        )
        if new:
            return new
    return ()


def looks_like(known: Sequence[ExpectedCatalog], shape: SchemaCatalog) -> str:
    """The newest version that matches completely, or the versions that no part distinguishes."""
    matching = [expected for expected in known if not differences(expected, shape)]
    if not matching:
        return ""
    same = [expected.version.raw for expected in matching if expected.needed == matching[-1].needed]
    return same[0] if len(same) == 1 else f"{same[0]} to {same[-1]}"


def _parts(shape: SchemaCatalog) -> dict[Part, str]:
    columns = {("column", place): text for place, text in shape.columns.items()}
    return columns | {("index", place): text for place, text in shape.indexes.items()}
