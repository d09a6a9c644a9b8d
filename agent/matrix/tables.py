"""The matrix as tables: what each release supports, written as ranges of versions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import groupby

from packaging.version import Version as PackagingVersion

from agent.components.registry import FILLED_BY, JUDGED, SQL, original
from agent.matrix.advisories import StoreUse
from agent.matrix.matrix import Matrix
from agent.matrix.release import Release
from agent.matrix.roles import refusal
from agent.matrix.schema import plugins_for
from agent.matrix.support import Cell
from agent.model.versions import Version, parse
from agent.model.vocabulary import SEVERITY, Role, Verdict, worst

#: The toolchain is in the tables, and fills no role.
GO = "go"

#: Contains every version.
_ALL = ">=0"


@dataclass(frozen=True)
class Range:
    """Neighbouring versions with one answer. `source` is empty where none mentions them.

    `dissent`: sources that disagree.

    Without `role` or `plugin` it holds for every role that the component can fill, and for any plugin.
    """

    versions: str
    verdict: Verdict
    source: str
    dissent: tuple[str, ...] = ()
    role: Role | None = None
    plugin: str = ""


#: The ranges of a component in one role, by plugin; under an empty name where the plugin changes nothing.
_ByPlugin = Mapping[str, tuple[Range, ...]]


def components(matrix: Matrix, release: Release) -> dict[str, list[Range]]:
    """All answers of a release. For one component, role and plugin, each version is in exactly one range."""
    found = {component: ranges_of(matrix, release, component) for component in JUDGED}
    return {**found, GO: go_ranges(matrix, release)}


def roles_of(component: str) -> list[Role]:
    """The roles that a component can fill, in some release at least.

    Without secondary visibility: from 1.21 on its answers are those of visibility.
    """
    roles = [role for role in FILLED_BY if component in FILLED_BY[role]]
    return [role for role in roles if role is not Role.SECONDARY_VISIBILITY]


@dataclass(frozen=True)
class Question:
    """What `find` asks about each release. `roles`: those to use it in; `plugin`: empty for any."""

    component: str
    version: Version
    roles: tuple[Role, ...]
    plugin: str = ""
    flavor: str = ""


def answer(matrix: Matrix, release: Release, question: Question) -> Verdict:
    """The worst answer of the roles in which the release can use the component, each with its best plugin.

    A release that is broken with this component does not support it.
    """
    component, plugin = question.component, question.plugin
    usable = [role for role in question.roles if refusal(release, role, component) is None]
    if not usable or (plugin and release.was_read and plugin not in release.plugins):
        return Verdict.UNSUPPORTED
    use = StoreUse(component, plugin, question.flavor, (question.version.raw,))
    if matrix.advisories.concerning(release, tuple((role, use) for role in usable)).broken:
        return Verdict.UNSUPPORTED
    best = []
    for role in usable:
        cells = [
            matrix.support.cell(release, role, component, name, question.version, question.flavor)
            for name in plugins_of(release, component, plugin)
        ]
        best.append(min((cell.verdict for cell in cells), key=SEVERITY.index))
    return worst(best)


def find(matrix: Matrix, question: Question, verdict: Verdict) -> list[Release]:
    """The releases with this answer, oldest first."""
    return [release for release in matrix.releases.all if answer(matrix, release, question) is verdict]


@dataclass(frozen=True)
class Source:
    """A source: how many statements, and how many ranges of `components` come from it."""

    name: str
    statements: int
    cells: int


def sources(matrix: Matrix) -> list[Source]:
    """All sources, by name."""
    statements = Counter(statement.source for statement in matrix.support.statements)
    cells: Counter[str] = Counter()
    for release in matrix.releases.all:
        for ranges in components(matrix, release).values():
            cells.update(entry.source for entry in ranges if entry.source)
    return [Source(name, statements[name], cells[name]) for name in sorted({*statements, *cells})]


def ranges_of(matrix: Matrix, release: Release, component: str, flavor: str = "") -> list[Range]:
    """All answers about a component, or about a compatible product (`flavor`)."""
    roles = {role: _by_plugin(matrix, release, role, component, flavor) for role in roles_of(component)}
    alike = all(by_plugin == next(iter(roles.values())) for by_plugin in roles.values())
    return [
        replace(entry, role=None if alike else role, plugin=plugin)
        for role, by_plugin in (list(roles.items())[:1] if alike else roles.items())
        for plugin, ranges in by_plugin.items()
        for entry in ranges
    ]


def _by_plugin(matrix: Matrix, release: Release, role: Role, component: str, flavor: str) -> _ByPlugin:
    found = {
        plugin: _ranges(matrix, release, role, component, plugin, flavor)
        for plugin in plugins_of(release, component, "")
    }
    return {"": next(iter(found.values()))} if len(set(found.values())) == 1 else found


def plugins_of(release: Release, component: str, plugin: str) -> tuple[str, ...]:
    """The given plugin, or all of this release for the component; one empty name where it has none."""
    if component not in SQL:
        return ("",)
    return plugins_for(release, original(component), plugin) or ("",)


def _ranges(
    matrix: Matrix, release: Release, role: Role, component: str, plugin: str, flavor: str
) -> tuple[Range, ...]:
    cells = [
        (start, matrix.support.cell(release, role, component, plugin, start, flavor))
        for start in starts(matrix.support.bounds(release, component))
    ]
    groups = [list(group) for _, group in groupby(cells, key=lambda entry: _answer(entry[1]))]
    ends = [group[0][0].number for group in groups[1:]]
    found = []
    for index, group in enumerate(groups):
        start, cell = group[0]
        low = start.number if index else None
        versions = specifier(low, ends[index] if index < len(ends) else None)
        found.append(Range(versions, cell.verdict, cell.source, cell.dissent))
    return tuple(found)


def _answer(cell: Cell) -> tuple[Verdict, str, tuple[str, ...]]:
    return cell.verdict, cell.source, cell.dissent


def starts(bounds: set[str]) -> list[Version]:
    """Where an answer may begin: at each version or series that a source mentions, and right after it."""
    numbers = {PackagingVersion(bound) for bound in bounds}
    starts = {PackagingVersion("0"), *numbers, *(_after(number) for number in numbers)}
    return [parse(str(number)) for number in sorted(starts)]


def _after(number: PackagingVersion) -> PackagingVersion:
    """What follows a series: 9.7 after 9.6, 13 after 12."""
    *leading, last = number.release
    return PackagingVersion(".".join(str(part) for part in (*leading, last + 1)))


def specifier(low: PackagingVersion | None, high: PackagingVersion | None) -> str:
    """A PEP 440 specifier for versions from `low` up to, but without, `high`."""
    if low is None:
        return _ALL if high is None else f"<{high}"
    if high is None:
        return f">={low}"
    return f"=={low}.*" if _after(low) == high else f">={low},<{high}"


def go_ranges(matrix: Matrix, release: Release) -> list[Range]:
    """The Go versions that build a release: the oldest that it requires, and anything newer."""
    oldest = matrix.support.oldest_go(release)
    if oldest is None:
        return [Range(_ALL, Verdict.UNKNOWN, release.source)]
    version, source = oldest
    return [
        Range(f"<{version}", Verdict.UNSUPPORTED, source),
        Range(f">={version}", Verdict.SUPPORTED, source),
    ]
