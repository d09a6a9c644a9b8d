"""From the running release to another, hop by hop: the blockers of each hop, and its steps in order."""

from __future__ import annotations

from dataclasses import replace

from agent.components.registry import SEARCH, record
from agent.matrix import Matrix, Release, Seen, Uses
from agent.model.observation import Instant, Observation
from agent.model.reasons import REASONS
from agent.model.vocabulary import SCHEMA_ROLES, Role
from agent.upgrade.backup import backup
from agent.upgrade.config_changes import ConfigChange, changes_before, changes_with_deploy, client_of
from agent.upgrade.index_tools import takes_new_index
from agent.upgrade.notes import HopEnd, notes
from agent.upgrade.plan import Hop, Plan, Step, StepKind, StoreChange
from agent.upgrade.release_judge import ReleaseJudge
from agent.upgrade.rollback import rollback_hop
from agent.upgrade.route import route
from agent.upgrade.schema_tools import Toolbox
from agent.upgrade.simulated_stores import SimulatedStores
from agent.upgrade.steps import is_behind, new_index, observe, observe_schema, schema_step, server_step
from agent.upgrade.tool_arguments import Access
from agent.verdict import ClusterSpec

#: What reads every replica of the server; other targets answer for one frontend.
_ALL_REPLICAS = frozenset({"metrics", "prometheus"})


class Planner:
    """Plans for one cluster from its observed state."""

    def __init__(
        self,
        matrix: Matrix,
        subject: ClusterSpec,
        observations: tuple[Observation, ...],
        now: Instant,
        tools: Toolbox,
    ) -> None:
        self._matrix = matrix
        self._tools = tools
        self._judge = ReleaseJudge(matrix, subject, observations, now)
        self._initial = SimulatedStores.of(subject.stores)
        self._replicas = _replicas(subject, observations)
        self._hops: dict[tuple[str, str, str, SimulatedStores], tuple[Hop, SimulatedStores]] = {}

    @property
    def uses(self) -> Uses:
        """The component in each role before the first hop."""
        return self._judge.uses(self._initial)

    @property
    def seen(self) -> Seen:
        """What is known about the cluster besides release and stores."""
        return self._judge.seen

    def current(self, release: Release) -> SimulatedStores:
        """The stores as configured; an unknown schema counts as the version that this release needs."""
        state = self._initial
        for role in SCHEMA_ROLES:
            needed = self._judge.required(release, state, role) if state.spec(role) else None
            is_unread = not self._judge.schema(state, role) and not self._judge.impossible(state, role)
            if needed is not None and is_unread:
                state = state.with_schema(role, needed.raw)
        return state

    def plan(self, start: Release, target: Release, state: SimulatedStores | None = None) -> Plan:
        """The plan from one release to another; without hops if there is nothing to do.

        `state`: the stores before the first hop, if they differ from the configured and observed ones.
        """
        state = state or self._initial
        if target.version.number < start.version.number:
            back = rollback_hop(self._matrix, self._judge, start, target, state)
            return Plan(start.name, target.name, (back,), self._changes(state, state), self._replicas)
        stops = route(self._matrix, start, target, self._judge.uses(state), self._judge.seen)
        hops, previous, initial = [], start, state
        for release, following in zip([start, *stops], [*stops, None], strict=True):
            hop, after = self._cached_hop(previous, release, following, state)
            if release is not start or hop.steps or hop.blockers:
                hops.append(hop)
            state, previous = after, release
        return Plan(start.name, target.name, tuple(hops), self._changes(initial, state), self._replicas)

    def _changes(self, before: SimulatedStores, after: SimulatedStores) -> tuple[StoreChange, ...]:
        changes = []
        for role in SCHEMA_ROLES:
            old, new = before.spec(role), after.spec(role)
            current = self._judge.schema(before, role) if old else ""
            target = self._judge.schema(after, role) if new else ""
            # Another component in the role is another store: the old one has no target, the new no past.
            stays = old is None or new is None or old.component == new.component
            if old is not None:
                kept = backup(role, old.component, self._tools.access.get(role, Access()))
                changes.append(StoreChange(role, old.component, current, target if stays else "", kept))
            if new is not None and (old is None or not stays):
                changes.append(StoreChange(role, new.component, "", target, ""))
        return tuple(changes)

    def _cached_hop(
        self, previous: Release, release: Release, following: Release | None, state: SimulatedStores
    ) -> tuple[Hop, SimulatedStores]:
        """Cached: plans to several targets share most of their hops."""
        key = previous.name, release.name, following.name if following else "", state
        if key not in self._hops:
            self._hops[key] = self._hop(previous, release, following, state)
        return self._hops[key]

    def _hop(
        self, previous: Release, release: Release, following: Release | None, state: SimulatedStores
    ) -> tuple[Hop, SimulatedStores]:
        arrives = release is not previous
        before = HopEnd(previous, self._judge.uses(state))
        changes = changes_with_deploy(self._matrix, state, release, before.uses) if arrives else []
        deployed = changes[-1].state if changes else state
        changes += changes_before(self._matrix, deployed, release, following) if following else []
        changed = changes[-1].state if changes else state
        schema, after = self._schema_steps(release, changed, arrives=arrives)
        deploys = arrives or bool(changes)
        pause = [observe_schema(previous)] if schema and deploys else []
        steps = [*schema, *pause, *(_configuration(change) for change in changes)]
        if after.reindexed and not changed.reindexed:
            steps.append(new_index(release))
        if deploys:
            steps += [server_step(release, again=not arrives), observe(release)]
        # The plan ignores faults of the running release, unless no upgrade is possible from it.
        changes_it = arrives or bool(steps)
        start = self._judge.judge(release, after).start
        unsure = start.message if start.would_start is None else ""
        hop = Hop(
            release=release.name,
            blockers=tuple(
                blocker
                for blocker in self._judge.blockers(release, after)
                if changes_it or REASONS[blocker.reason].lacks_schema
            ),
            steps=tuple(steps),
            notes=notes(self._matrix, before, HopEnd(release, self._judge.uses(after)), unsure)
            if arrives
            else (),
            findings=self._judge.findings(release, after) if changes_it else (),
            advisories=self._judge.advisories(release, after),
            would_start=start.would_start,
            back_to=previous.name if not arrives or self._can_go_back(previous, after) else "",
        )
        return hop, after

    def _schema_steps(
        self, release: Release, state: SimulatedStores, *, arrives: bool
    ) -> tuple[list[Step], SimulatedStores]:
        steps = []
        for role in SCHEMA_ROLES:
            spec = state.spec(role)
            if spec is None or not (spec.component in SEARCH or record(spec.component).schema_tool):
                continue
            needed = self._judge.required(release, state, role)
            current = self._judge.schema(state, role)
            wrong = self._judge.impossible(state, role)
            if needed is None or not is_behind(current, needed):
                continue
            # The release already runs, although its schema cannot be read.
            if not current and not arrives and not wrong:
                continue
            if spec.component in SEARCH and takes_new_index(release, current):
                state = replace(state, reindexed=True)
            client = client_of(state, role, self._judge.uses(state)) if spec.component in SEARCH else ""
            steps.append(
                schema_step(
                    self._matrix, self._tools, release, state, role, current, needed.raw, client, wrong
                )
            )
            state = state.with_schema(role, needed.raw)
        return steps, state

    def _can_go_back(self, previous: Release, state: SimulatedStores) -> bool:
        return self._judge.judge(previous, state).start.would_start is True


def _replicas(subject: ClusterSpec, observations: tuple[Observation, ...]) -> int:
    """How many replicas of the server the metrics show; 0 where only a frontend is read."""
    if not subject.sees_replicas:
        return 0
    return sum(
        len(observation.facts.nodes)
        for observation in observations
        if observation.target.role is Role.SERVER
        and observation.target.endpoint in _ALL_REPLICAS
        and observation.facts is not None
    )


def _configuration(change: ConfigChange) -> Step:
    return Step(StepKind.CONFIGURATION, change.role, change.to, "", "", change.note, change.source)
