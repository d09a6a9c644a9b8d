"""The releases that an upgrade stops at.

The newest patch of the running minor, then the newest patch of each next minor (Temporal's documentation:
self-hosted-guide/upgrade-server). Releases that are retracted, or broken for these stores, are skipped. So
are those with a critical warning, where another patch of the minor has none.
"""

from __future__ import annotations

from functools import lru_cache

from agent.components.registry import SEARCH
from agent.matrix import NOTHING_SEEN, Application, Matrix, Release, Seen
from agent.matrix.advisories import Uses
from agent.matrix.index import index_need
from agent.matrix.schema import need
from agent.model.vocabulary import SCHEMA_ROLES, Level


def route(
    matrix: Matrix, start: Release, target: Release, uses: Uses, seen: Seen = NOTHING_SEEN
) -> list[Release]:
    """The stops after `start`, the target last; empty if the target is already running.

    A target that is broken, or has a critical warning, is kept: the plan reports the fault and does not
    choose another release.
    """
    if target.version.number <= start.version.number:
        return []
    stops = [
        newest
        for newest in newest_patches(matrix, uses, seen)
        if start.minor <= newest.minor < target.minor and newest.version.number > start.version.number
    ]
    return [*stops, target]


@lru_cache(maxsize=1024)
def newest_patches(matrix: Matrix, uses: Uses, seen: Seen = NOTHING_SEEN) -> tuple[Release, ...]:
    """The stop in every minor that has one."""
    patches = (newest_patch(matrix, minor, uses, seen) for minor in matrix.releases.minors)
    return tuple(release for release in patches if release is not None)


@lru_cache(maxsize=4096)
def newest_patch(
    matrix: Matrix, minor: tuple[int, ...], uses: Uses, seen: Seen = NOTHING_SEEN
) -> Release | None:
    """The newest patch of a minor that is safe with these stores; None if all patches are broken for them.

    Safe: it has no critical warning that applies or may apply. If no patch is safe, the newest one: no later
    patch mends what it has. A release that was not read counts where its neighbours settle its schemas.
    """
    usable = [
        release
        for release in matrix.releases.all
        if release.minor == minor
        and not matrix.advisories.concerning(release, uses).broken
        and (release.was_read or is_settled(matrix, release, uses))
    ]
    safe = [release for release in usable if not critical(matrix, release, uses, seen)]
    return next(reversed(safe or usable), None)


def newest_unread_patch(matrix: Matrix, release: Release, uses: Uses) -> Release | None:
    """The newest later patch of the same minor that is not broken, whether it was read or not."""
    newer = matrix.releases.newer_patches(release)
    usable = [each for each in newer if not matrix.advisories.concerning(each, uses).broken]
    return next(reversed(usable), None)


def critical(matrix: Matrix, release: Release, uses: Uses, seen: Seen) -> tuple[Application, ...]:
    """The critical warnings about a release that apply or may apply."""
    return tuple(
        each
        for each in matrix.advisories.applying(release, uses, seen)
        if each.advisory.level is Level.CRITICAL and each.applies is not False
    )


def is_settled(matrix: Matrix, release: Release, uses: Uses) -> bool:
    """Whether the releases before and after it need the same schema in every store, so that it does too."""
    match = matrix.releases.resolve_release(release.name)
    if not match.neighbours:
        return False
    for role, use in uses:
        if role not in SCHEMA_ROLES:
            continue
        wanted = (
            index_need(match) if use.component in SEARCH else need(match, use.component, use.plugin, role)
        )
        if wanted is not None and wanted.low != wanted.high:
            return False
    return True
