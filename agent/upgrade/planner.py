"""From the release that runs to another, hop by hop: what blocks each, and what to do in which order."""

from __future__ import annotations

from dataclasses import replace

from agent.components.registry import SEARCH, record
from agent.matrix import Matrix, Release, Uses
from agent.model.observation import Instant, Observation
from agent.model.reasons import REASONS
from agent.model.vocabulary import SCHEMA_ROLES
from agent.upgrade.config_changes import Change, client_of, while_on, with_deploy
from agent.upgrade.index_tools import takes_new_index
from agent.upgrade.notes import Side, notes
from agent.upgrade.plan import Hop, Plan, Step, StepKind
from agent.upgrade.release_judge import Gate
from agent.upgrade.rollback import way_back
from agent.upgrade.route import route
from agent.upgrade.schema_tools import Toolbox
from agent.upgrade.simulated_stores import State
from agent.upgrade.steps import is_behind, new_index, observe, schema_step, server_step
from agent.verdict import Subject


class Planner:
    """Plans for one cluster, as it was observed."""

    def __init__(
        self,
        matrix: Matrix,
        subject: Subject,
        observations: tuple[Observation, ...],
        now: Instant,
        tools: Toolbox,
    ) -> None:
        self._matrix = matrix
        self._tools = tools
        self._gate = Gate(matrix, subject, observations, now)
        self._beginning = State.of(subject.stores)
        self._hops: dict[tuple[str, str, str, State], tuple[Hop, State]] = {}

    @property
    def uses(self) -> Uses:
        """What fills each role at the beginning."""
        return self._gate.uses(self._beginning)

    def current(self, release: Release) -> State:
        """The stores as configured; a schema that is not known counts as what this release needs."""
        state = self._beginning
        for role in SCHEMA_ROLES:
            needed = self._gate.required(release, state, role) if state.spec(role) else None
            if needed is not None and not self._gate.schema(state, role):
                state = state.with_schema(role, needed.raw)
        return state

    def plan(self, start: Release, target: Release, state: State | None = None) -> Plan:
        """The way from one release to another; no hops where there is nothing to do.

        `state`: the stores at its beginning, where they are not as configured and observed.
        """
        state = state or self._beginning
        if target.version.number < start.version.number:
            return Plan(start.name, target.name, (way_back(self._matrix, self._gate, start, target, state),))
        stops = route(self._matrix, start, target, self._gate.uses(state))
        hops, previous = [], start
        for release, following in zip([start, *stops], [*stops, None], strict=True):
            hop, after = self._known_hop(previous, release, following, state)
            if release is not start or hop.steps or hop.blockers:
                hops.append(hop)
            state, previous = after, release
        return Plan(start.name, target.name, tuple(hops))

    def _known_hop(
        self, previous: Release, release: Release, following: Release | None, state: State
    ) -> tuple[Hop, State]:
        """Plans to several targets share most of their way."""
        key = previous.name, release.name, following.name if following else "", state
        if key not in self._hops:
            self._hops[key] = self._hop(previous, release, following, state)
        return self._hops[key]

    def _hop(
        self, previous: Release, release: Release, following: Release | None, state: State
    ) -> tuple[Hop, State]:
        arrives = release is not previous
        before = Side(previous, self._gate.uses(state))
        changes = with_deploy(self._matrix, state, release, before.uses) if arrives else []
        deployed = changes[-1].state if changes else state
        changes += while_on(self._matrix, deployed, release, following) if following else []
        changed = changes[-1].state if changes else state
        schema, after = self._schema_steps(release, changed, arrives=arrives)
        steps = [*schema, *(_configuration(change) for change in changes)]
        if after.reindexed and not changed.reindexed:
            steps.append(new_index(release))
        if arrives or changes:
            steps += [server_step(release, again=not arrives), observe(release)]
        # What is wrong with the release that runs is no matter of the plan, unless nothing leads on from it.
        changes_it = arrives or bool(steps)
        start = self._gate.judge(release, after).start
        unsure = start.message if start.would_start is None else ""
        hop = Hop(
            release=release.name,
            blockers=tuple(
                blocker
                for blocker in self._gate.blockers(release, after)
                if changes_it or REASONS[blocker.reason].lacks_schema
            ),
            steps=tuple(steps),
            notes=notes(self._matrix, before, Side(release, self._gate.uses(after)), unsure)
            if arrives
            else (),
            would_start=start.would_start,
            back_to=previous.name if not arrives or self._can_go_back(previous, after) else "",
        )
        return hop, after

    def _schema_steps(self, release: Release, state: State, *, arrives: bool) -> tuple[list[Step], State]:
        steps = []
        for role in SCHEMA_ROLES:
            spec = state.spec(role)
            if spec is None or not (spec.component in SEARCH or record(spec.component).schema_tool):
                continue
            needed = self._gate.required(release, state, role)
            there = self._gate.schema(state, role)
            if needed is None or not is_behind(there, needed):
                continue
            # On a schema that can't be read the release runs all the same.
            if not there and not arrives:
                continue
            if spec.component in SEARCH and takes_new_index(release, there):
                state = replace(state, reindexed=True)
            client = client_of(state, role, self._gate.uses(state)) if spec.component in SEARCH else ""
            steps.append(
                schema_step(self._matrix, self._tools, release, state, role, there, needed.raw, client)
            )
            state = state.with_schema(role, needed.raw)
        return steps, state

    def _can_go_back(self, previous: Release, state: State) -> bool:
        return self._gate.judge(previous, state).start.would_start is True


def _configuration(change: Change) -> Step:
    return Step(StepKind.CONFIGURATION, change.role, change.to, "", "", change.note, change.source)
