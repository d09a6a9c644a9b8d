"""The trials of the matrix as text of 80 columns: one line for each product, plugin and release."""

from __future__ import annotations

import textwrap
from collections.abc import Collection, Iterator, Sequence

from agent.model.roles import role_title
from agent.model.versions import parse
from agent.model.vocabulary import Role
from agent.reports.text_style import COLUMNS, WHOLE_WORDS
from agent.reports.trial_document import TrialDocument, TrialStoreDocument

_HEAD = ("TRIED", "PLUGIN", "ON", "VERSIONS")
_LEGEND = (
    "This project ran the release on these versions, and it worked unless the line says that it failed. That"
    " makes no version supported: see docs/evidence.md."
)
_Key = tuple[str, str, str]


def trials_table(trials: Sequence[TrialDocument], products: Collection[str] = ()) -> str:
    """The versions that were tried, of these products or of all; empty where there is no trial."""
    found: dict[_Key, dict[str, set[Role]]] = {}
    for trial in trials:
        for role, store in _stores(trial):
            if not products or store.component in products:
                versions = found.setdefault((store.component, store.plugin or "", trial.release), {})
                failed = versions.setdefault(store.version, set())
                if trial.failure is not None:
                    failed.add(role)
    if not found:
        return ""
    return "\n".join([*_lines([_HEAD, *_rows(found)]), "", textwrap.fill(_LEGEND, COLUMNS, **WHOLE_WORDS)])


def _stores(trial: TrialDocument) -> Iterator[tuple[Role, TrialStoreDocument]]:
    """The stores that the trial says something about: only one of them if it failed."""
    for role, store in ((Role.PERSISTENCE, trial.persistence), (Role.VISIBILITY, trial.visibility)):
        if trial.failure is None or trial.failure.role is role:
            yield role, store


def _rows(found: dict[_Key, dict[str, set[Role]]]) -> Iterator[tuple[str, str, str, str]]:
    for (product, plugin, release), versions in sorted(found.items()):
        ordered = sorted(versions, key=lambda version: parse(version).number)
        yield product, plugin, release, ", ".join(_version(each, versions[each]) for each in ordered)


def _version(version: str, failed: set[Role]) -> str:
    roles = " and ".join(role_title(role) for role in sorted(failed))
    return f"{version} (failed for {roles})" if failed else version


def _lines(rows: Sequence[tuple[str, str, str, str]]) -> Iterator[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    for *cells, versions in rows:
        start = "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)) + "  "
        yield from textwrap.wrap(
            versions, COLUMNS, initial_indent=start, subsequent_indent=" " * len(start), **WHOLE_WORDS
        )
