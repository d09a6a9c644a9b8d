"""End-of-life dates of the observed components. They are for planning and change no verdict."""

from __future__ import annotations

from datetime import date

from agent.matrix import Matrix
from agent.model.vocabulary import Role
from agent.verdict.cluster import ClusterView
from agent.verdict.result import EndOfLife


def ends_of_life(matrix: Matrix, view: ClusterView) -> tuple[EndOfLife, ...]:
    """For each component the earliest end of life of its nodes, where a date is known."""
    earliest: dict[tuple[Role, str], date] = {}
    for observation in view.observations:
        facts = observation.facts
        if facts is None or observation.target.role is Role.SERVER:
            continue
        key = observation.target.role, facts.component
        for node in facts.nodes:
            end = matrix.lifecycle.end_of_life(facts.component, facts.flavor, node.version)
            if end is not None:
                earliest[key] = min(end, earliest.get(key, end))
    return tuple(EndOfLife(role, component, end) for (role, component), end in earliest.items())
