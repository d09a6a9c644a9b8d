"""A cluster's stores at one point of an upgrade: as observed, with the results of the steps so far."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from agent.matrix import Matrix
from agent.model.observation import Facts, Observation, SchemaRow
from agent.model.vocabulary import Role
from agent.verdict import StoreSpec


@dataclass(frozen=True)
class SimulatedStores:
    """The store of each role, and the schema versions that steps have reached; others are as observed.

    `moved`: for a role that got another role's store, the role under which that store is configured and
    observed. `reindexed`: the search store now uses a new index.
    """

    stores: tuple[tuple[Role, StoreSpec], ...]
    reached: tuple[tuple[Role, str], ...] = ()
    moved: tuple[tuple[Role, Role], ...] = ()
    reindexed: bool = False

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        # Plans to all releases need it a million times.
        return hash((self.stores, self.reached, self.moved, self.reindexed))

    @classmethod
    def of(cls, stores: Mapping[Role, StoreSpec]) -> SimulatedStores:
        return cls(tuple(sorted(stores.items())))

    def spec(self, role: Role) -> StoreSpec | None:
        return dict(self.stores).get(role)

    def origin(self, role: Role) -> Role:
        """The role under which the store of this role is configured and observed."""
        return dict(self.moved).get(role, role)

    def with_store(self, role: Role, spec: StoreSpec | None) -> SimulatedStores:
        """A copy with another store for a role, or none."""
        stores = {**dict(self.stores), role: spec}
        return replace(self, stores=tuple(sorted((r, s) for r, s in stores.items() if s is not None)))

    def with_schema(self, role: Role, version: str) -> SimulatedStores:
        """A copy after a step that upgraded the schema of a role to this version."""
        return replace(self, reached=tuple(sorted({**dict(self.reached), role: version}.items())))

    def with_move(self, source: Role, to: Role) -> SimulatedStores:
        """A copy in which the store of one role replaces that of another."""
        state = self.with_store(to, self.spec(source)).with_store(source, None)
        reached = {role: version for role, version in self.reached if role not in (source, to)}
        if source in dict(self.reached):
            reached[to] = dict(self.reached)[source]
        moved = {**dict(self.moved), to: self.origin(source)}
        return replace(state, reached=tuple(sorted(reached.items())), moved=tuple(sorted(moved.items())))

    def observed(self, matrix: Matrix, observations: tuple[Observation, ...]) -> tuple[Observation, ...]:
        """The observations as they would be now; a moved store is observed in its new role."""
        return tuple(
            _after(matrix, observation, dict(self.reached).get(observation.target.role))
            for observation in self.placed(observations)
        )

    def placed(self, observations: tuple[Observation, ...]) -> tuple[Observation, ...]:
        """The observations of the present stores, each with its present role."""
        return tuple(
            observation
            if origin is role
            else replace(observation, target=replace(observation.target, role=role))
            for role, _ in self.stores
            for origin in [self.origin(role)]
            for observation in observations
            if observation.target.role is origin
        )


def _after(matrix: Matrix, observation: Observation, version: str | None) -> Observation:
    facts = observation.facts
    if version is None or facts is None:
        return observation
    return replace(observation, facts=_with_version(matrix, facts, version))


def _with_version(matrix: Matrix, facts: Facts, version: str) -> Facts:
    if facts.index is None:
        # The schema's own steps create the extension if they have the permission.
        created = {"btree_gin": "installed"} if facts.settings.get("btree_gin") == "creatable" else {}
        # Its steps create tables, so which there are now says nothing of what there will be.
        settings = {**facts.settings, **created}
        return replace(facts, schema=SchemaRow(version), tables=None, settings=settings)
    template = matrix.index_templates.template(int(version))
    assert template is not None
    fields = {name: sorted(types)[0] for name, types in template.fields.items()}
    return replace(facts, index=replace(facts.index, fields=fields, problem=None, template=fields))
