"""Reads the matrix' data files. Every file names its sources."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from importlib import resources
from typing import Any

from packaging.specifiers import SpecifierSet

from agent.matrix.matrix import Matrix
from agent.matrix.release import Release, Releases
from agent.matrix.schema import SchemaLists
from agent.matrix.statement import Statement, Statements
from agent.matrix.support import Support
from agent.versions import parse_temporal
from agent.vocabulary import Role

_FILES = ("releases", "schema_versions", "document", "statements", "lifecycle")


def load() -> Matrix:
    """The built-in matrix."""
    folder = resources.files("agent.matrix") / "data"
    raw = {name: (folder / f"{name}.json").read_bytes() for name in _FILES}
    data = {name: json.loads(content) for name, content in raw.items()}
    releases = Releases(tuple(_releases(data["releases"])))
    lists = {store: entry["versions"] for store, entry in data["schema_versions"]["lists"].items()}
    statements = [_statement(entry) for entry in data["statements"]["statements"]]
    support = Support(
        document=data["document"]["releases"],
        document_source=data["document"]["source"],
        statements=Statements(statements, releases),
        first_released={
            component: {cycle: date.fromisoformat(days[0]) for cycle, days in cycles.items()}
            for component, cycles in data["lifecycle"]["products"].items()
        },
    )
    digest = hashlib.sha256(b"".join(raw[name] for name in _FILES)).hexdigest()[:12]
    return Matrix(digest, releases, SchemaLists(lists), support)


def _releases(data: Mapping[str, Any]) -> list[Release]:
    sources: Mapping[str, str] = data["sources"]
    read = [
        Release(
            version=parse_temporal(entry["version"]),
            reported=entry["reported"],
            source=sources.get(entry["version"], sources["default"].format(version=entry["version"])),
            published=_day(entry["published"]),
            plugins=frozenset(entry["plugins"]),
            schema=entry["schema"],
            tested_with=tuple(entry["tested_with"] or ()),
        )
        for entry in data["releases"]
    ]
    known = [
        Release(
            version=parse_temporal(name), reported=name, source=data["known_to_exist_source"], was_read=False
        )
        for name in data["known_to_exist"]
    ]
    return read + known


def _statement(entry: Mapping[str, Any]) -> Statement:
    versions = tuple(SpecifierSet("" if text == "*" else text) for text in entry["versions"])
    on = _day(entry.get("on"))
    return Statement(
        component=entry["component"],
        roles=frozenset(Role(role) for role in entry["roles"]),
        kind=entry["kind"],
        versions=versions,
        open_ended=any(part.operator == ">=" for spec in versions for part in spec)
        and not any(part.operator in ("<", "<=") for spec in versions for part in spec),
        releases=SpecifierSet(entry["releases"]) if entry["releases"] else None,
        since=on or date.fromisoformat(entry["from"]),
        until=_day(entry.get("until")),
        on=on,
        spans=entry.get("spans", False),
        plugins=frozenset(entry.get("plugins", ())),
        flavor=entry.get("flavor", ""),
        summary=entry["summary"],
        source=entry["source"],
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
