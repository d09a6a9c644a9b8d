"""The tables of a store, compared with its recorded schema version: missing, different or newer parts.

The server checks none of this when it starts. Parts that are not Temporal's own never count.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from agent.components.registry import has_own_catalogue
from agent.matrix import ExpectedCatalog, Matrix
from agent.matrix.shapes import Part
from agent.model.observation import Facts, SchemaCatalog
from agent.model.vocabulary import Reason, Verdict
from agent.verdict.result import Result
from agent.verdict.store.schema_diff import Differences, begun, differences, is_on_the_way, looks_like
from agent.verdict.store.schema_version import read_schema_version

MAX_NAMES_SHOWN = 5
MAX_DEFINITION_LENGTH = 120
_SOURCE = "temporalio/temporal: the steps of its schema folders, as its tools apply them"


def inspected(
    schema: Result | None, matrix: Matrix, facts: Facts | None
) -> tuple[tuple[Result, ...], tuple[Result, ...]]:
    """The result of the check `schema`, which also counts the tables where they were read; and remarks.

    The result does not change where the tables match, were not read, or cannot be compared.
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
    schema: Result, shape: SchemaCatalog, known: Sequence[ExpectedCatalog], claimed: ExpectedCatalog
) -> tuple[tuple[Result, ...], tuple[Result, ...]]:
    if shape.problem is not None:
        return (_unknown(schema, shape.problem.reason, shape.problem.text),), ()
    found = differences(claimed, shape)
    if shape.hidden is not None and found:
        # Parts that were not read may exist. What was read is certain.
        found = replace(found, missing=())
        if not found:
            return (_unknown(schema, shape.hidden.reason, shape.hidden.text),), ()
    tuned = (_tuned(schema, found),) if found.tuned else ()
    after = known[known.index(claimed) + 1 :]
    if found and not (after and is_on_the_way(found, after[0])):
        return (_differs(schema, shape, known, claimed, found),), tuned
    new = begun(claimed, after, shape)
    if not new and not found:
        return (schema,), tuned
    return (schema,), (_begun(schema, claimed, after, new, found), *tuned)


def _unknown(schema: Result, reason: Reason, text: str) -> Result:
    """Unknown, unless the result is already unsupported or unknown."""
    if schema.verdict in (Verdict.UNSUPPORTED, Verdict.UNKNOWN):
        return schema
    message = f"{schema.message}; it is not known whether the tables match that version: {text}"
    return replace(schema, verdict=Verdict.UNKNOWN, reason=reason, message=message)


def _differs(
    schema: Result,
    shape: SchemaCatalog,
    known: Sequence[ExpectedCatalog],
    claimed: ExpectedCatalog,
    found: Differences,
) -> Result:
    message = f"schema_version says {claimed.version}, but the tables differ: {_words(found, claimed)}"
    like = looks_like(known, shape) if shape.hidden is None else ""
    if like:
        message += f"; they match {like}"
    if schema.verdict is Verdict.UNSUPPORTED:
        return replace(schema, message=f"{schema.message}; besides, {message}")
    message += f". {_remedy(found, claimed, like)}"
    return replace(
        schema, verdict=Verdict.UNSUPPORTED, reason=Reason.SCHEMA_DIFFERS, message=message, source=_SOURCE
    )


def _tuned(schema: Result, found: Differences) -> Result:
    """A remark on indexes that somebody changed: the server runs on them."""
    (first, actual), *more = sorted(found.tuned.items())
    rest = f" and {len(more)} more" if more else ""
    message = (
        f"{_name(first)} is replaced by one with the same columns{rest}: {actual[:MAX_DEFINITION_LENGTH]!r}."
        " The server runs on it. A schema step that changes this index may fail"
    )
    return replace(
        schema, verdict=Verdict.SUPPORTED, reason=Reason.SCHEMA_DIFFERS, message=message, source=_SOURCE
    )


def _remedy(found: Differences, claimed: ExpectedCatalog, like: str) -> str:
    if _lacks_all(found, claimed):
        return "Set the version in schema_version to 0.0, then update the schema with the schema tool"
    if found.invalid and not (found.missing or found.other):
        return "Drop the invalid indexes and create them again, unless they are being built now"
    if like:
        return "Set that version in schema_version, then update the schema with the schema tool"
    return "Compare the tables with the steps of this version, and apply what is missing by hand"


def _begun(
    schema: Result,
    claimed: ExpectedCatalog,
    after: Sequence[ExpectedCatalog],
    new: tuple[Part, ...],
    found: Differences,
) -> Result:
    version = next((later.version for later in after if set(new) <= later.parts.keys()), after[0].version)
    texts = [_names(new)] if new else []
    texts += [_words(found, claimed)] if found else []
    message = (
        f"schema_version says {claimed.version}, but parts of {version} exist already: {'; '.join(texts)}."
        f" If no schema update is running, one stopped halfway: run it again"
    )
    return replace(
        schema, verdict=Verdict.SUPPORTED, reason=Reason.SCHEMA_STEP_BEGUN, message=message, source=_SOURCE
    )


def _words(found: Differences, claimed: ExpectedCatalog) -> str:
    """The differences for people, the worst first, and of each kind only the first few."""
    texts = []
    tables = _tables(claimed, found.missing)
    if _lacks_all(found, claimed) and len(tables) > 1:
        texts.append(f"all of its {len(tables)} tables are missing")
    elif tables:
        texts.append(f"missing {_listed([f'table {table}' for table in tables])}")
    parts = tuple(part for part in found.missing if _table(part) not in tables)
    if parts:
        texts.append(f"missing {_names(parts)}")
    if found.other:
        (first, text), *_ = sorted(found.other.items())
        expected = min(value for value in claimed.parts[first] if value is not None)
        more = f" and {len(found.other) - 1} more" if len(found.other) > 1 else ""
        limit = MAX_DEFINITION_LENGTH
        texts.append(f"{_name(first)} is {text[:limit]!r}, not {expected[:limit]!r}{more}")
    if found.invalid:
        texts.append(f"invalid {_names(found.invalid)}")
    return "; ".join(texts)


def _tables(claimed: ExpectedCatalog, missing: Sequence[Part]) -> list[str]:
    """Tables without any of their columns."""
    absent = {part for part in missing if part[0] == "column"}
    existing = {_table(part) for part in claimed.needed - absent if part[0] == "column"}
    return sorted({_table(part) for part in absent} - existing)


def _lacks_all(found: Differences, claimed: ExpectedCatalog) -> bool:
    return not found.other and len(found.missing) == len(claimed.needed)


def _table(part: Part) -> str:
    return part[1].rpartition(".")[0]


def _name(part: Part) -> str:
    table, _, name = part[1].rpartition(".")
    return f"{part[0]} {name} of {table}"


def _names(parts: Sequence[Part]) -> str:
    return _listed([_name(part) for part in sorted(parts)])


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - MAX_NAMES_SHOWN} more" if len(names) > MAX_NAMES_SHOWN else ""
    return ", ".join(names[:MAX_NAMES_SHOWN]) + more
