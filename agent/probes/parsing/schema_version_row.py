"""From the rows of `schema_version` to the one that the server reads, and to what is said where it is not.

The server reads the row with the name of its own database or keyspace, and no other
(temporalio/temporal@v1.31.2: common/persistence/schema/version.go).
"""

from __future__ import annotations

from collections.abc import Iterable

from agent.model.observation import Failure, SchemaRow
from agent.model.vocabulary import Reason
from agent.probes.base import clean, one_line

#: As many rows are read at the most, the database's own first: an honest table has one.
MOST_ROWS = 10

#: As many other rows are named where the own one is missing.
_MOST_NAMED = 3

Row = tuple[object, object, object]


def schema_row(what: str, name: str, rows: Iterable[Row], remedy: str) -> SchemaRow:
    """What these rows say of a database or keyspace (`what`) of this name.

    A row is a name, a version, and whether the name is this one's, which the server decides. `remedy` says
    what to do where only rows of other names are there.
    """
    found = [
        # NULL is no version; as a text it reads like none.
        (str(other), clean("" if version is None else str(version)), bool(own))
        for other, version, own in rows
    ]
    versions = [version for _, version, own in found if own]
    others = tuple(_named(other, version) for other, version, own in found if not own)
    if not versions:
        return SchemaRow(None, Failure(Reason.SCHEMA_ROW_MISSING, _missing(what, name, others, remedy)))
    if len(set(versions)) > 1:
        said = " and ".join(one_line(version, 30) for version in sorted(set(versions))[:_MOST_NAMED])
        text = (
            f"table schema_version has {len(versions)} rows for {what} {name}, which say {said}: delete all"
            " but the true one, and give the table its primary key"
        )
        return SchemaRow(None, Failure(Reason.SCHEMA_ROWS_DIFFER, text))
    return SchemaRow(versions[0], others=others)


def _missing(what: str, name: str, others: tuple[str, ...], remedy: str) -> str:
    text = f"table schema_version has no row for {what} {name}"
    if not others:
        return text
    more = ", …" if len(others) > _MOST_NAMED else ""
    named = ", ".join(others[:_MOST_NAMED]) + more
    return f"{text}, but for {named}: if that is this {what} under another name, {remedy}"


def _named(name: str, version: str) -> str:
    return f"{one_line(clean(name), 60)} ({one_line(version, 30)})"
