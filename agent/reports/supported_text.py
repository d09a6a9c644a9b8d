"""Which versions one release supports, as text of 80 columns, and all ranges with their sources."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence

from packaging.specifiers import SpecifierSet

from agent.model.roles import role_title
from agent.reports.matrix_document import RangeDocument, ReleaseSupportDocument, SupportedDocument
from agent.reports.text_style import COLUMNS, WHOLE_WORDS
from agent.reports.trial_text import trials_table

_LEGEND = (
    "A range is for all roles of the component; one after the name of a role is for that role instead. 13-16"
    " includes 16.9. All other versions are untested or unsupported; --sources shows them, with the sources."
)


def support_text(document: ReleaseSupportDocument, *, sources: bool = False) -> str:
    """For people: one line for each plugin; with `sources` every range with its verdict and source."""
    name = document.supported[0].component
    shown = ranges_table([(name, each) for each in document.ranges]) if sources else None
    title = release_title(document.release, document.newest_patch_of)
    trials = trials_table(document.trials, (name,))
    versions = shown or supported_table(document.supported)
    return "\n\n".join([title, versions, *([trials] if trials else [])])


def release_title(release: str, newest_patch_of: str | None) -> str:
    """The release, and the minor that it was chosen for."""
    patch = f", the newest patch of {newest_patch_of} in this matrix" if newest_patch_of else ""
    return f"Temporal {release}{patch}"


def supported_table(rows: Sequence[SupportedDocument]) -> str:
    """One line for each component and plugin, and what the columns mean. A longer line goes on below."""
    head = ("COMPONENT", "PLUGIN", "SUPPORTED")
    cells = [head, *((row.component, row.plugin or "", _versions(row)) for row in rows)]
    widths = [max(len(cell[column]) for cell in cells) for column in (0, 1)]
    lines = []
    for component, plugin, versions in cells:
        start = f"{component:{widths[0]}}  {plugin:{widths[1]}}  "
        lines += textwrap.wrap(
            versions, COLUMNS, initial_indent=start, subsequent_indent=" " * len(start), **WHOLE_WORDS
        )
    return "\n".join([*lines, "", textwrap.fill(_LEGEND, COLUMNS, **WHOLE_WORDS)])


def ranges_table(named: Iterable[tuple[str, RangeDocument]]) -> str:
    """Every range of each component, with its verdict and sources."""
    rows = [("COMPONENT", "ROLE", "PLUGIN", "VERSIONS", "VERDICT", "SOURCE")]
    rows += [
        (name, entry.role or "", entry.plugin or "", entry.versions, entry.verdict, _sources(entry))
        for name, entry in named
    ]
    return table(rows)


def table(rows: Sequence[Sequence[str]]) -> str:
    """Columns as wide as their widest cell."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def version_range(specifier: str) -> str:
    """A range as people write it: `>=13,<17` as 13-16, `>=8.0.19,<8.1` as 8.0.19-8.0.x."""
    low = high = ""
    for part in SpecifierSet(specifier):
        if part.operator == "==":
            return part.version.removesuffix(".*")
        if part.operator == ">=":
            low = part.version
        else:
            high = part.version
    if not high:
        return "all" if low == "0" else f"{low} and later"
    return f"{low}-{_last_before(high, low)}" if low else f"below {high}"


def _last_before(high: str, low: str) -> str:
    """The last series before `high`, with `x` where `low` is more exact: before 9.0 that is 8.x."""
    parts = [int(part) for part in high.split(".")]
    while parts[-1] == 0:
        parts.pop()
    parts[-1] -= 1
    text = ".".join(map(str, parts))
    return f"{text}.x" if len(parts) < len(low.split(".")) else text


def _versions(row: SupportedDocument) -> str:
    if not row.roles and row.other_roles:
        return "none: this release cannot use it"
    if row.roles and not row.in_all_roles and not any(row.in_role.values()):
        return "none"
    ranges = ", ".join(map(version_range, row.in_all_roles))
    only = f" for {role_title(row.roles[0])} only" if len(row.roles) == 1 and row.other_roles else ""
    parts = [f"{ranges}{only}"] if ranges else []
    parts += [
        f"{role_title(role)} {', '.join(map(version_range, versions)) or 'none'}"
        for role, versions in row.in_role.items()
    ]
    return "; ".join(parts) or "not known"


def _sources(entry: RangeDocument) -> str:
    return "; disputed by ".join((entry.source or "-", *entry.dissent))
