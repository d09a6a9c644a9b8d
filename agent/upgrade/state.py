"""A cluster's stores at one point of an upgrade: as observed, and as the steps so far have made them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from agent.matrix import Matrix
from agent.observation import Facts, Observation, SchemaRow
from agent.verdict import StoreSpec
from agent.vocabulary import Role


@dataclass(frozen=True)
class State:
    """What fills each role, and the schema versions that steps have reached; others are as observed."""

    stores: tuple[tuple[Role, StoreSpec], ...]
    reached: tuple[tuple[Role, str], ...] = ()

    @classmethod
    def of(cls, stores: Mapping[Role, StoreSpec]) -> State:
        return cls(tuple(sorted(stores.items())))

    def spec(self, role: Role) -> StoreSpec | None:
        return dict(self.stores).get(role)

    def with_store(self, role: Role, spec: StoreSpec | None) -> State:
        """The same with another store for a role, or none."""
        stores = {**dict(self.stores), role: spec}
        return replace(self, stores=tuple(sorted((r, s) for r, s in stores.items() if s is not None)))

    def with_schema(self, role: Role, version: str) -> State:
        """The same after a step that brought the schema of a role to this version."""
        return replace(self, reached=tuple(sorted({**dict(self.reached), role: version}.items())))

    def observed(self, matrix: Matrix, observations: tuple[Observation, ...]) -> tuple[Observation, ...]:
        """The observations as they would be now. What moved to another role is observed there."""
        reached = dict(self.reached)
        there = [o for o in observations if o.target.role in dict(self.stores)]
        return tuple(_after(matrix, o, reached.get(o.target.role)) for o in there)


def moved(observations: tuple[Observation, ...], source: Role, to: Role) -> tuple[Observation, ...]:
    """The observations after the store of one role has become that of another, in place of what was there."""
    others = [o for o in observations if o.target.role not in (source, to)]
    found = [replace(o, target=replace(o.target, role=to)) for o in observations if o.target.role is source]
    return (*others, *found)


def _after(matrix: Matrix, observation: Observation, version: str | None) -> Observation:
    facts = observation.facts
    if version is None or facts is None:
        return observation
    return replace(observation, facts=_with_version(matrix, facts, version))


def _with_version(matrix: Matrix, facts: Facts, version: str) -> Facts:
    if facts.index is None:
        return replace(facts, schema=SchemaRow(version))
    template = matrix.index_templates.template(int(version))
    assert template is not None
    fields = {name: sorted(types)[0] for name, types in template.fields.items()}
    return replace(facts, index=replace(facts.index, fields=fields, problem=None, template=fields))
