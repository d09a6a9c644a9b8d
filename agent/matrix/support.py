"""Which version of a store a release supports, and who says so.

Authority, strongest first: the document that the project starts from (for its eight releases), what
the release has code for, a minimum or an exclusion, the documentation of the time, what the release's
own tests ran. What nobody speaks of is `untested` above the lowest listed series and `unsupported`
below it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from packaging.specifiers import SpecifierSet

from agent.matrix.release import Release, Releases
from agent.matrix.schema import plugins_for
from agent.versions import Version, parse
from agent.vocabulary import Reason, Role, Verdict

#: Image names in Temporal's CI for each component.
_IMAGES = {"postgresql": re.compile(r"postgres:(.+)")}


@dataclass(frozen=True)
class Cell:
    """One answer of the matrix, with who says so."""

    verdict: Verdict
    reason: Reason
    message: str
    source: str


@dataclass(frozen=True)
class Statement:
    """One public statement about versions of a component; data/statements.json explains the fields."""

    component: str
    roles: frozenset[Role]
    kind: str
    versions: tuple[SpecifierSet, ...]
    open_ended: bool
    releases: SpecifierSet | None
    since: date
    until: date | None
    on: date | None
    spans: bool
    plugins: frozenset[str]
    summary: str
    source: str


@dataclass(frozen=True)
class _Listed:
    """A series that somebody vouches for."""

    version: Version
    reason: Reason
    source: str


def series_of(component: str, version: Version) -> str:
    """The unit of support: PostgreSQL's major (before 10 its first two numbers), SQLite's major."""
    parts = 2 if component == "postgresql" and version.release[0] < 10 else 1
    return version.series(parts)


class Support:
    """The support rules over the releases."""

    def __init__(
        self,
        releases: Releases,
        document: Mapping[str, Mapping[str, Sequence[str]]],
        document_source: str,
        statements: Sequence[Statement],
        first_released: Mapping[str, Mapping[str, date]],
    ) -> None:
        self._releases = releases
        self._document = document
        self._document_source = document_source
        self._statements = statements
        self._first_released = first_released
        self.cell = lru_cache(maxsize=65536)(self._cell)

    def _cell(self, release: Release, role: Role, component: str, plugin: str, version: Version) -> Cell:
        """The answer for one version of a component in a role, used through a plugin."""
        document = self._document.get(release.name)
        if document is not None:
            return self._documented(release, component, version, document.get(component))
        if release.was_read and not plugins_for(release, component, ""):
            message = f"Temporal {release.name} has no plugin for {component}"
            return Cell(Verdict.UNSUPPORTED, Reason.COMPONENT_NOT_SUPPORTED, message, release.source)
        said = [s for s in self._statements if self._speaks_of(s, release, role, component, plugin)]
        return self._refused(said, version) or self._vouched(said, release, component, version)

    def _documented(
        self, release: Release, component: str, version: Version, series: Sequence[str] | None
    ) -> Cell:
        if not series:
            message = f"{component} is not among the databases of Temporal {release.name}"
            return Cell(Verdict.UNSUPPORTED, Reason.COMPONENT_NOT_SUPPORTED, message, self._document_source)
        listed = [_Listed(parse(text), Reason.DOCUMENTED, self._document_source) for text in series]
        return _compare(component, version, listed, self._document_source)

    def _refused(self, said: list[Statement], version: Version) -> Cell | None:
        for statement in said:
            inside = any(version.within(versions) for versions in statement.versions)
            if statement.kind == "minimum" and not inside:
                return Cell(Verdict.UNSUPPORTED, Reason.BELOW_MINIMUM, statement.summary, statement.source)
            if statement.kind == "excluded" and inside:
                reason = (
                    Reason.COMPONENT_NOT_SUPPORTED
                    if any(not str(versions) for versions in statement.versions)
                    else Reason.BELOW_MINIMUM
                )
                return Cell(Verdict.UNSUPPORTED, reason, statement.summary, statement.source)
        return None

    def _vouched(self, said: list[Statement], release: Release, component: str, version: Version) -> Cell:
        series = parse(series_of(component, version))
        positive = [statement for statement in said if statement.kind == "supported"]
        for statement in positive:
            if any(
                self._holds(versions, statement, release, component, version)
                for versions in statement.versions
            ):
                return Cell(Verdict.SUPPORTED, Reason.DOCUMENTED, statement.summary, statement.source)
        for statement in positive:
            if statement.spans and _between(series, statement):
                return Cell(
                    Verdict.SUPPORTED, Reason.WITHIN_TESTED_RANGE, statement.summary, statement.source
                )
        listed = [
            _Listed(parse(_lowest(versions)), Reason.DOCUMENTED, statement.source)
            for statement in positive
            for versions in statement.versions
        ]
        listed += [
            _Listed(parse(series_of(component, image)), Reason.TESTED_BY_RELEASE, release.source)
            for image in _tested_with(release, component)
        ]
        return _compare(component, version, listed, release.source)

    def _holds(
        self, versions: SpecifierSet, statement: Statement, release: Release, component: str, version: Version
    ) -> bool:
        if not version.within(versions):
            return False
        if not statement.open_ended:
            return True
        # An open range vouches only for series that were out before the release.
        first = self._first_released.get(component, {}).get(series_of(component, version))
        return first is not None and (release.published is None or first <= release.published)

    def _speaks_of(
        self, statement: Statement, release: Release, role: Role, component: str, plugin: str
    ) -> bool:
        return (
            statement.component == component
            and role in self._roles(statement, release, role, component)
            and (not statement.plugins or plugin in statement.plugins)
            and self._covers(statement, release)
        )

    def _roles(self, statement: Statement, release: Release, role: Role, component: str) -> frozenset[Role]:
        # Before advanced visibility on SQL (1.20) the documentation names databases, for both stores.
        if role is Role.VISIBILITY and Role.VISIBILITY not in statement.roles:
            own = (s for s in self._statements if s.component == component and role in s.roles)
            if not any(self._covers(s, release) and not s.plugins for s in own):
                return statement.roles | {role}
        return statement.roles

    def _covers(self, statement: Statement, release: Release) -> bool:
        if statement.on is not None:
            newest = self._newest_on(statement.on)
            return release.minor == newest.minor and release.version.number >= newest.version.number
        if statement.releases is not None:
            if not release.version.within(statement.releases):
                return False
            bounded = any(part.operator in ("<", "<=", "==") for part in statement.releases)
            # "1.2.1 and later" could not speak of releases that came after it was taken down.
            return bounded or self._published_by(release, statement.until)
        return self._stood(release, statement.since, statement.until)

    def _published_by(self, release: Release, until: date | None) -> bool:
        return until is None or self._stood(release, date.min, until)

    def _stood(self, release: Release, since: date, until: date | None) -> bool:
        """Whether this release, or an earlier patch of its minor, came out while the text stood."""
        if until is None and release.published is None:
            return True
        siblings = [r for r in self._releases.all if r.minor == release.minor]
        return any(
            r.published is not None and since <= r.published and (until is None or r.published < until)
            for r in siblings
            if r.version.number <= release.version.number
        )

    def _newest_on(self, day: date) -> Release:
        return [r for r in self._releases.all if r.published is not None and r.published <= day][-1]


def _tested_with(release: Release, component: str) -> list[Version]:
    pattern = _IMAGES.get(component)
    found = [pattern.fullmatch(image) for image in release.tested_with] if pattern else []
    return [parse(match[1]) for match in found if match]


def _lowest(versions: SpecifierSet) -> str:
    """The lowest series that a specifier such as `==9.6.*` or `>=10,<14` names."""
    return next(part.version.removesuffix(".*") for part in versions if part.operator in ("==", ">="))


def _between(series: Version, statement: Statement) -> bool:
    named = [parse(_lowest(versions)).number for versions in statement.versions]
    return min(named) <= series.number <= max(named)


def _compare(component: str, version: Version, listed: list[_Listed], source: str) -> Cell:
    """Judge a series against the listed ones, all of which somebody vouches for."""
    series = parse(series_of(component, version))
    for entry in listed:
        if entry.version == series or entry.version.number == series.number:
            message = f"{component} {series} is named for this release"
            return Cell(Verdict.SUPPORTED, entry.reason, message, entry.source)
    if not listed:
        message = f"no source speaks of {component} {series} for this release"
        return Cell(Verdict.UNTESTED, Reason.UNTESTED_SERIES, message, source)
    ordered = sorted(listed, key=lambda entry: entry.version.number)
    if series.number < ordered[0].version.number:
        message = f"{component} {series} is older than {ordered[0].version}, the oldest that is listed"
        return Cell(Verdict.UNSUPPORTED, Reason.BELOW_MINIMUM, message, ordered[0].source)
    if series.number > ordered[-1].version.number:
        message = f"{component} {series} is newer than {ordered[-1].version}, the newest that is listed"
        return Cell(Verdict.UNTESTED, Reason.UNTESTED_NEWER, message, ordered[-1].source)
    message = f"{component} {series} lies between listed series, and no source names it"
    return Cell(Verdict.UNTESTED, Reason.UNTESTED_SERIES, message, ordered[0].source)
