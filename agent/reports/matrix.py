"""The text output of the `matrix` commands."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

from agent.reports.matrix_document import (
    FindDocument,
    MatrixDocument,
    ReleaseDetailDocument,
    ReleaseDocument,
    SourcesDocument,
)
from agent.reports.supported_text import (
    ranges_table,
    release_title,
    supported_table,
    table,
)
from agent.reports.text_style import COLUMNS, WHOLE_WORDS
from agent.reports.trial_text import trials_table


def list_text(document: MatrixDocument) -> str:
    """One line per release, with the schema versions that the newest plugin of each store needs.

    The line with the names of the columns also has the date of the matrix.
    """
    rows = [("RELEASE", "PUBLISHED", "REPORTS", "PLUGINS", "SCHEMA (DEFAULT/VISIBILITY)")]
    for release in document.releases:
        published = release.published.isoformat() if release.published else "-"
        reported = release.reported_version or "-"
        plugins = str(len(release.plugins)) if release.was_read else "-"
        needs = _needs(release) if release.was_read else "not known"
        rows.append((release.release, published, reported, plugins, needs))
    head, _, lines = table(rows).partition("\n")
    return f"{head}  [matrix of {document.published}, up to {document.newest_release}]\n{lines}"


def show_text(document: ReleaseDetailDocument, *, sources: bool = False) -> str:
    """For people: facts first, then what is supported; `sources`: every range, with verdict and source."""
    lines = [
        release_title(document.release, document.newest_patch_of),
        f"published: {document.published or 'not known'}",
        f"reports: {document.reported_version or 'not known'}",
        _wrapped(f"plugins: {', '.join(document.plugins) or 'not known'}"),
        f"Elasticsearch template: {document.index or 'none with a version'}",
        f"source: {document.source}",
        *(
            _wrapped(f"broken{_for(entry.stores)}: {entry.summary} {entry.remedy}")
            for entry in document.broken
        ),
    ]
    schema = [("SCHEMA", "DEFAULT", "VISIBILITY")]
    schema += [
        (folder, needs["default"] or "-", needs["visibility"] or "-")
        for folder, needs in document.schema_versions.items()
    ]
    named = [(name, entry) for name, ranges in document.components.items() for entry in ranges]
    versions = ranges_table(named) if sources else supported_table(document.supported)
    trials = trials_table(document.trials)
    return "\n\n".join(["\n".join(lines), table(schema), versions, *([trials] if trials else [])])


def find_text(document: FindDocument) -> str:
    """Ranges of neighbouring releases."""
    plugin = f" with plugin {document.plugin}" if document.plugin else ""
    what = f"{document.component} {document.version}{plugin}"
    head = f"{what} for {' and '.join(document.roles)} is {document.verdict} on"
    runs = list(_runs(document.known, document.releases))
    count = len(document.releases) or "none"
    lines = "\n".join([f"{head} {count} of {len(document.known)} releases{':' if runs else ''}", *runs])
    trials = trials_table(document.trials, (document.component,))
    return "\n\n".join([lines, *([trials] if trials else [])])


def sources_text(document: SourcesDocument) -> str:
    """One line per source, the most used first."""
    ordered = sorted(document.sources, key=lambda each: (-each.cells, -each.statements, each.source))
    rows = [("CELLS", "STATEMENTS", "SOURCE")]
    rows += [(str(each.cells), str(each.statements), each.source) for each in ordered]
    return table(rows)


def _wrapped(text: str) -> str:
    return textwrap.fill(text, COLUMNS, **WHOLE_WORDS)


def _needs(release: ReleaseDocument) -> str:
    # The last folder of a component is that of its newest plugin: v8 after v57, v12 after v96.
    by_component = {
        folder.split("/")[0]: needs for folder, needs in sorted(release.schema_versions.items(), key=_folder)
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
    named = [f"{role} with {' or '.join(names)}" for role, names in stores.items()]
    return f" for {', '.join(named)}" if named else ""


def _runs(everything: Sequence[str], chosen: Iterable[str]) -> Iterable[str]:
    wanted = set(chosen)
    for is_wanted, group in groupby(everything, key=wanted.__contains__):
        if is_wanted:
            first, *others = group
            yield f"  {first} to {others[-1]}" if others else f"  {first}"
