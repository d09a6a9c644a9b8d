"""The judge, asked about a release on stores as a plan has made them: so plan and gate can't disagree."""

from __future__ import annotations

from dataclasses import replace

from agent.matrix import Match, Matrix, Release
from agent.matrix.advisories import StoreUse, Uses
from agent.matrix.index import index_need
from agent.matrix.roles import SEARCH
from agent.matrix.schema import need
from agent.observation import Instant, Observation
from agent.upgrade.plan import Blocker
from agent.upgrade.state import State, moved
from agent.verdict import Judgement, Subject, judge
from agent.versions import Version
from agent.vocabulary import OPTIONAL_CHECKS, OPTIONAL_ROLES, Check, Reason, Role, Verdict


class Gate:
    """Judges releases on one cluster's stores. Each combination is judged once."""

    def __init__(
        self, matrix: Matrix, subject: Subject, observations: tuple[Observation, ...], now: Instant
    ) -> None:
        self._matrix = matrix
        self._subject = replace(subject, is_complete=True, sees_replicas=False)
        self._observations = tuple(o for o in observations if o.target.role is not Role.SERVER)
        self._now = now
        self._judged: dict[tuple[str, State], Judgement] = {}

    def judge(self, release: Release, state: State) -> Judgement:
        """What would be said if this release ran on these stores."""
        key = release.name, state
        if key not in self._judged:
            subject = replace(self._subject, stores=dict(state.stores), assumed=release.name)
            seen = state.observed(self._matrix, self._seen(state))
            self._judged[key] = judge(self._matrix, subject, seen, self._now)
        return self._judged[key]

    def blockers(self, release: Release, state: State) -> tuple[Blocker, ...]:
        """What is unsupported or keeps the release from starting, besides schemas that are only behind."""
        judgement = self.judge(release, state)
        found = [
            Blocker(release.name, r.role, r.check, r.reason, r.message, r.source)
            for r in judgement.results
            if r.verdict is Verdict.UNSUPPORTED
            and r.reason is not Reason.SCHEMA_BEHIND
            and r.waiver is None
            and r.role not in OPTIONAL_ROLES
            and r.check not in OPTIONAL_CHECKS
        ]
        if judgement.start.would_start is False and not found and not _behind(judgement):
            message = judgement.start.message
            found.append(
                Blocker(release.name, Role.SERVER, Check.CONFIGURATION, Reason.WOULD_NOT_START, message, "")
            )
        return tuple(found)

    def uses(self, state: State) -> Uses:
        """What fills each role, as published warnings look at it."""
        seen = {o.target.role: o.facts for o in self._seen(state) if o.facts is not None}
        return tuple(
            (
                role,
                StoreUse(
                    spec.component,
                    spec.plugin,
                    seen[role].flavor if role in seen else "",
                    tuple(node.version for node in seen[role].nodes) if role in seen else (),
                ),
            )
            for role, spec in state.stores
        )

    def schema(self, state: State, role: Role) -> str:
        """The schema version, or index template, of a role's store now; empty where it is not known."""
        reached = dict(state.reached)
        if role in reached:
            return reached[role]
        facts = next((o.facts for o in self._seen(state) if o.target.role is role and o.facts), None)
        if facts is None:
            return ""
        if facts.index is not None:
            found = self._matrix.index_templates.version(facts.index.fields or {})
            return str(found.low) if found else "0"
        return (facts.schema.version or "") if facts.schema else ""

    def required(self, release: Release, state: State, role: Role) -> Version | None:
        """What the release needs of it for certain; nothing where it needs none, or it is not certain."""
        spec = dict(state.stores)[role]
        match = self._match(release)
        if spec.component in SEARCH:
            wanted = index_need(match)
        else:
            wanted = need(match, spec.component, spec.plugin, role)
        return wanted.exact if wanted else None

    def _match(self, release: Release) -> Match:
        return self._matrix.releases.assume(release.name)

    def _seen(self, state: State) -> tuple[Observation, ...]:
        moves = Role.SEARCH in self._subject.stores and state.spec(Role.SEARCH) is None
        return moved(self._observations, Role.SEARCH, Role.VISIBILITY) if moves else self._observations


def _behind(judgement: Judgement) -> bool:
    return any(result.reason is Reason.SCHEMA_BEHIND for result in judgement.results)
