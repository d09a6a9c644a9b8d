"""The verdict code, applied to a release on simulated stores, so that `plan` and `check` agree."""

from __future__ import annotations

from dataclasses import replace

from agent.components.registry import SEARCH, original, relative_or
from agent.matrix import Matrix, Release, ReleaseMatch
from agent.matrix.advisories import StoreUse, Uses
from agent.matrix.index import index_need
from agent.matrix.schema import need
from agent.model.observation import Instant, Observation
from agent.model.reasons import REASONS
from agent.model.roles import decides
from agent.model.versions import Version, parse
from agent.model.vocabulary import Check, Level, Reason, Role, Verdict
from agent.upgrade.plan import Blocker, Finding
from agent.upgrade.remedies import remedy
from agent.upgrade.simulated_stores import SimulatedStores
from agent.upgrade.time_zone import is_east_of_utc
from agent.verdict import ClusterSpec, Judgement, Result, Warned, judge
from agent.verdict.conditions import seen as seen_of
from agent.verdict.store.schema_version import read_schema_version
from agent.verdict.waivers import AdvisoryAcceptance


class ReleaseJudge:
    """Judges releases on one cluster's stores. Each combination is judged once."""

    def __init__(
        self, matrix: Matrix, subject: ClusterSpec, observations: tuple[Observation, ...], now: Instant
    ) -> None:
        self._matrix = matrix
        # A plan is for a cluster that runs, so its server has started on these stores and with its file.
        self._subject = replace(subject, is_complete=True, sees_replicas=False, answers=True)
        self._observations = tuple(o for o in observations if o.target.role is not Role.SERVER)
        self._now = now
        self.seen = seen_of(subject, observations)
        self._uses: dict[SimulatedStores, Uses] = {}
        self._blocked: dict[tuple[str, SimulatedStores], tuple[Blocker, ...]] = {}
        self._judged: dict[tuple[str, SimulatedStores], Judgement] = {}

    def judge(self, release: Release, state: SimulatedStores) -> Judgement:
        """The judgement if this release ran on these stores."""
        key = release.name, state
        if key not in self._judged:
            subject = replace(self._subject, stores=dict(state.stores), assumed=release.name)
            seen = state.observed(self._matrix, self._observations)
            self._judged[key] = judge(self._matrix, subject, seen, self._now)
        return self._judged[key]

    def advisories(self, release: Release, state: SimulatedStores) -> tuple[Warned, ...]:
        """The published warnings about this release on these stores, except mere information."""
        found = self._matrix.advisories.applying(release, self.uses(state), self.seen)
        warnings = [
            Warned(each.advisory, each.applies)
            for each in found
            if each.advisory.level is not Level.INFO and each.applies is not False
        ]
        return AdvisoryAcceptance(self._subject.advisory_waivers, self._now).mark(warnings)

    def blockers(self, release: Release, state: SimulatedStores) -> tuple[Blocker, ...]:
        """What is unsupported or prevents the start, and missing schemas, which no tool can upgrade."""
        key = release.name, state
        if key not in self._blocked:
            self._blocked[key] = tuple(self._blockers(release, state))
        return self._blocked[key]

    def findings(self, release: Release, state: SimulatedStores) -> tuple[Finding, ...]:
        """What is `untested` or `unknown`, apart from what blocks, and from what follows from another one."""
        blocked = {(blocker.role, blocker.reason) for blocker in self.blockers(release, state)}
        return tuple(
            Finding(
                release.name,
                result.role,
                result.check,
                result.verdict,
                result.reason,
                result.message,
                result.source,
            )
            for result in self.judge(release, state).results
            if result.verdict in (Verdict.UNTESTED, Verdict.UNKNOWN)
            and result.waiver is None
            and result.caused_by is None
            and decides(result.role, result.check)
            and (result.role, result.reason) not in blocked
        )

    def _blockers(self, release: Release, state: SimulatedStores) -> list[Blocker]:
        judgement = self.judge(release, state)
        missing = [*self._without_schema(state), *self._east_of_utc(release, state)]
        covered = {(result.role, result.reason) for result in missing}
        results = [*missing, *(r for r in judgement.results if (r.role, r.reason) not in covered)]
        blockers = [
            self._blocker(release, state, result)
            for result in results
            if result.verdict is Verdict.UNSUPPORTED
            and result.waiver is None
            and decides(result.role, result.check)
        ]
        if judgement.start.would_start is False and not blockers:
            message = judgement.start.message
            blockers.append(
                Blocker(release.name, Role.SERVER, Check.CONFIGURATION, Reason.WOULD_NOT_START, message, "")
            )
        return blockers

    def _without_schema(self, state: SimulatedStores) -> list[Result]:
        """Missing schemas: no simulated step creates them."""
        missing = []
        for observation in state.placed(self._observations):
            facts, role = observation.facts, observation.target.role
            row = (facts.index or facts.schema) if facts else None
            if row is not None and row.problem is not None and REASONS[row.problem.reason].lacks_schema:
                component, problem = observation.target.component, row.problem
                missing.append(
                    Result(role, Check.SCHEMA, component, Verdict.UNSUPPORTED, problem.reason, problem.text)
                )
        return missing

    def _east_of_utc(self, release: Release, state: SimulatedStores) -> list[Result]:
        """The stores whose time zone makes a step fail, from the schema version that they have now."""
        found = []
        for observation in state.placed(self._observations):
            facts, role = observation.facts, observation.target.role
            current = read_schema_version(facts.schema.version or "") if facts and facts.schema else None
            if facts is None or current is None or not is_east_of_utc(facts.settings):
                continue
            component, newest = original(observation.target.component), parse("9999")
            note = self._matrix.schema_steps.fails_east_of_utc(release, role, component, current, newest)
            if note:
                zone = facts.settings["time_zone"]
                message = f"the time_zone of the server is {zone[:60]}, which is east of UTC. {note}"
                found.append(
                    Result(
                        role,
                        Check.PREREQUISITES,
                        observation.target.component,
                        Verdict.UNSUPPORTED,
                        Reason.SCHEMA_BEHIND,
                        message,
                        release.source,
                    )
                )
        return found

    def _blocker(self, release: Release, state: SimulatedStores, result: Result) -> Blocker:
        advice = remedy(self._matrix, release, self.uses(state), result)
        message = f"{result.message.rstrip('.')}. {advice}" if advice else result.message
        return Blocker(release.name, result.role, result.check, result.reason, message, result.source)

    def uses(self, state: SimulatedStores) -> Uses:
        """The component in each role, in the form that published warnings are matched with."""
        if state not in self._uses:
            self._uses[state] = self._used(state)
        return self._uses[state]

    def _used(self, state: SimulatedStores) -> Uses:
        seen = {o.target.role: o.facts for o in self._seen(state) if o.facts is not None}
        return tuple(
            (
                role,
                StoreUse(
                    relative_or(spec.component, seen[role].component) if role in seen else spec.component,
                    spec.plugin,
                    seen[role].flavor if role in seen else "",
                    tuple(node.version for node in seen[role].nodes) if role in seen else (),
                ),
            )
            for role, spec in state.stores
        )

    def schema(self, state: SimulatedStores, role: Role) -> str:
        """The current schema version, or index template version, of a role's store; empty if unknown.

        It is unknown where no release has the recorded version: such a row leaves no step out.
        """
        reached = dict(state.reached)
        if role in reached:
            return reached[role]
        facts = next((o.facts for o in self._seen(state) if o.target.role is role and o.facts), None)
        if facts is None:
            return ""
        if facts.index is not None:
            template = self._matrix.index_templates.version(facts.index.fields or {})
            return str(template.low) if template else "0"
        recorded = (facts.schema.version or "") if facts.schema else ""
        return "" if self.impossible(state, role) else recorded

    def impossible(self, state: SimulatedStores, role: Role) -> str:
        """The version in the row of a role's store, if no release has it; else empty."""
        facts = next((o.facts for o in self._seen(state) if o.target.role is role and o.facts), None)
        if facts is None or facts.schema is None or role in dict(state.reached):
            return ""
        version = read_schema_version(facts.schema.version or "")
        component = dict(state.stores)[role].component
        is_real = version is None or self._matrix.schemas.exists(component, role, version)
        return "" if is_real or version is None else version.raw

    def required(self, release: Release, state: SimulatedStores, role: Role) -> Version | None:
        """The schema version that the release needs; None if it needs none, or the version is not certain.

        For a release whose requirements are not known: the lowest version that it can need.
        """
        spec = dict(state.stores)[role]
        match = self._match(release)
        if spec.component in SEARCH:
            wanted = index_need(match)
        else:
            wanted = need(match, spec.component, spec.plugin, role)
        if wanted is None:
            return None
        return wanted.exact if release.was_read else wanted.low

    def _match(self, release: Release) -> ReleaseMatch:
        return self._matrix.releases.resolve_release(release.name)

    def _seen(self, state: SimulatedStores) -> tuple[Observation, ...]:
        return state.placed(self._observations)
