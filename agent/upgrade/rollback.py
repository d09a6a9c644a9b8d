"""Rollback to an older release: one hop to a neighbouring minor, with unchanged schemas."""

from __future__ import annotations

from agent.matrix import Matrix, Release
from agent.model.versions import parse
from agent.model.vocabulary import Check, Reason, Role
from agent.upgrade.plan import Blocker, Hop, Note
from agent.upgrade.release_judge import ReleaseJudge
from agent.upgrade.simulated_stores import SimulatedStores
from agent.upgrade.steps import GUIDE, observe, server_step
from agent.verdict.server.running_versions import skips_minor

#: Older releases do not have the search attribute BuildIds, and their visibility fails.
_OLDEST_ROLLBACK_FROM_1_21 = parse("1.20.4")
_NOTES_1_21 = "https://github.com/temporalio/temporal/releases/tag/v1.21.0"
_VERSION_GO = "temporalio/temporal@v1.31.2: common/persistence/schema/version.go"

_SCHEMAS_STAY = (
    "The schemas stay as they are: no tool downgrades them, and a server starts on a newer schema."
)


def rollback_hop(
    matrix: Matrix, release_judge: ReleaseJudge, start: Release, target: Release, state: SimulatedStores
) -> Hop:
    """The plan's only hop. Schemas stay: an older release runs on newer ones, and no tool downgrades them."""
    return Hop(
        release=target.name,
        blockers=(*rollback_refusals(matrix, start, target), *release_judge.blockers(target, state)),
        steps=(server_step(target, again=False), observe(target)),
        notes=(Note(_SCHEMAS_STAY, _VERSION_GO),),
        findings=release_judge.findings(target, state),
        advisories=release_judge.advisories(target, state),
        would_start=release_judge.judge(target, state).start.would_start,
        back_to=start.name,
    )


def rollback_refusals(matrix: Matrix, start: Release, target: Release) -> tuple[Blocker, ...]:
    """Why no rollback leads from one release to another, whatever the stores are."""
    blockers = []
    if skips_minor(matrix, target.minor, start.minor):
        message = (
            f"the rollback from {start.name} to {target.name} skips a minor; only neighbouring minors are"
            " supported, so roll back one minor at a time"
        )
        blockers.append(_blocker(target, Reason.MINOR_SKIPPED, message, GUIDE))
    if start.minor == (1, 21) and target.version.number < _OLDEST_ROLLBACK_FROM_1_21.number:
        message = "roll back from 1.21 only to 1.20.4 or later: older releases do not have BuildIds"
        blockers.append(_blocker(target, Reason.RELEASE_BROKEN, message, _NOTES_1_21))
    return tuple(blockers)


def _blocker(release: Release, reason: Reason, message: str, source: str) -> Blocker:
    return Blocker(release.name, Role.SERVER, Check.VERSION, reason, message, source)
