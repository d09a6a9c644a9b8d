"""The report of a plan. JSON, text, Markdown, the script and the page are made from this document alone."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from agent.model.vocabulary import SEVERITY, Check, Level, Reason, Role, Verdict
from agent.reports.advisory_document import AdvisoryDocument, advisory_document
from agent.reports.document import HIDDEN, Document, key
from agent.reports.plan_change_document import ChangeDocument, change_documents
from agent.upgrade import Blocker, Finding, Hop, Plan, Step, StepKind

#: A variable of a command, and whether it has a default.
USED = re.compile(r"\$\{?([A-Z][A-Z0-9_]*)(:-)?")

STAGING = "Run the whole plan on a staging cluster under load first, then the same steps on the live cluster."


class Rollback(StrEnum):
    """Whether a hop can be rolled back."""

    POSSIBLE = "possible"
    NOT_KNOWN = "not known to be possible"
    NOTHING = "nothing to roll back"


@dataclass(frozen=True)
class BlockerDocument(Document):
    """What must be solved before a hop."""

    release: str
    role: Role
    check: Check
    reason: Reason
    message: str
    source: str | None


@dataclass(frozen=True)
class FindingDocument(Document):
    """A check of a hop that is `untested` or `unknown`. It does not block the hop."""

    release: str
    role: Role
    check: Check
    verdict: Verdict
    reason: Reason
    message: str
    source: str | None


@dataclass(frozen=True)
class NoteDocument(Document):
    """What to know before a hop."""

    text: str
    source: str


@dataclass(frozen=True)
class StepDocument(Document):
    """One thing to do."""

    kind: StepKind
    role: Role | None
    to: str
    tool: str | None
    command: str | None
    note: str
    source: str | None
    blocks: bool = field(metadata=HIDDEN)


@dataclass(frozen=True)
class HopDocument(Document):
    """One upgrade to the next release of the plan.

    `blockers` has all blockers of the hop, `new_blockers` those that no earlier hop has. `blocked_since`: the
    first hop that has one of the others. `findings` has all findings of the hop, `new_findings` those that no
    earlier hop has. `advisories`: the published warnings about the release that apply or may apply;
    `new_advisories`: the critical ones that people must read here. `back_to`: the release to roll back to;
    null: rollback is not known to be possible; the hop's own release: it does not change, so there is nothing
    to roll back.
    """

    release: str
    blockers: tuple[BlockerDocument, ...]
    would_start: bool | None
    back_to: str | None
    notes: tuple[NoteDocument, ...]
    steps: tuple[StepDocument, ...]
    findings: tuple[FindingDocument, ...]
    advisories: tuple[AdvisoryDocument, ...]
    new_advisories: tuple[AdvisoryDocument, ...] = field(metadata=HIDDEN)
    new_findings: tuple[FindingDocument, ...] = field(metadata=HIDDEN)
    new_blockers: tuple[BlockerDocument, ...] = field(metadata=HIDDEN)
    blocked_since: str = field(metadata=HIDDEN)

    @property
    def block_status(self) -> str:
        """Whether a new blocker or a blocker of an earlier hop blocks this one; empty: nothing does."""
        if self.new_blockers:
            return "BLOCKED"
        return f"still blocked by the blockers of {self.blocked_since}" if self.blocked_since else ""

    @property
    def rollback(self) -> Rollback:
        if self.back_to is None:
            return Rollback.NOT_KNOWN
        return Rollback.NOTHING if self.back_to == self.release else Rollback.POSSIBLE

    @property
    def rollback_text(self) -> str:
        """The text on rollback, the same in every format."""
        kinds = {step.kind for step in self.steps}
        if self.rollback is Rollback.NOT_KNOWN:
            return "Rollback from here is not known to be possible."
        if self.rollback is Rollback.POSSIBLE:
            stays = f" The newer schema stays: {self.back_to} runs on it." if StepKind.SCHEMA in kinds else ""
            return f"You can roll back to {self.back_to} until the next hop.{stays}"
        sentences = ["Nothing to roll back: the release stays the same."]
        if StepKind.CONFIGURATION in kinds:
            sentences.append("To undo this hop, restore the previous configuration.")
        if StepKind.SCHEMA in kinds:
            sentences.append("The newer schema stays.")
        return " ".join(sentences)


@dataclass(frozen=True)
class PlanDocument(Document):
    """The plan from one release to another. Blockers and findings: each one at the first hop that has it."""

    start: str = field(metadata=key("from"))
    target: str = field(metadata=key("to"))
    blockers: tuple[BlockerDocument, ...]
    hops: tuple[HopDocument, ...]
    findings: tuple[FindingDocument, ...]
    changes: tuple[ChangeDocument, ...] = field(metadata=HIDDEN)

    @property
    def title(self) -> str:
        return f"Temporal {self.start} to {self.target}"

    @property
    def summary(self) -> str:
        """The number of hops, steps and blockers."""
        if not self.hops:
            return "nothing to do"
        counts = [_count(len(self.hops), "hop"), _count(len(self.steps), "step")]
        if self.blockers:
            counts.append(_count(len(self.blockers), "blocker"))
        found = Counter(finding.verdict for finding in self.findings)
        counts.extend(f"{found[verdict]} {verdict}" for verdict in SEVERITY if found[verdict])
        return ", ".join(counts)

    @property
    def steps(self) -> tuple[StepDocument, ...]:
        return tuple(step for hop in self.hops for step in hop.steps)

    @property
    def advice(self) -> tuple[str, ...]:
        """What to do before the first hop: where to try it, and who runs the schema commands."""
        return (STAGING, *self.logins) if self.hops else ()

    @property
    def logins(self) -> tuple[str, ...]:
        """Who runs the schema commands, if the configuration has only the agent's own user."""
        names = {name for step in self.steps for name, default in USED.findall(step.command or "") if default}
        if not names:
            return ()
        users = " and ".join(f"${name}" for name in sorted(names))
        return (
            f"Set {users} to a user who may change the schema. Otherwise the commands log in as the agent's"
            " user, which should only have read access.",
        )


def plan_document(plan: Plan) -> PlanDocument:
    """The document of a plan."""
    return PlanDocument(
        start=plan.start,
        target=plan.target,
        blockers=tuple(map(_blocker, plan.blockers)),
        hops=tuple(_hops(plan)),
        findings=tuple(map(_finding, plan.findings)),
        changes=change_documents(plan),
    )


def _hops(plan: Plan) -> Iterator[HopDocument]:
    first_hop: dict[Blocker, str] = {}
    reported: set[Finding] = set()
    warned: set[str] = set()
    for hop in plan.hops:
        known = [first_hop[blocker.anywhere] for blocker in hop.blockers if blocker.anywhere in first_hop]
        new = [blocker for blocker in hop.blockers if blocker.anywhere not in first_hop]
        found = [finding for finding in hop.findings if finding.anywhere not in reported]
        warnings = [each for each in _critical(hop) if hop.release == plan.target or each.id not in warned]
        yield _hop(hop, new, min(known, key=_number, default=""), found, warnings)
        warned.update(each.id for each in warnings)
        reported.update(finding.anywhere for finding in found)
        first_hop.update((blocker.anywhere, hop.release) for blocker in new)


def _critical(hop: Hop) -> list[AdvisoryDocument]:
    """The critical warnings about the hop's release that no note of the hop reports."""
    said = " ".join(note.text for note in hop.notes)
    return [
        advisory_document(each)
        for each in hop.advisories
        if each.advisory.level is Level.CRITICAL and each.advisory.summary not in said
    ]


def _hop(
    hop: Hop,
    new: list[Blocker],
    blocked_since: str,
    found: list[Finding],
    warnings: list[AdvisoryDocument],
) -> HopDocument:
    return HopDocument(
        release=hop.release,
        blockers=tuple(map(_blocker, hop.blockers)),
        would_start=hop.would_start,
        back_to=hop.back_to or None,
        notes=tuple(NoteDocument(text=note.text, source=note.source) for note in hop.notes),
        steps=tuple(map(_step, hop.steps)),
        findings=tuple(map(_finding, hop.findings)),
        new_findings=tuple(map(_finding, found)),
        advisories=tuple(map(advisory_document, hop.advisories)),
        new_advisories=tuple(warnings),
        new_blockers=tuple(map(_blocker, new)),
        blocked_since=blocked_since,
    )


def _blocker(blocker: Blocker) -> BlockerDocument:
    return BlockerDocument(
        release=blocker.release,
        role=blocker.role,
        check=blocker.check,
        reason=blocker.reason,
        message=blocker.message,
        source=blocker.source or None,
    )


def _finding(finding: Finding) -> FindingDocument:
    return FindingDocument(
        release=finding.release,
        role=finding.role,
        check=finding.check,
        verdict=finding.verdict,
        reason=finding.reason,
        message=finding.message,
        source=finding.source or None,
    )


def _step(step: Step) -> StepDocument:
    return StepDocument(
        kind=step.kind,
        role=step.role,
        to=step.to,
        tool=step.tool or None,
        command=step.command or None,
        note=step.note,
        source=step.source or None,
        blocks=step.blocks,
    )


def _number(release: str) -> list[int]:
    return [int(part) for part in release.split(".")]


def _count(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"
