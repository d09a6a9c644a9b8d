"""What to know before a hop: published warnings that first apply there, and what is unknown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from agent.matrix import Advisory, Matrix, Release
from agent.matrix.advisories import Uses
from agent.model.vocabulary import Level, Role
from agent.upgrade.plan import Note

#: Warnings that the plan itself follows, or reports at the step that they concern.
_COVERED_BY_PLAN = frozenset(
    {
        "path-sequential",
        "path-1.26-start",
        "downgrade-1.21-to-1.20",
        "pg-visibility-steps-emptied",
        "breaking-1.9-tls-tools",
        "es-default-v7-1.12",
        "es-new-index-1.11",
        "es-template-behind",
        "advancedVisibilityStore-removed-1.25",
        "sql-plugins-removed-1.24",
    }
)

#: Warnings that only concern clusters with this role.
_OF_ROLE = {
    "kafka-removed-1.8": Role.EVENT_STREAMING,
    "secondary-visibility-mixed-types": Role.SECONDARY_VISIBILITY,
}


@dataclass(frozen=True)
class HopEnd:
    """One end of a hop: the release, and the component in each role at that point."""

    release: Release
    uses: Uses


def notes(matrix: Matrix, before: HopEnd, after: HopEnd, unsure: str = "") -> tuple[Note, ...]:
    """`unsure`: why it is unknown whether the release would start; empty if it is known."""
    return (
        *_unknowns(matrix, after.release, unsure),
        *(Note(_text(matrix, advisory), advisory.source) for advisory in _published(matrix, before, after)),
    )


def _published(matrix: Matrix, before: HopEnd, after: HopEnd) -> Iterator[Advisory]:
    """The warnings that may concern the new release with its stores, but not the previous one."""
    known = set(_concerning(matrix, before))
    roles = {role for role, _ in after.uses}
    for advisory in _concerning(matrix, after):
        if advisory in known or advisory.id in _COVERED_BY_PLAN or advisory.id.startswith("CVE-"):
            continue
        if advisory.broken or advisory.level is Level.INFO:
            continue
        if advisory.id not in _OF_ROLE or _OF_ROLE[advisory.id] in roles:
            yield advisory


def _concerning(matrix: Matrix, end: HopEnd) -> tuple[Advisory, ...]:
    guidance, running = matrix.guidance, matrix.advisories
    return (
        *guidance.concerning(end.release, end.uses).all,
        *running.concerning(end.release, end.uses).all,
    )


def _unknowns(matrix: Matrix, release: Release, unsure: str) -> Iterator[Note]:
    if not release.was_read:
        text = (
            f"The matrix knows that {release.name} exists, but not what it requires. The steps are those on"
            " which the releases before and after it agree. Read its release notes first."
        )
        yield Note(text, release.source)
    if unsure:
        yield Note(f"It is unknown whether {release.name} would start: {unsure}.", "")
    newer = [patch for patch in matrix.releases.newer_patches(release) if not patch.was_read]
    if newer:
        names = " and ".join(patch.name for patch in newer)
        text = f"Newer patches exist, but the matrix does not know what they require: {names}."
        yield Note(text, newer[0].source)


def _text(matrix: Matrix, advisory: Advisory) -> str:
    only_if = f" Only if: {advisory.condition}." if advisory.condition else ""
    # Guidance ends with a release too, but no release "fixes" it.
    has_fix = advisory.fixed_in and advisory in matrix.advisories.all
    fixed = f" Fixed in {', '.join(advisory.fixed_in)}." if has_fix else ""
    return f"{advisory.summary}{only_if} {advisory.remedy}{fixed}"
