"""Cassandra's catalogue: tables, their columns and keys, indexes and types of a keyspace.

Everybody who is let in may read system_schema, so no right is needed beyond those for the row. A user-defined
type is told as a table of its fields.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from agent.model.observation import SchemaCatalog
from agent.probes.catalog.normalize import MOST_ROWS, shape

# What follows is the condition on the keyspace, and LIMIT.
COLUMNS = "SELECT table_name, column_name, type, kind, position, clustering_order FROM system_schema.columns"
TABLES = "SELECT table_name FROM system_schema.tables"
INDEXES = "SELECT table_name, index_name, kind, options FROM system_schema.indexes"
TYPES = "SELECT type_name, field_names, field_types FROM system_schema.types"
LIMIT = f"LIMIT {MOST_ROWS + 1}"

_Rows = Iterable[Mapping[str, Any]]


def read(columns: _Rows, indexes: _Rows, types: _Rows) -> SchemaCatalog:
    """The shape that the rows of the three questions tell."""
    found = {f"{row['table_name']}.{row['column_name']}": _column(row) for row in columns}
    for row in types:
        fields = zip(texts(row["field_names"]), texts(row["field_types"]), strict=False)
        found |= {f"type {row['type_name']}.{name}": type_.lower() for name, type_ in fields}
    written = {f"{row['table_name']}.{row['index_name']}": _index(row) for row in indexes}
    return shape(found, written, rows=len(found) + len(written))


def read_tables(rows: _Rows) -> frozenset[str] | None:
    """The tables of the keyspace; None where there may be more than these rows of TABLES show."""
    names = frozenset(str(row["table_name"]) for row in rows)
    return names if "schema_version" in names and len(names) <= MOST_ROWS else None


def texts(written: bytes | None) -> list[str]:
    """The texts of a list, or the keys and values of a map in turn.

    As the protocol writes them (native_protocol_v4.spec, 6.11 to 6.13): a count, then each with its length.
    """
    found, place = [], 4
    while written is not None and place < len(written):
        end = place + 4 + max(int.from_bytes(written[place : place + 4], "big", signed=True), 0)
        found.append(written[place + 4 : end].decode(errors="replace"))
        place = end
    return found


def _index(row: Mapping[str, Any]) -> str:
    words = texts(row["options"])
    options = dict(zip(words[::2], words[1::2], strict=False))
    return f"{row['kind']} {options.get('target', '')}"


def _column(row: Mapping[str, Any]) -> str:
    kind = str(row["kind"])
    if kind in ("regular", "static"):
        return f"{row['type']}" + (" static" if kind == "static" else "")
    order = " desc" if str(row["clustering_order"]).lower() == "desc" else ""
    return f"{row['type']} {kind} {row['position']}{order}"
