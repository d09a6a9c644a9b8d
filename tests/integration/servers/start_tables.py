"""Tables that a start needs, by name alone, for stores that are never started on."""

from __future__ import annotations

from collections.abc import Callable

_TABLES = (
    *("cluster_membership", "cluster_metadata", "cluster_metadata_info"),
    *("namespace_metadata", "namespaces", "namespaces_by_id", "queue_metadata"),
)


#: The statements that make them in the current database.
START_TABLES = tuple(f"CREATE TABLE {table} (id int PRIMARY KEY)" for table in _TABLES)


def create_start_tables(execute: Callable[[str], object], prefix: str = "") -> None:
    """Make them by these statements; `prefix` goes before each name, as `keyspace.`."""
    for table in _TABLES:
        execute(f"CREATE TABLE {prefix}{table} (id int PRIMARY KEY)")
