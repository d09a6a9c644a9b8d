"""What one release supports, in short: the versions for all roles of a component, then the other roles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby

from agent.components.registry import JUDGED
from agent.matrix.matrix import Matrix
from agent.matrix.release import Release
from agent.matrix.roles import refusal
from agent.matrix.tables import GO, Question, answer, go_ranges, plugins_of, roles_of, specifier, starts
from agent.model.versions import Version
from agent.model.vocabulary import Role, Verdict


@dataclass(frozen=True)
class SupportedVersions:
    """The versions of a component that a release supports through one plugin, as PEP 440 specifiers.

    `roles`: those in which the release can use the component; empty for Go. `in_all_roles`: the versions that
    every one of them supports. `in_role`: the versions of each role that supports others as well.
    `other_roles`: whether the component has roles in other releases, or other databases, that it lacks here.
    """

    component: str
    plugin: str
    roles: tuple[Role, ...]
    in_all_roles: tuple[str, ...]
    in_role: Mapping[Role, tuple[str, ...]]
    other_roles: bool


def supported_versions(matrix: Matrix, release: Release) -> list[SupportedVersions]:
    """Every component with every plugin of the release."""
    found = [row for component in JUDGED for row in supported_of(matrix, release, component)]
    return [*found, *supported_of(matrix, release, GO)]


def supported_of(
    matrix: Matrix, release: Release, component: str, flavor: str = ""
) -> list[SupportedVersions]:
    """One row for each plugin of the component. `flavor`: a compatible product, empty for the original."""
    if component == GO:
        ranges = go_ranges(matrix, release)
        versions = tuple(entry.versions for entry in ranges if entry.verdict is Verdict.SUPPORTED)
        return [SupportedVersions(GO, "", (), versions, {}, False)]
    return [_row(matrix, release, component, plugin, flavor) for plugin in plugins_of(release, component, "")]


def _row(matrix: Matrix, release: Release, component: str, plugin: str, flavor: str) -> SupportedVersions:
    possible = roles_of(component)
    roles = tuple(role for role in possible if refusal(release, role, component) is None)
    edges = starts(matrix.support.bounds(release, component) | _bounds_of_advisories(matrix, component))
    supported = {
        role: [
            answer(matrix, release, Question(component, edge, (role,), plugin, flavor)) is Verdict.SUPPORTED
            for edge in edges
        ]
        for role in roles
    }
    everywhere = [bool(roles) and all(supported[role][at] for role in roles) for at in range(len(edges))]
    return SupportedVersions(
        component=flavor or component,
        plugin=plugin,
        roles=roles,
        in_all_roles=_specifiers(edges, everywhere),
        in_role={
            role: _specifiers(edges, answers) for role, answers in supported.items() if answers != everywhere
        },
        other_roles=len(roles) < len(possible),
    )


def _bounds_of_advisories(matrix: Matrix, component: str) -> set[str]:
    listed = [advisory.versions.get(component, ()) for advisory in matrix.advisories.all if advisory.broken]
    return {part.version.removesuffix(".*") for versions in listed for part in versions}


def _specifiers(edges: list[Version], supported: list[bool]) -> tuple[str, ...]:
    groups = [list(group) for _, group in groupby(zip(edges, supported, strict=True), key=lambda at: at[1])]
    ends = [group[0][0].number for group in groups[1:]]
    return tuple(
        specifier(group[0][0].number if index else None, ends[index] if index < len(ends) else None)
        for index, group in enumerate(groups)
        if group[0][1]
    )
