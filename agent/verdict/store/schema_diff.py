"""What sets the tables of a store apart from those of a schema version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agent.matrix import ExpectedCatalog
from agent.matrix.shapes import Part
from agent.model.observation import SchemaCatalog


@dataclass(frozen=True)
class Differences:
    """What keeps a shape from being of a version: parts by what is wrong with them."""

    missing: tuple[Part, ...]
    other: Mapping[Part, str]
    invalid: tuple[Part, ...]

    def __bool__(self) -> bool:
        return bool(self.missing or self.other or self.invalid)


def differences(expected: ExpectedCatalog, shape: SchemaCatalog) -> Differences:
    """What lacks, and what is there otherwise than in any release's way to this version."""
    there = _parts(shape)
    wrong = [part for part, told in expected.parts.items() if there.get(part) not in told]
    return Differences(
        missing=tuple(part for part in wrong if part not in there),
        other={part: there[part] for part in wrong if part in there},
        invalid=tuple(part for part in expected.needed if part[0] == "index" and part[1] in shape.invalid),
    )


def is_on_the_way(found: Differences, after: ExpectedCatalog) -> bool:
    """Whether all that differs is as the next version has it: its step has come that far."""
    gone = all(None in after.parts.get(part, {None}) for part in found.missing)
    changed = all(text in after.parts.get(part, ()) for part, text in found.other.items())
    return gone and changed and not found.invalid


def begun(
    claimed: ExpectedCatalog, after: Sequence[ExpectedCatalog], shape: SchemaCatalog
) -> tuple[Part, ...]:
    """What is there already of the first later version of which something is."""
    there = _parts(shape)
    for later in after:
        new = tuple(
            part
            for part, told in later.parts.items()
            if part not in claimed.parts and part in there and there[part] in told
        )
        if new:
            return new
    return ()


def looks_like(known: Sequence[ExpectedCatalog], shape: SchemaCatalog) -> str:
    """The newest version that the shape is of as a whole, or the versions that nothing tells apart."""
    held = [expected for expected in known if not differences(expected, shape)]
    if not held:
        return ""
    same = [expected.version.raw for expected in held if expected.needed == held[-1].needed]
    return same[0] if len(same) == 1 else f"{same[0]} to {same[-1]}"


def _parts(shape: SchemaCatalog) -> dict[Part, str]:
    columns = {("column", place): text for place, text in shape.columns.items()}
    return columns | {("index", place): text for place, text in shape.indexes.items()}
