"""Public statements about versions of dependencies, and the releases that each one covers.

A statement that names releases covers those; an open range ("1.2.1 and later") only the releases published
while the text was online. A statement with only dates covers the releases published while the text was
online. A statement of a single day covers the release that was newest then. Each covers the later patches
of its minors too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from packaging.specifiers import SpecifierSet

from agent.matrix.release import Release, Releases
from agent.model.vocabulary import Role


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
    flavor: str
    summary: str
    source: str


class Statements:
    """All statements, with the releases that they may cover."""

    def __init__(self, statements: Sequence[Statement], releases: Releases) -> None:
        self.all = tuple(statements)
        self._releases = releases
        self.about = lru_cache(maxsize=65536)(self._about)

    def _about(
        self, release: Release, role: Role, component: str, plugin: str, flavor: str = ""
    ) -> list[Statement]:
        """Those about this component in this role of this release, used with this plugin."""
        return [
            statement
            for statement in self.all
            if statement.component == component
            and statement.flavor == flavor
            and role in self._roles(statement, release, role, component)
            and (not statement.plugins or plugin in statement.plugins)
            and self._covers(statement, release)
        ]

    def _roles(self, statement: Statement, release: Release, role: Role, component: str) -> frozenset[Role]:
        # Before advanced visibility on SQL (1.20) the documentation lists databases for both stores.
        if role is Role.VISIBILITY and Role.VISIBILITY not in statement.roles:
            own = (s for s in self.all if s.component == component and role in s.roles)
            if not any(s.kind == "supported" and self._covers(s, release) and not s.plugins for s in own):
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
            # "1.2.1 and later" does not cover releases published after the text was removed.
            return bounded or self._published_by(release, statement.until)
        return self._published_between(release, statement.since, statement.until)

    def _published_by(self, release: Release, until: date | None) -> bool:
        return until is None or self._published_between(release, date.min, until)

    def _published_between(self, release: Release, since: date, until: date | None) -> bool:
        """Whether this release, or an earlier patch of its minor, was published between these days."""
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
