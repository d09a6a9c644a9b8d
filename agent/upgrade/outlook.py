"""The size of the upgrade to the next patch and the next minor, for people and for alerts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from agent.matrix import Matrix, Release
from agent.model.observation import Instant, Observation
from agent.upgrade.named_release import PlanError
from agent.upgrade.plan import Plan, StepKind
from agent.upgrade.plan_cluster import ClusterPlanner
from agent.upgrade.route import newest_patch, newest_unread_patch
from agent.upgrade.schema_tools import Toolbox
from agent.verdict import ClusterSpec


@dataclass(frozen=True)
class Outlook:
    """The upgrade to the newest release of a level (`patch`, `minor`): number of blockers and steps."""

    level: str
    release: str
    blockers: int
    schema_steps: int
    steps: int


def outlook(
    matrix: Matrix, subject: ClusterSpec, observations: tuple[Observation, ...], now: Instant
) -> tuple[Outlook, ...]:
    """The size of the plan for each level with a newer release; empty if the running release is unknown."""
    try:
        planner = ClusterPlanner(matrix, subject, observations, now, Toolbox())
    except PlanError:
        return ()
    return tuple(_outlook(level, planner.plan(target)) for level, target in _targets(matrix, planner))


def _targets(matrix: Matrix, planner: ClusterPlanner) -> Iterator[tuple[str, Release]]:
    start = planner.start
    patch = newest_patch(matrix, start.minor, planner.uses, planner.seen)
    if patch is None or patch.version.number <= start.version.number:
        patch = newest_unread_patch(matrix, start, planner.uses)
    if patch is not None:
        yield "patch", patch
    for minor in matrix.releases.newer_minors(start):
        following = newest_patch(matrix, minor, planner.uses, planner.seen)
        if following is not None:
            yield "minor", following
            return


def _outlook(level: str, plan: Plan) -> Outlook:
    schema_steps = sum(step.kind is StepKind.SCHEMA for step in plan.steps)
    return Outlook(level, plan.target, len(plan.blockers), schema_steps, len(plan.steps))
