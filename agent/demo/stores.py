"""SQLite files for the demo: the table with Temporal's schema version, and those that a start needs."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

# As the server creates it (temporalio/temporal@v1.31.2: common/persistence/sql/sqlplugin/sqlite/admin.go).
_TABLE = """
CREATE TABLE schema_version (
    version_partition INT NOT NULL,
    db_name VARCHAR(255) NOT NULL,
    creation_time DATETIME(6),
    curr_version VARCHAR(64),
    min_compatible_version VARCHAR(64),
    PRIMARY KEY (version_partition, db_name)
)
"""
#: A server does not start without these; the agent looks for their names alone.
_START_TABLES = (
    *("cluster_membership", "cluster_metadata_info", "namespace_metadata", "namespaces", "queue_metadata"),
)


def make_store(path: Path, schema: str | None, written_by: str = "") -> None:
    """Create a file whose schema has a version, or without the table, like the development server.

    `written_by`: the SQLite version of the last writer, for the file's header.
    """
    with closing(sqlite3.connect(path)) as connection, connection:
        for table in _START_TABLES:
            connection.execute(f"CREATE TABLE {table} (id BLOB PRIMARY KEY)")
        if schema is not None:
            connection.execute(_TABLE)
            connection.execute(
                "INSERT INTO schema_version VALUES (0, ?, '2026-01-01', ?, '1.0')", (path.stem, schema)
            )
    if written_by:
        major, minor, patch = (int(part) for part in written_by.split("."))
        with path.open("r+b") as file:
            file.seek(96)
            file.write((major * 1_000_000 + minor * 1000 + patch).to_bytes(4, "big"))
