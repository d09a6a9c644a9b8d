"""What to know before a hop: published warnings that it is the first to run into, and what is not known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from agent.matrix import Advisory, Matrix, Release
from agent.matrix.advisories import Uses
from agent.model.vocabulary import Level, Role
from agent.upgrade.plan import Note

#: What a plan keeps to by itself, or says at the step that it concerns.
_KEPT = frozenset(
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

#: What concerns none but those who have this role.
_OF_ROLE = {
    "kafka-removed-1.8": Role.EVENT_STREAMING,
    "secondary-visibility-mixed-types": Role.SECONDARY_VISIBILITY,
}


@dataclass(frozen=True)
class HopEnd:
    """One end of a hop: the release, and what fills each role then."""

    release: Release
    uses: Uses


def notes(matrix: Matrix, before: HopEnd, after: HopEnd, unsure: str = "") -> tuple[Note, ...]:
    """`unsure`: why it is not known whether the release would start, where it is not."""
    return (
        *_unknowns(matrix, after.release, unsure),
        *(Note(_text(advisory), advisory.source) for advisory in _published(matrix, before, after)),
    )


def _published(matrix: Matrix, before: HopEnd, after: HopEnd) -> Iterator[Advisory]:
    """Those that concern the release with these stores, or may, and not the one before with its own."""
    known = set(_concerning(matrix, before))
    roles = {role for role, _ in after.uses}
    for advisory in _concerning(matrix, after):
        if advisory in known or advisory.id in _KEPT or advisory.id.startswith("CVE-"):
            continue
        if advisory.broken or advisory.level is Level.INFO:
            continue
        if advisory.id not in _OF_ROLE or _OF_ROLE[advisory.id] in roles:
            yield advisory


def _concerning(matrix: Matrix, side: HopEnd) -> tuple[Advisory, ...]:
    guidance, running = matrix.guidance, matrix.advisories
    return (
        *guidance.concerning(side.release, side.uses).all,
        *running.concerning(side.release, side.uses).all,
    )


def _unknowns(matrix: Matrix, release: Release, unsure: str) -> Iterator[Note]:
    if not release.was_read:
        text = (
            f"{release.name} is only known to exist; what it needs was not read. The steps are those that the"
            " releases on both sides of it agree on: read its release notes before."
        )
        yield Note(text, release.source)
    if unsure:
        yield Note(f"Whether {release.name} would start is not known: {unsure}.", "")
    newer = [patch for patch in matrix.releases.newer_patches(release) if not patch.was_read]
    if newer:
        names = " and ".join(patch.name for patch in newer)
        text = f"The matrix has not read all of this minor: there is {names}, too."
        yield Note(text, newer[0].source)


def _text(advisory: Advisory) -> str:
    only_if = f" Only where this holds: {advisory.condition}." if advisory.condition else ""
    return f"{advisory.summary}{only_if} {advisory.remedy}"
