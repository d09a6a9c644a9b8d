"""Reads the matrix' data files. Every file names its sources."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from importlib import resources
from typing import Any

from packaging.specifiers import SpecifierSet

from agent.matrix.advisories import Advisories, Advisory, first_fixed
from agent.matrix.conditions import read_conditions
from agent.matrix.dynamic_keys import read_dynamic_keys
from agent.matrix.evidence import read_evidence
from agent.matrix.file_rules import read_file_rules
from agent.matrix.index import read_templates
from agent.matrix.lifecycle import Lifecycle
from agent.matrix.matrix import Matrix
from agent.matrix.pairs import read_store_pairs
from agent.matrix.plugins import SqlPlugins, read_plugins
from agent.matrix.release import Release, Releases, read_specifier
from agent.matrix.schema import SchemaLists
from agent.matrix.schema_steps import read_schema_steps
from agent.matrix.server_keys import read_server_keys
from agent.matrix.shapes import Catalogs
from agent.matrix.start_tables import read_start_tables
from agent.matrix.statement import Statement, Statements
from agent.matrix.support import Support
from agent.model.versions import parse_temporal
from agent.model.vocabulary import Level, Role

#: Files that the first bundles did not have.
LATER_FILES = (
    *("plugins", "dynamic_keys", "schema_steps", "store_pairs", "server_keys", "start_tables"),
    *("file_rules", "evidence"),
)

#: The files that a matrix is made of.
FILES = (
    "releases",
    "schema_versions",
    "document",
    "statements",
    "lifecycle",
    "advisories",
    "index_fields",
    *LATER_FILES,
)


def load() -> Matrix:
    """The built-in matrix."""
    data = read_built_in(("published", *FILES))
    return build(data, date.fromisoformat(data["published"]["published"]))


def read_built_in(names: Iterable[str]) -> dict[str, Any]:
    """The contents of these files of the built-in matrix, by name."""
    folder = resources.files("agent.matrix") / "data"
    return {name: json.loads((folder / f"{name}.json").read_bytes()) for name in names}


def build(data: Mapping[str, Any], published: date) -> Matrix:
    """The matrix of these files' contents, published on this day."""
    listed = (name for entry in data["releases"]["releases"] for name in entry["plugins"])
    plugins = read_plugins(data["plugins"], listed)
    releases = Releases(tuple(_releases(data["releases"], plugins)))
    lists = {store: entry["versions"] for store, entry in data["schema_versions"]["lists"].items()}
    statements = [_statement(entry) for entry in data["statements"]["statements"]]
    lifecycle = Lifecycle(data["lifecycle"]["products"])
    support = Support(
        document=data["document"]["releases"],
        document_source=data["document"]["source"],
        statements=Statements(statements, releases),
        first_released=lifecycle.first_released,
        evidence=read_evidence(data["evidence"]),
    )
    # The same data have the same digest, whatever their formatting.
    text = json.dumps([data[name] for name in FILES], sort_keys=True, separators=(",", ":"))
    digest = hashlib.sha256(text.encode()).hexdigest()[:12]
    # An unreviewed advisory has no affected releases yet.
    advisories = _advisories(data["advisories"]["advisories"], {"running"}, releases)
    guidance = _advisories(data["advisories"]["advisories"], {"upgrade", "tools", "image"}, releases)
    return Matrix(
        digest=digest,
        published=published,
        releases=releases,
        schemas=SchemaLists(lists),
        support=support,
        advisories=advisories,
        guidance=guidance,
        lifecycle=lifecycle,
        index_templates=read_templates(data["index_fields"]),
        shapes=_SHAPES,
        plugins=plugins,
        dynamic_keys=read_dynamic_keys(data["dynamic_keys"]),
        schema_steps=read_schema_steps(data["schema_steps"]),
        store_pairs=read_store_pairs(data["store_pairs"]),
        server_keys=read_server_keys(data["server_keys"]),
        start_tables=read_start_tables(data["start_tables"]),
        file_rules=read_file_rules(data["file_rules"]),
    )


def _shapes(name: str) -> Any:
    folder = resources.files("agent.matrix") / "data" / "shapes"
    return json.loads((folder / f"{name}.json").read_bytes())


#: Part of the agent, not of a bundle: the definitions are written as the agent's own probes write them.
_SHAPES = Catalogs(_shapes)


def _releases(data: Mapping[str, Any], plugins: SqlPlugins) -> list[Release]:
    sources: Mapping[str, str] = data["sources"]
    read = [
        Release(
            version=parse_temporal(entry["version"]),
            reported=entry["reported"],
            source=sources.get(entry["version"], sources["default"].format(version=entry["version"])),
            published=_day(entry["published"]),
            plugins=frozenset(entry["plugins"]),
            known_plugins=plugins,
            schema=entry["schema"],
            tested_with=tuple(entry["tested_with"] or ()),
            go=entry["go"],
            index=entry["index"],
        )
        for entry in data["releases"]
    ]
    known = [
        Release(
            version=parse_temporal(name),
            reported=name,
            source=data["known_to_exist_source"],
            was_read=False,
            known_plugins=plugins,
        )
        for name in data["known_to_exist"]
    ]
    return read + known


def _statement(entry: Mapping[str, Any]) -> Statement:
    versions = tuple(read_specifier(text) for text in entry["versions"])
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


def _advisories(entries: Sequence[Mapping[str, Any]], scopes: set[str], releases: Releases) -> Advisories:
    return Advisories([_advisory(entry, releases) for entry in entries if entry["scope"] in scopes])


def _advisory(entry: Mapping[str, Any], releases: Releases) -> Advisory:
    affected = tuple(SpecifierSet(text) for text in entry["releases"])
    return Advisory(
        id=entry["id"],
        level=Level(entry["level"]),
        releases=affected,
        stores={Role(role): frozenset(names) for role, names in entry.get("stores", {}).items()},
        versions={component: SpecifierSet(text) for component, text in entry.get("versions", {}).items()},
        broken=entry.get("broken", False),
        condition=entry.get("condition", ""),
        summary=entry["summary"],
        remedy=entry["remedy"],
        source=entry["source"],
        conditions=read_conditions(entry),
        fixed_in=first_fixed(releases.all, affected),
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
