"""The stores as they will be after the schema steps of a release."""

from __future__ import annotations

from agent.matrix import Matrix
from agent.model.observation import Instant, Observation
from agent.model.vocabulary import SCHEMA_ROLES, Role
from agent.upgrade.release_judge import ReleaseJudge
from agent.upgrade.simulated_stores import SimulatedStores
from agent.upgrade.steps import is_behind
from agent.verdict import ClusterSpec


def with_schemas_upgraded(
    matrix: Matrix, subject: ClusterSpec, observations: tuple[Observation, ...], now: Instant
) -> tuple[Observation, ...]:
    """The observations after the schema steps of the release that `subject` assumes.

    Only a schema that was read and is behind is upgraded: no schema step creates a missing version row.
    """
    (release,) = matrix.releases.resolve_release(subject.assumed).releases[:1]
    state, release_judge = (
        SimulatedStores.of(subject.stores),
        ReleaseJudge(matrix, subject, observations, now),
    )
    for role in SCHEMA_ROLES:
        needed = release_judge.required(release, state, role) if state.spec(role) else None
        current = release_judge.schema(state, role)
        if needed is not None and current and is_behind(current, needed):
            state = state.with_schema(role, needed.raw)
    servers = tuple(o for o in observations if o.target.role is Role.SERVER)
    return (*servers, *state.observed(matrix, tuple(o for o in observations if o not in servers)))
