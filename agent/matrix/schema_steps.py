"""What schema steps cost, and which older releases cannot run on their result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from packaging.specifiers import SpecifierSet

from agent.matrix.release import Release, read_specifier
from agent.matrix.schema import STORES
from agent.model.versions import Version, parse
from agent.model.vocabulary import Role


@dataclass(frozen=True)
class StepCost:
    """Steps of one store that cost the same: `cost` completes a sentence that begins with the step.

    In the releases of `empty_in` these steps only raise the version number.
    """

    component: str
    store: str
    versions: tuple[Version, ...]
    cost: str
    empty_in: tuple[SpecifierSet, ...] = ()


@dataclass(frozen=True)
class UnbrokenSteps:
    """What to know about steps of one store, the last of them `through`: that they must be applied in one go,
    or what they need. `releases`: those whose schema folder is concerned. `not_east_of_utc`: they fail where
    the time zone of the session is east of UTC.
    """

    component: str
    store: str
    through: Version
    note: str
    releases: SpecifierSet
    not_east_of_utc: bool = False


@dataclass(frozen=True)
class LostColumns:
    """A step that removes columns which these releases read."""

    components: frozenset[str]
    store: str
    since: Version
    releases: SpecifierSet


@dataclass(frozen=True, eq=False)
class SchemaSteps:
    """All that is known about schema steps; data/schema_steps.json explains the fields."""

    costs: Sequence[StepCost]
    unbroken: Sequence[UnbrokenSteps]
    lost: Sequence[LostColumns]

    def passed(
        self, release: Release, role: Role, component: str, start: Version, end: Version
    ) -> list[tuple[Version, str]]:
        """The costly steps after `start` up to `end`, by this release's folder, each with its cost."""
        return [
            (version, entry.cost)
            for entry in self.costs
            if (entry.component, entry.store) == (component, STORES.get(role))
            and not any(release.version.within(releases) for releases in entry.empty_in)
            for version in entry.versions
            if start.number < version.number <= end.number
        ]

    def notes(self, release: Release, role: Role, component: str, start: Version, end: Version) -> list[str]:
        """What else to know about the steps after `start` up to `end`, by this release's folder."""
        return [entry.note for entry in self._unbroken(release, role, component, start, end)]

    def fails_east_of_utc(
        self, release: Release, role: Role, component: str, start: Version, end: Version
    ) -> str:
        """The note of a step that fails where the time zone is east of UTC; empty if none does."""
        found = self._unbroken(release, role, component, start, end)
        return next((entry.note for entry in found if entry.not_east_of_utc), "")

    def _unbroken(
        self, release: Release, role: Role, component: str, start: Version, end: Version
    ) -> list[UnbrokenSteps]:
        return [
            entry
            for entry in self.unbroken
            if (entry.component, entry.store) == (component, STORES.get(role))
            and start.number < entry.through.number <= end.number
            and release.version.within(entry.releases)
        ]

    def is_too_new(self, release: Release, component: str, role: Role, version: Version) -> bool:
        """Whether the release cannot run on this schema because newer steps removed columns that it reads."""
        return any(
            component in entry.components
            and STORES.get(role) == entry.store
            and version.number >= entry.since.number
            and release.version.within(entry.releases)
            for entry in self.lost
        )


def read_schema_steps(data: Mapping[str, Any]) -> SchemaSteps:
    """The steps of the data file."""
    return SchemaSteps(
        costs=[
            StepCost(
                component=entry["component"],
                store=entry["store"],
                versions=tuple(map(parse, entry["versions"])),
                cost=entry["cost"],
                empty_in=tuple(map(read_specifier, entry.get("empty_in", ()))),
            )
            for entry in data["costs"]
        ],
        unbroken=[
            UnbrokenSteps(
                entry["component"],
                entry["store"],
                parse(entry["through"]),
                entry["note"],
                read_specifier(entry.get("releases", "*")),
                entry.get("not_east_of_utc", False),
            )
            for entry in data["unbroken"]
        ],
        lost=[
            LostColumns(
                components=frozenset(entry["components"]),
                store=entry["store"],
                since=parse(entry["since"]),
                releases=read_specifier(entry["releases"]),
            )
            for entry in data["too_new"]
        ],
    )
