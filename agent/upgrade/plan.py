"""The data of a plan: plain and frozen."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from agent.model.vocabulary import Check, Level, Reason, Role, Verdict
from agent.verdict import Warned


class StepKind(StrEnum):
    """What a step changes; OBSERVE waits."""

    CONFIGURATION = "configuration"
    SCHEMA = "schema"
    SERVER = "server"
    OBSERVE = "observe"


@dataclass(frozen=True)
class Step:
    """One thing to do. `to` is its result: a schema version, a template version, a release or a value.

    `tool` is the program and its release; `command` is empty for a manual step. `blocks`: it locks or
    rewrites a table, or has a prerequisite, so a person should choose the moment.
    """

    kind: StepKind
    role: Role | None
    to: str
    tool: str
    command: str
    note: str
    source: str = ""
    blocks: bool = False


@dataclass(frozen=True)
class StoreChange:
    """A store before and after the plan. `current`, `target`: of its schema; empty: unknown, or no store.
    A role whose component changes has two: the old store without `target`, and the new one without `current`.
    `backup`: how to back it up first.
    """

    role: Role
    component: str
    current: str
    target: str
    backup: str


@dataclass(frozen=True)
class Note:
    """What to know before a hop: a published warning that first applies there."""

    text: str
    source: str


@dataclass(frozen=True)
class Blocker:
    """What must be solved before a hop."""

    release: str
    role: Role
    check: Check
    reason: Reason
    message: str
    source: str

    @property
    def anywhere(self) -> Blocker:
        """The blocker without its release, to compare blockers of different hops."""
        return replace(self, release="", message=self.message.replace(self.release, ""), source="")


@dataclass(frozen=True)
class Finding:
    """A check of a hop that is `untested` or `unknown`: it does not block, and nothing confirms it either."""

    release: str
    role: Role
    check: Check
    verdict: Verdict
    reason: Reason
    message: str
    source: str

    @property
    def anywhere(self) -> Finding:
        """The finding without its release, to compare findings of different hops."""
        return replace(self, release="", message=self.message.replace(self.release, ""), source="")


@dataclass(frozen=True)
class Hop:
    """One upgrade to the next release of the plan.

    `blockers` are all blockers on the stores as they are, including those of earlier hops, and `findings` all
    checks that are `untested` or `unknown`. `would_start`: whether the release starts after the steps before
    its deploy. `back_to`: the previous release, if it still starts after this hop; the hop's own release if
    the release does not change, so that there is nothing to roll back; empty if rollback is not known to be
    possible. `advisories`: the published warnings about the release, apart from mere information, that apply
    or may apply.
    """

    release: str
    blockers: tuple[Blocker, ...]
    steps: tuple[Step, ...]
    notes: tuple[Note, ...]
    would_start: bool | None = None
    back_to: str = ""
    findings: tuple[Finding, ...] = ()
    advisories: tuple[Warned, ...] = ()


@dataclass(frozen=True)
class Plan:
    """The hops from one release to another. Blockers and findings: each one at the first hop that has it.

    `replicas`: how many replicas of the server run; 0 where that is not known.
    """

    start: str
    target: str
    hops: tuple[Hop, ...]
    stores: tuple[StoreChange, ...] = ()
    replicas: int = 0

    @property
    def blockers(self) -> tuple[Blocker, ...]:
        first: dict[Blocker, Blocker] = {}
        for hop in self.hops:
            for blocker in hop.blockers:
                first.setdefault(blocker.anywhere, blocker)
        return tuple(first.values())

    @property
    def findings(self) -> tuple[Finding, ...]:
        first: dict[Finding, Finding] = {}
        for hop in self.hops:
            for finding in hop.findings:
                first.setdefault(finding.anywhere, finding)
        return tuple(first.values())

    @property
    def verdicts(self) -> frozenset[Verdict]:
        """What the hops are besides supported; also `unknown` where a start is not known."""
        found = {finding.verdict for finding in self.findings}
        found |= {Verdict.UNSUPPORTED} if self.blockers else set()
        is_unsure = any(hop.would_start is None for hop in self.hops)
        return frozenset(found | ({Verdict.UNKNOWN} if is_unsure else set()))

    @property
    def target_levels(self) -> frozenset[Level]:
        """The levels of the warnings about the target that nobody has accepted."""
        last = [hop for hop in self.hops if hop.release == self.target]
        return frozenset(each.advisory.level for hop in last for each in hop.advisories if each.counts)

    @property
    def steps(self) -> tuple[Step, ...]:
        return tuple(step for hop in self.hops for step in hop.steps)
