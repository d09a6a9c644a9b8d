"""What to know before a hop: published warnings that it is the first to run into, and what is not known."""

from __future__ import annotations

from collections.abc import Iterator

from agent.matrix import Advisory, Matrix, Release
from agent.matrix.advisories import Uses
from agent.upgrade.plan import Note
from agent.vocabulary import Level, Role

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


def notes(
    matrix: Matrix, previous: Release, release: Release, uses: Uses, unsure: str = ""
) -> tuple[Note, ...]:
    """`unsure`: why it is not known whether the release would start, where it is not."""
    return (
        *_unknowns(matrix, release, unsure),
        *(Note(_text(a), a.source) for a in _published(matrix, previous, release, uses)),
    )


def _published(matrix: Matrix, previous: Release, release: Release, uses: Uses) -> Iterator[Advisory]:
    """Those that hold for the release and not for the one before, and concern these stores, or may."""
    roles = {role for role, _ in uses}
    guidance, running = (a.concerning(release, uses).all for a in (matrix.guidance, matrix.advisories))
    for advisory in (*guidance, *running):
        if advisory.id in _KEPT or advisory.id.startswith("CVE-") or advisory.broken:
            continue
        if advisory.id in _OF_ROLE and _OF_ROLE[advisory.id] not in roles:
            continue
        if advisory.level is not Level.INFO and not advisory.holds(previous):
            yield advisory


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
