"""The text about schema steps that take long on big tables, and what they block in the meantime."""

from __future__ import annotations

from agent.matrix import Matrix, Release
from agent.model.versions import parse
from agent.model.vocabulary import Role
from agent.verdict.store.schema_version import read_schema_version


def schema_step_cost(
    matrix: Matrix, release: Release, role: Role, component: str, current: str, needed: str
) -> str:
    """What to know about the steps after `current` up to `needed`; empty if they are cheap.

    If the current version is unknown, every step up to `needed` counts.
    """
    start, end = read_schema_version(current) or parse("0"), parse(needed)
    costs: dict[str, list[str]] = {}
    for version, cost in matrix.schema_steps.passed(release, role, component, start, end):
        costs.setdefault(cost, []).append(version.raw)
    sentences = [f"{_listed(versions)} {cost}." for cost, versions in costs.items()]
    return " ".join([*sentences, *matrix.schema_steps.notes(release, role, component, start, end)])


def _listed(versions: list[str]) -> str:
    if len(versions) == 1:
        return f"Step {versions[0]}"
    return f"Each of the steps {', '.join(versions[:-1])} and {versions[-1]}"
