"""Reads the matrix' data files. Every file names its sources."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date
from importlib import resources
from typing import Any

from packaging.specifiers import SpecifierSet

from agent.matrix.advisories import Advisories, Advisory
from agent.matrix.index import read_templates
from agent.matrix.lifecycle import Lifecycle
from agent.matrix.matrix import Matrix
from agent.matrix.release import Release, Releases
from agent.matrix.schema import SchemaLists
from agent.matrix.shapes import Shapes
from agent.matrix.start_tables import read_start_tables
from agent.matrix.statement import Statement, Statements
from agent.matrix.support import Support
from agent.model.versions import parse_temporal
from agent.model.vocabulary import Level, Role

#: The files that a matrix is made of.
FILES = ("releases", "schema_versions", "document", "statements", "lifecycle", "advisories", "index_fields")


def load() -> Matrix:
    """The built-in matrix."""
    folder = resources.files("agent.matrix") / "data"
    data = {name: json.loads((folder / f"{name}.json").read_bytes()) for name in ("published", *FILES)}
    return build(data, date.fromisoformat(data["published"]["published"]))


def build(data: Mapping[str, Any], published: date) -> Matrix:
    """The matrix of these files' contents, which came out on this day."""
    releases = Releases(tuple(_releases(data["releases"])))
    lists = {store: entry["versions"] for store, entry in data["schema_versions"]["lists"].items()}
    statements = [_statement(entry) for entry in data["statements"]["statements"]]
    lifecycle = Lifecycle(data["lifecycle"]["products"])
    support = Support(
        document=data["document"]["releases"],
        document_source=data["document"]["source"],
        statements=Statements(statements, releases),
        first_released=lifecycle.first_released,
    )
    # However it is written: the same data have the same digest.
    text = json.dumps([data[name] for name in FILES], sort_keys=True, separators=(",", ":"))
    digest = hashlib.sha256(text.encode()).hexdigest()[:12]
    # Those that are unreviewed say of no release yet that it is meant.
    advisories = _advisories(data["advisories"]["advisories"], {"running"})
    guidance = _advisories(data["advisories"]["advisories"], {"upgrade", "tools", "image"})
    templates = read_templates(data["index_fields"])
    schemas = SchemaLists(lists)
    return Matrix(
        digest,
        published,
        releases,
        schemas,
        support,
        advisories,
        guidance,
        lifecycle,
        templates,
        _SHAPES,
        _START_TABLES,
    )


def _shapes(name: str) -> Any:
    folder = resources.files("agent.matrix") / "data" / "shapes"
    return json.loads((folder / f"{name}.json").read_bytes())


#: Part of the agent and of no bundle: their words are those of the agent's own probes.
_SHAPES = Shapes(_shapes)

#: Part of the agent for the same reason: names of tables that its own probes read.
_START_TABLES = read_start_tables(
    json.loads((resources.files("agent.matrix") / "data" / "start_tables.json").read_bytes())
)


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
            go=entry["go"],
            index=entry["index"],
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


def _advisories(entries: Sequence[Mapping[str, Any]], scopes: set[str]) -> Advisories:
    return Advisories([_advisory(entry) for entry in entries if entry["scope"] in scopes])


def _advisory(entry: Mapping[str, Any]) -> Advisory:
    return Advisory(
        id=entry["id"],
        level=Level(entry["level"]),
        releases=tuple(SpecifierSet(text) for text in entry["releases"]),
        stores={Role(role): frozenset(names) for role, names in entry.get("stores", {}).items()},
        versions={component: SpecifierSet(text) for component, text in entry.get("versions", {}).items()},
        broken=entry.get("broken", False),
        condition=entry.get("condition", ""),
        summary=entry["summary"],
        remedy=entry["remedy"],
        source=entry["source"],
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
