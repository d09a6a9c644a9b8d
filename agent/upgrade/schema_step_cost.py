"""The text about schema steps that take long on big tables, and what they keep from being done meanwhile."""

from __future__ import annotations

from agent.matrix import Matrix, Release
from agent.model.versions import parse
from agent.model.vocabulary import Role
from agent.verdict.store.schema_version import read_schema_version


def weight(matrix: Matrix, release: Release, role: Role, component: str, there: str, needed: str) -> str:
    """What to know of the steps after `there` up to `needed`; empty where they are light.

    Where the schema is not known, every step up to `needed` counts.
    """
    start, end = read_schema_version(there) or parse("0"), parse(needed)
    costs: dict[str, list[str]] = {}
    for version, cost in matrix.schema_steps.passed(release, role, component, start, end):
        costs.setdefault(cost, []).append(version.raw)
    sentences = [f"{_listed(versions)} {cost}." for cost, versions in costs.items()]
    return " ".join([*sentences, *matrix.schema_steps.notes(role, component, start, end)])


def _listed(versions: list[str]) -> str:
    if len(versions) == 1:
        return f"Step {versions[0]}"
    return f"Each of the steps {', '.join(versions[:-1])} and {versions[-1]}"
