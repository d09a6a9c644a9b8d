"""Tables without which a release exits when it starts: seen by starting real servers without one table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from packaging.specifiers import SpecifierSet

from agent.matrix.release import Release, read_specifier
from agent.model.vocabulary import Role


@dataclass(frozen=True)
class StartTables:
    """Tables that a start of these releases reads or writes in the store of this role, and the source."""

    components: frozenset[str]
    role: Role
    releases: SpecifierSet
    tables: frozenset[str]
    source: str


def tables_needed(
    entries: tuple[StartTables, ...], release: Release, component: str, role: Role
) -> frozenset[str]:
    """The tables that this release needs to start; empty where none is known."""
    return frozenset(
        table
        for entry in entries
        if component in entry.components and entry.role is role and release.version.within(entry.releases)
        for table in entry.tables
    )


def read_start_tables(data: Mapping[str, Any]) -> tuple[StartTables, ...]:
    """The entries of `data/start_tables.json`."""
    return tuple(
        StartTables(
            components=frozenset(entry["components"]),
            role=Role(entry["role"]),
            releases=read_specifier(entry["releases"]),
            tables=frozenset(entry["tables"]),
            source=entry["source"],
        )
        for entry in data["tables"]
    )
