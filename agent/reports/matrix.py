"""What the `matrix` commands print: tables of the matrix, as text and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

from agent.matrix import Matrix, Release
from agent.matrix.tables import Question, Range, Source, components
from agent.model.vocabulary import Verdict


def list_document(matrix: Matrix) -> dict[str, Any]:
    """All releases, oldest first."""
    return {"matrix": matrix.digest, "releases": [_release(release) for release in matrix.releases.all]}


def show_document(matrix: Matrix, release: Release) -> dict[str, Any]:
    """Everything about one release. A range without role or plugin holds for each."""
    return {
        **_release(release),
        "source": release.source,
        "broken": [
            {
                "id": advisory.id,
                "stores": {role: sorted(names) for role, names in advisory.stores.items()},
                "summary": advisory.summary,
                "remedy": advisory.remedy,
                "source": advisory.source,
            }
            for advisory in matrix.advisories.all
            if advisory.broken and advisory.holds(release)
        ],
        "components": {
            component: [_range(entry) for entry in ranges]
            for component, ranges in components(matrix, release).items()
        },
    }


def find_document(question: Question, verdict: Verdict, found: Sequence[Release]) -> dict[str, Any]:
    """The releases with one answer to a question, oldest first."""
    return {
        "component": question.flavor or question.component,
        "version": question.version.raw,
        "roles": list(question.roles),
        "plugin": question.plugin or None,
        "verdict": verdict,
        "releases": [release.name for release in found],
    }


def sources_document(found: Sequence[Source]) -> dict[str, Any]:
    """Every source, by name."""
    return {
        "sources": [
            {"source": source.name, "statements": source.statements, "cells": source.cells}
            for source in found
        ]
    }


def as_json(document: Mapping[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False)


def list_text(matrix: Matrix) -> str:
    """One line a release; of each store, what its newest plugin needs."""
    rows = [("RELEASE", "PUBLISHED", "REPORTS", "PLUGINS", "SCHEMA (DEFAULT/VISIBILITY)")]
    for release in matrix.releases.all:
        published = release.published.isoformat() if release.published else "-"
        if release.was_read:
            plugins = str(len(release.plugins))
            rows.append((release.name, published, release.reported, plugins, _needs(release)))
        else:
            rows.append((release.name, published, "-", "-", "known to exist, not read"))
    return _table(rows)


def show_text(matrix: Matrix, release: Release) -> str:
    """For people: facts first, then a table of components with who says so."""
    document = show_document(matrix, release)
    lines = [
        f"Temporal {release.name}",
        f"published: {document['published'] or 'not known'}",
        f"reports: {document['reported_version'] or 'not known'}",
        f"plugins: {', '.join(document['plugins']) or 'not known'}",
        f"Elasticsearch template: {document['index'] or 'none with a version'}",
        f"source: {release.source}",
        *(
            f"broken{_for(entry['stores'])}: {entry['summary']} {entry['remedy']}"
            for entry in document["broken"]
        ),
    ]
    schema = [("SCHEMA", "DEFAULT", "VISIBILITY")]
    schema += [
        (folder, needs["default"] or "-", needs["visibility"] or "-")
        for folder, needs in document["schema"].items()
    ]
    cells = [("COMPONENT", "ROLE", "PLUGIN", "VERSIONS", "VERDICT", "SOURCE")]
    cells += [
        (name, entry.role or "", entry.plugin, entry.versions, entry.verdict, _sources(entry))
        for name, ranges in components(matrix, release).items()
        for entry in ranges
    ]
    return "\n\n".join(["\n".join(lines), _table(schema), _table(cells)])


def find_text(matrix: Matrix, question: Question, verdict: Verdict, found: Sequence[Release]) -> str:
    """Ranges of neighbouring releases."""
    name = f"{question.flavor or question.component} {question.version.raw}"
    plugin = f" by {question.plugin}" if question.plugin else ""
    head = f"{name}{plugin} for {' and '.join(question.roles)} is {verdict} on"
    runs = list(_runs(matrix.releases.all, found))
    if not runs:
        return f"{head} no release"
    return "\n".join([f"{head} {len(found)} of {len(matrix.releases.all)} releases:", *runs])


def sources_text(found: Sequence[Source]) -> str:
    """One line a source, what most rests on first."""
    ordered = sorted(found, key=lambda source: (-source.cells, -source.statements, source.name))
    rows = [("CELLS", "STATEMENTS", "SOURCE")]
    rows += [(str(source.cells), str(source.statements), source.name) for source in ordered]
    return _table(rows)


def _release(release: Release) -> dict[str, Any]:
    return {
        "release": release.name,
        "published": release.published.isoformat() if release.published else None,
        "reported_version": release.reported if release.was_read else None,
        "was_read": release.was_read,
        "plugins": sorted(release.plugins),
        "schema": {folder: dict(needs) for folder, needs in release.schema.items()},
        "index": release.index,
    }


def _range(entry: Range) -> dict[str, Any]:
    return {
        "versions": entry.versions,
        "verdict": entry.verdict,
        "source": entry.source,
        "role": entry.role,
        "plugin": entry.plugin or None,
        "dissent": list(entry.dissent),
    }


def _sources(entry: Range) -> str:
    return "; not so ".join((entry.source, *entry.dissent))


def _needs(release: Release) -> str:
    # The last folder of a component is that of its newest plugin: v8 after v57, v12 after v96.
    by_component = {
        folder.split("/")[0]: needs for folder, needs in sorted(release.schema.items(), key=_folder)
    }
    return "  ".join(
        f"{component} {needs['default']}/{needs['visibility'] or '-'}"
        for component, needs in by_component.items()
    )


def _folder(entry: tuple[str, object]) -> tuple[str, int]:
    component, _, line = entry[0].partition("/")
    # v57 and v96 are lines of 5.7 and 9.6.
    number = int(line.removeprefix("v") or 0)
    return component, number // 10 if number > 50 else number


def _for(stores: Mapping[str, Sequence[str]]) -> str:
    named = [f"{role} by {' or '.join(names)}" for role, names in stores.items()]
    return f" for {', '.join(named)}" if named else ""


def _runs(everything: Sequence[Release], found: Iterable[Release]) -> Iterable[str]:
    wanted = set(found)
    for is_wanted, group in groupby(everything, key=wanted.__contains__):
        if is_wanted:
            first, *others = [release.name for release in group]
            yield f"  {first} to {others[-1]}" if others else f"  {first}"


def _table(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )
