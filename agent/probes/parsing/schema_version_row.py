"""Finds the row of `schema_version` that the server reads, or explains why it is missing.

The server reads the row with the name of its own database or keyspace, and no other
(temporalio/temporal@v1.31.2: common/persistence/schema/version.go).
"""

from __future__ import annotations

from collections.abc import Iterable

from agent.model.observation import Failure, SchemaRow
from agent.model.vocabulary import Reason
from agent.probes.base import clean, one_line

#: Maximum number of rows that are read, the database's own first. A correct table has one.
MAX_ROWS = 10

#: Maximum number of other rows in the message if the own row is missing.
_MAX_ROWS_SHOWN = 3

Row = tuple[object, object, object]


def schema_row(what: str, name: str, rows: Iterable[Row], remedy: str) -> SchemaRow:
    """The schema version of a database or keyspace (`what`) with this name.

    A row is a name, a version, and whether the server takes the name for this database's own. `remedy`: what
    to do if there are only rows with other names.
    """
    found = [
        # NULL is not a version. An empty text is reported as unreadable.
        (str(other), clean("" if version is None else str(version)), bool(own))
        for other, version, own in rows
    ]
    versions = [version for _, version, own in found if own]
    others = tuple(_named(other, version) for other, version, own in found if not own)
    if not versions:
        return SchemaRow(None, Failure(Reason.SCHEMA_ROW_MISSING, _missing(what, name, others, remedy)))
    if len(set(versions)) > 1:
        shown = " and ".join(one_line(version, 30) for version in sorted(set(versions))[:_MAX_ROWS_SHOWN])
        text = (
            f"table schema_version has {len(versions)} rows for {what} {name}, with the versions {shown}:"
            " delete all but the correct one, and restore the table's primary key"
        )
        return SchemaRow(None, Failure(Reason.SCHEMA_ROWS_DIFFER, text))
    return SchemaRow(versions[0], others=others)


def _missing(what: str, name: str, others: tuple[str, ...], remedy: str) -> str:
    text = f"table schema_version has no row for {what} {name}"
    if not others:
        return text
    more = ", …" if len(others) > _MAX_ROWS_SHOWN else ""
    named = ", ".join(others[:_MAX_ROWS_SHOWN]) + more
    return f"{text}, only for {named}: if that is this {what} under another name, {remedy}"


def _named(name: str, version: str) -> str:
    return f"{one_line(clean(name), 60)} ({one_line(version, 30)})"
