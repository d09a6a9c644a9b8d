"""Series of versions, the unit of support, and how one compares with those that a source lists."""

from __future__ import annotations

from dataclasses import dataclass

from packaging.specifiers import SpecifierSet

from agent.components.registry import record, title_of
from agent.matrix.cell import Cell
from agent.matrix.statement import Statement
from agent.model.versions import Version, parse
from agent.model.vocabulary import Reason, Verdict


@dataclass(frozen=True)
class Listed:
    """A series that a source lists as supported."""

    version: Version
    reason: Reason
    source: str


def series_of(component: str, version: Version) -> str:
    """The unit of support: MySQL's and Cassandra's first two numbers, PostgreSQL's major (before 10: 9.6)."""
    known = record(component)
    return version.series(2 if version.release[0] < known.two_part_series_before else known.series_parts)


def document_series(component: str, version: Version) -> str:
    """As the document writes it: Elasticsearch with two numbers (6.8)."""
    parts = record(component).document_series_parts
    return version.series(parts) if parts else series_of(component, version)


def listed_series(component: str, text: str) -> Version:
    """The series of a version that a source names."""
    return parse(series_of(component, parse(text)))


def lowest(versions: SpecifierSet) -> str:
    """The lowest series in a specifier such as `==9.6.*` or `>=10,<14`."""
    return next((p.version.removesuffix(".*") for p in versions if p.operator in ("==", ">=")), "")


def between(series: Version, statement: Statement) -> bool:
    """Whether the series is between the lowest and the highest that the statement lists."""
    named = [parse(lowest(versions)).number for versions in statement.versions]
    return min(named) <= series.number <= max(named)


def names(series: Version, component: str, statement: Statement) -> bool:
    """Whether the statement lists this series, and not only a range that contains it."""
    listed = [lowest(versions) for versions in statement.versions]
    return any(listed_series(component, version).number == series.number for version in listed)


def compare(component: str, series: Version, listed: list[Listed]) -> Cell:
    """Judge a series against the listed ones, each of which a source supports."""
    software = f"{title_of(component)} {series}"
    for entry in listed:
        if entry.version.number == series.number:
            message = f"{software} is listed as supported for this release"
            return Cell(Verdict.SUPPORTED, entry.reason, message, entry.source)
    if not listed:
        message = f"no source mentions {software} for this release"
        return Cell(Verdict.UNTESTED, Reason.UNTESTED_SERIES, message, "")
    ordered = sorted(listed, key=lambda entry: entry.version.number)
    lowest, highest = ordered[0], ordered[-1]
    if series.number < lowest.version.number:
        message = f"{software} is older than {lowest.version}, the oldest listed series"
        return Cell(Verdict.UNSUPPORTED, Reason.BELOW_MINIMUM, message, lowest.source)
    if series.number > highest.version.number:
        message = f"{software} is newer than {highest.version}, the newest listed series"
        return Cell(Verdict.UNTESTED, Reason.UNTESTED_NEWER, message, highest.source)
    message = f"{software} is between listed series, but no source mentions it"
    return Cell(Verdict.UNTESTED, Reason.UNTESTED_SERIES, message, "")
