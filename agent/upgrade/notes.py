"""What was published about a hop: the warnings that its release is the first on the way to run into."""

from __future__ import annotations

from agent.matrix import Advisory, Matrix, Release
from agent.matrix.advisories import Uses
from agent.upgrade.plan import Note
from agent.vocabulary import Level


def notes(matrix: Matrix, previous: Release, release: Release, uses: Uses) -> tuple[Note, ...]:
    """Those that hold for the release and not for the one before, and concern these stores, or may."""
    found = [*matrix.guidance.all, *(a for a in matrix.advisories.all if not a.id.startswith("CVE-"))]
    return tuple(
        Note(_text(advisory), advisory.source)
        for advisory in found
        if advisory.holds(release)
        and not advisory.holds(previous)
        and not advisory.broken
        and advisory.level is not Level.INFO
        and advisory.concerns(release, uses) is not False
    )


def _text(advisory: Advisory) -> str:
    only_if = f" If: {advisory.condition}." if advisory.condition else ""
    return f"{advisory.summary}{only_if} {advisory.remedy}"
