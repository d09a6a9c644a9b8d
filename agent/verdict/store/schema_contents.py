"""The tables of a store against what the version in its row says: what lacks, what is wrong, what is begun.

The server looks at none of this when it starts. What is there beside Temporal's own parts never counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from agent.components.registry import has_own_catalogue
from agent.matrix import ExpectedShape, Matrix
from agent.matrix.shapes import Part
from agent.model.observation import Facts, Shape
from agent.model.vocabulary import Reason, Verdict
from agent.verdict.result import Result
from agent.verdict.store.schema_diff import Differences, begun, differences, is_on_the_way, looks_like
from agent.verdict.store.schema_version import read_schema_version

_MOST_NAMES = 5
_LONGEST = 120
_SOURCE = "temporalio/temporal: the steps of its schema folders, as its tools do them"


def inspected(
    schema: Result | None, matrix: Matrix, facts: Facts | None
) -> tuple[tuple[Result, ...], tuple[Result, ...]]:
    """The result of the check `schema`, also by the tables where they were read; and remarks.

    The result stays as it is where the tables match, where nothing is known to compare with, and where
    nothing was read.
    """
    if schema is None:
        return (), ()
    if facts is None or facts.shape is None or facts.schema is None:
        return (schema,), ()
    if has_own_catalogue(facts.component, facts.flavor):
        return (schema,), ()
    version = read_schema_version(facts.schema.version or "")
    known = matrix.shapes.of(schema.component, schema.role)
    claimed = next((shape for shape in known if version and shape.version.number == version.number), None)
    if claimed is None:
        return (schema,), ()
    return _judge(schema, facts.shape, known, claimed)


def _judge(
    schema: Result, shape: Shape, known: Sequence[ExpectedShape], claimed: ExpectedShape
) -> tuple[tuple[Result, ...], tuple[Result, ...]]:
    if shape.problem is not None:
        return (_unknown(schema, shape.problem.reason, shape.problem.text),), ()
    found = differences(claimed, shape)
    if shape.hidden is not None and found:
        # What is not told may be there all the same; what is told is certain.
        found = replace(found, missing=())
        if not found:
            return (_unknown(schema, shape.hidden.reason, shape.hidden.text),), ()
    after = known[known.index(claimed) + 1 :]
    if found and not (after and is_on_the_way(found, after[0])):
        return (_differs(schema, shape, known, claimed, found),), ()
    new = begun(claimed, after, shape)
    if not new and not found:
        return (schema,), ()
    return (schema,), (_begun(schema, claimed, after, new, found),)


def _unknown(schema: Result, reason: Reason, text: str) -> Result:
    """What is wrong, or not known, by itself stays so."""
    if schema.verdict in (Verdict.UNSUPPORTED, Verdict.UNKNOWN):
        return schema
    message = f"{schema.message}; whether the tables are of that version cannot be told: {text}"
    return replace(schema, verdict=Verdict.UNKNOWN, reason=reason, message=message)


def _differs(
    schema: Result, shape: Shape, known: Sequence[ExpectedShape], claimed: ExpectedShape, found: Differences
) -> Result:
    message = f"the row says {claimed.version}, and the tables differ: {_words(found, claimed)}"
    like = looks_like(known, shape) if shape.hidden is None else ""
    if like:
        message += f"; they look like {like}"
    if schema.verdict is Verdict.UNSUPPORTED:
        return replace(schema, message=f"{schema.message}; besides, {message}")
    message += f". {_remedy(found, claimed, like)}"
    return replace(
        schema, verdict=Verdict.UNSUPPORTED, reason=Reason.SCHEMA_DIFFERS, message=message, source=_SOURCE
    )


def _remedy(found: Differences, claimed: ExpectedShape, like: str) -> str:
    if _lacks_all(found, claimed):
        return "Let the row say 0.0, and update the schema from there with the schema tool"
    if found.invalid and not (found.missing or found.other):
        return "Drop what is invalid and create it anew, unless it is just being built"
    if like:
        return "Let the row say that, and update the schema from there with the schema tool"
    return "Compare with the steps of this version, and do by hand what lacks"


def _begun(
    schema: Result,
    claimed: ExpectedShape,
    after: Sequence[ExpectedShape],
    new: tuple[Part, ...],
    found: Differences,
) -> Result:
    version = next((later.version for later in after if set(new) <= later.parts.keys()), after[0].version)
    said = [_names(new)] if new else []
    said += [_words(found, claimed)] if found else []
    message = (
        f"the row says {claimed.version}, and this is of {version} already: {'; '.join(said)}. Where no "
        "update runs now, one has ended halfway: run it again"
    )
    return replace(
        schema, verdict=Verdict.SUPPORTED, reason=Reason.SCHEMA_STEP_BEGUN, message=message, source=_SOURCE
    )


def _words(found: Differences, claimed: ExpectedShape) -> str:
    """The worst first, each kind with its first few."""
    said = []
    tables = _tables(claimed, found.missing)
    if _lacks_all(found, claimed) and len(tables) > 1:
        said.append(f"none of its {len(tables)} tables is there")
    elif tables:
        said.append(f"no {_listed([f'table {table}' for table in tables])}")
    parts = tuple(part for part in found.missing if _table(part) not in tables)
    if parts:
        said.append(f"no {_names(parts)}")
    if found.other:
        (first, text), *_ = sorted(found.other.items())
        right = min(told for told in claimed.parts[first] if told is not None)
        more = f" and {len(found.other) - 1} more" if len(found.other) > 1 else ""
        said.append(f"{_name(first)} is {text[:_LONGEST]!r}, not {right[:_LONGEST]!r}{more}")
    if found.invalid:
        said.append(f"invalid {_names(found.invalid)}")
    return "; ".join(said)


def _tables(claimed: ExpectedShape, missing: Sequence[Part]) -> list[str]:
    """Tables of which no column is there."""
    lacking = {part for part in missing if part[0] == "column"}
    held = {_table(part) for part in claimed.needed - lacking if part[0] == "column"}
    return sorted({_table(part) for part in lacking} - held)


def _lacks_all(found: Differences, claimed: ExpectedShape) -> bool:
    return not found.other and len(found.missing) == len(claimed.needed)


def _table(part: Part) -> str:
    return part[1].rpartition(".")[0]


def _name(part: Part) -> str:
    table, _, name = part[1].rpartition(".")
    return f"{part[0]} {name} of {table}"


def _names(parts: Sequence[Part]) -> str:
    return _listed([_name(part) for part in sorted(parts)])


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return ", ".join(names[:_MOST_NAMES]) + more
