"""The reports of the matrix. JSON and tables are made from these documents alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from agent.matrix import Advisory, Matrix, Release
from agent.matrix.series import series_of
from agent.matrix.supported_versions import SupportedVersions, supported_of, supported_versions
from agent.matrix.tables import GO, Question, Range, Source, components, go_ranges, ranges_of, roles_of
from agent.model.vocabulary import Role, Verdict
from agent.reports.document import COUNT, HIDDEN, Document, key
from agent.reports.trial_document import TrialDocument, trial_documents


@dataclass(frozen=True)
class ReleaseDocument(Document):
    """One release. `schema`: the required versions, by schema folder and store."""

    release: str
    published: date | None
    reported_version: str | None
    was_read: bool
    plugins: tuple[str, ...]
    schema_versions: dict[str, dict[str, str | None]] = field(metadata=key("schema"))
    index: int | None = field(metadata=COUNT)


@dataclass(frozen=True)
class MatrixDocument(Document):
    """All releases, oldest first. `matrix`: the digest of the matrix. `published`: the date of its data.

    `not_read`: the releases that are known to exist, without facts.
    """

    matrix: str
    published: date
    newest_release: str
    not_read: tuple[str, ...]
    releases: tuple[ReleaseDocument, ...]
    trials: tuple[TrialDocument, ...]


@dataclass(frozen=True)
class BrokenDocument(Document):
    """A published fault: do not use the release at all, or not with these stores."""

    id: str
    stores: dict[str, tuple[str, ...]]
    summary: str
    remedy: str
    source: str


@dataclass(frozen=True)
class RangeDocument(Document):
    """Neighbouring versions with one verdict. Without role or plugin it applies to all of them."""

    versions: str
    verdict: Verdict
    source: str
    role: Role | None
    plugin: str | None
    dissent: tuple[str, ...]


@dataclass(frozen=True)
class SupportedDocument(Document):
    """The supported versions of a component with one plugin, as specifiers.

    `roles`: those in which the release can use it. `in_all_roles`: the versions that each of them supports.
    `in_role`: the versions of each role that supports others as well. `other_roles`: the component has roles
    that this release lacks.
    """

    component: str
    plugin: str | None
    roles: tuple[Role, ...]
    in_all_roles: tuple[str, ...]
    in_role: dict[Role, tuple[str, ...]]
    other_roles: bool = field(metadata=HIDDEN)


@dataclass(frozen=True)
class ReleaseDetailDocument(ReleaseDocument):
    """Everything about one release. `newest_patch_of`: the minor that was requested, or null."""

    source: str
    broken: tuple[BrokenDocument, ...]
    components: dict[str, tuple[RangeDocument, ...]]
    newest_patch_of: str | None
    trials: tuple[TrialDocument, ...]
    supported: tuple[SupportedDocument, ...] = field(metadata=HIDDEN)


@dataclass(frozen=True)
class ReleaseSupportDocument(Document):
    """What one release supports of one component, a row for each plugin."""

    release: str
    newest_patch_of: str | None
    supported: tuple[SupportedDocument, ...]
    ranges: tuple[RangeDocument, ...]
    trials: tuple[TrialDocument, ...]


@dataclass(frozen=True)
class FindDocument(Document):
    """The releases with one verdict on a component version, oldest first. `known`: all releases."""

    component: str
    version: str
    roles: tuple[Role, ...]
    plugin: str | None
    verdict: Verdict
    releases: tuple[str, ...]
    trials: tuple[TrialDocument, ...]
    known: tuple[str, ...] = field(metadata=HIDDEN)


@dataclass(frozen=True)
class SourceDocument(Document):
    """One source, with the number of its statements and of the matrix cells that rely on it."""

    source: str
    statements: int
    cells: int


@dataclass(frozen=True)
class SourcesDocument(Document):
    """Every source, by name."""

    sources: tuple[SourceDocument, ...]


def list_document(matrix: Matrix) -> MatrixDocument:
    """All releases of a matrix."""
    releases = tuple(ReleaseDocument(**_release(release)) for release in matrix.releases.all)
    return MatrixDocument(
        matrix=matrix.digest,
        published=matrix.published,
        newest_release=matrix.releases.all[-1].name,
        not_read=tuple(release.release for release in releases if not release.was_read),
        releases=releases,
        trials=trial_documents(matrix.support.evidence.all),
    )


def show_document(
    matrix: Matrix, release: Release, newest_patch_of: str | None = None
) -> ReleaseDetailDocument:
    """Everything about one release. `newest_patch_of`: the minor that it was chosen for."""
    advisories = matrix.advisories.all
    return ReleaseDetailDocument(
        **_release(release),
        source=release.source,
        broken=tuple(_broken(each) for each in advisories if each.broken and each.holds(release)),
        components={
            component: tuple(map(_range, ranges)) for component, ranges in components(matrix, release).items()
        },
        newest_patch_of=newest_patch_of,
        trials=trial_documents(matrix.support.evidence.of(release)),
        supported=tuple(map(supported_document, supported_versions(matrix, release))),
    )


def support_document(
    matrix: Matrix, release: Release, component: str, flavor: str, newest_patch_of: str | None
) -> ReleaseSupportDocument:
    """What the release supports of one component, or of a compatible product (`flavor`)."""
    ranges = go_ranges(matrix, release) if component == GO else ranges_of(matrix, release, component, flavor)
    evidence = matrix.support.evidence
    trials = [each for each in evidence.on(component, flavor, roles_of(component)) if each.covers(release)]
    return ReleaseSupportDocument(
        release=release.name,
        newest_patch_of=newest_patch_of,
        supported=tuple(map(supported_document, supported_of(matrix, release, component, flavor))),
        ranges=tuple(map(_range, ranges)),
        trials=trial_documents(trials),
    )


def find_document(
    matrix: Matrix, question: Question, verdict: Verdict, releases: Sequence[Release]
) -> FindDocument:
    """`releases`: those with this verdict on the question, oldest first."""
    series = series_of(question.component, question.version)
    trials = matrix.support.evidence.on(
        question.component, question.flavor, question.roles, question.plugin, series
    )
    return FindDocument(
        component=question.flavor or question.component,
        version=question.version.raw,
        roles=tuple(question.roles),
        plugin=question.plugin or None,
        verdict=verdict,
        releases=tuple(release.name for release in releases),
        trials=trial_documents(trials),
        known=tuple(release.name for release in matrix.releases.all),
    )


def sources_document(sources: Sequence[Source]) -> SourcesDocument:
    """Every source, in the given order."""
    return SourcesDocument(
        sources=tuple(
            SourceDocument(source=each.name, statements=each.statements, cells=each.cells) for each in sources
        )
    )


def _release(release: Release) -> dict[str, Any]:
    return {
        "release": release.name,
        "published": release.published,
        "reported_version": release.reported if release.was_read else None,
        "was_read": release.was_read,
        "plugins": tuple(sorted(release.plugins)),
        "schema_versions": {folder: dict(needs) for folder, needs in release.schema.items()},
        "index": release.index,
    }


def _broken(advisory: Advisory) -> BrokenDocument:
    return BrokenDocument(
        id=advisory.id,
        stores={role: tuple(sorted(names)) for role, names in advisory.stores.items()},
        summary=advisory.summary,
        remedy=advisory.remedy,
        source=advisory.source,
    )


def _range(entry: Range) -> RangeDocument:
    return RangeDocument(
        versions=entry.versions,
        verdict=entry.verdict,
        source=entry.source,
        role=entry.role,
        plugin=entry.plugin or None,
        dissent=tuple(entry.dissent),
    )


def supported_document(row: SupportedVersions) -> SupportedDocument:
    """The document of one row."""
    return SupportedDocument(
        component=row.component,
        plugin=row.plugin or None,
        roles=row.roles,
        in_all_roles=row.in_all_roles,
        in_role=dict(row.in_role),
        other_roles=row.other_roles,
    )
