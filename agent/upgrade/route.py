"""The releases that an upgrade stops at.

The newest patch of the running minor, then the newest patch of each next minor (Temporal's documentation:
self-hosted-guide/upgrade-server). Releases that are retracted, or broken for these stores, are skipped.
"""

from __future__ import annotations

from functools import lru_cache

from agent.matrix import Matrix, Release
from agent.matrix.advisories import Uses


def route(matrix: Matrix, start: Release, target: Release, uses: Uses) -> list[Release]:
    """The stops after `start`, the target last; empty if the target is already running.

    A broken target is kept: the plan reports the fault and does not choose another release.
    """
    if target.version.number <= start.version.number:
        return []
    stops = [
        newest
        for newest in newest_patches(matrix, uses)
        if start.minor <= newest.minor < target.minor and newest.version.number > start.version.number
    ]
    return [*stops, target]


@lru_cache(maxsize=1024)
def newest_patches(matrix: Matrix, uses: Uses) -> tuple[Release, ...]:
    """The newest usable patch of every minor that has one."""
    patches = (newest_patch(matrix, minor, uses) for minor in matrix.releases.minors)
    return tuple(release for release in patches if release is not None)


@lru_cache(maxsize=4096)
def newest_patch(matrix: Matrix, minor: tuple[int, ...], uses: Uses) -> Release | None:
    """The newest patch of a minor that works with these stores; None if all patches are broken for them."""
    patches = [release for release in matrix.releases.all if release.minor == minor and release.was_read]
    usable = [release for release in patches if not matrix.advisories.concerning(release, uses).broken]
    return usable[-1] if usable else None
