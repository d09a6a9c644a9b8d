"""Planners for stores that are told, as the command line tells them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from agent.cli.inventory import read_component
from agent.components.registry import FILLED_BY, SQL
from agent.matrix import Matrix, Release
from agent.matrix.schema import plugins_for
from agent.model.observation import Facts, Instant, Node, Observation, SchemaRow, SearchIndex, Target
from agent.model.vocabulary import Role
from agent.upgrade import Planner, Toolbox
from agent.upgrade.release_judge import ReleaseJudge
from agent.upgrade.simulated_stores import SimulatedStores
from agent.verdict import ClusterSpec, StoreSpec
from tests.building import MATRIX

NOW = Instant(0.0, 0.0)


@dataclass(frozen=True)
class Stores:
    """What fills each role: `postgresql=13.4`, and the plugin where it has one."""

    parts: Mapping[Role, str]
    plugins: Mapping[Role, str]
    matrix: Matrix = MATRIX

    @property
    def specs(self) -> dict[Role, StoreSpec]:
        found = {role: read_component(text, fills(role)) for role, text in self.parts.items()}
        return {role: StoreSpec(part.component, self.plugins.get(role, "")) for role, part in found.items()}

    @property
    def subject(self) -> ClusterSpec:
        return ClusterSpec("given", "", "", self.specs, 1.0, sees_replicas=False, is_complete=True)

    @property
    def observations(self) -> tuple[Observation, ...]:
        return tuple(_observation(role, text) for role, text in self.parts.items())

    @property
    def planner(self) -> Planner:
        return Planner(self.matrix, self.subject, self.observations, NOW, Toolbox())

    @property
    def gate(self) -> ReleaseJudge:
        return ReleaseJudge(self.matrix, self.subject, self.observations, NOW)

    def at(self, release: Release) -> SimulatedStores:
        """The stores with the plugins and schemas that a release has that runs well on them."""
        state = SimulatedStores.of(self.specs)
        gate = self.gate
        for role, spec in self.specs.items():
            if spec.component in SQL and spec.plugin not in release.plugins:
                state = state.with_store(role, StoreSpec(spec.component, _suiting(release, spec)))
            needed = gate.required(release, state, role) if role in _SCHEMAS else None
            if needed is not None:
                state = state.with_schema(role, needed.raw)
        return state


_SCHEMAS = {Role.PERSISTENCE, Role.VISIBILITY, Role.SECONDARY_VISIBILITY, Role.SEARCH}


def fills(role: Role) -> frozenset[str]:
    """What can fill a role; a second visibility store is as the first."""
    return FILLED_BY.get(role, FILLED_BY[Role.VISIBILITY])


def _suiting(release: Release, spec: StoreSpec) -> str:
    return next(iter(reversed(plugins_for(release, spec.component, ""))), spec.plugin)


def _observation(role: Role, text: str) -> Observation:
    part = read_component(text, fills(role))
    is_search = part.component in {"elasticsearch", "opensearch"}
    facts = Facts(
        part.component,
        (Node(part.version),),
        flavor=part.flavor,
        schema=SchemaRow("0.0") if role in _SCHEMAS and not is_search else None,
        index=SearchIndex({}) if is_search else None,
        settings={"btree_gin": "installed", "transaction_isolation": "", "sql_mode": ""},
    )
    return Observation(Target(role, part.component, "given"), NOW, facts=facts, observed=NOW, attempts=1)


def same(text: str, plugin: str = "") -> Stores:
    """One kind for persistence and visibility."""
    roles = (Role.PERSISTENCE, Role.VISIBILITY)
    return Stores(dict.fromkeys(roles, text), dict.fromkeys(roles, plugin) if plugin else {})
