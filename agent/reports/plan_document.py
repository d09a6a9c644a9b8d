"""What is reported of a plan: JSON, text, Markdown, the script and the page are made from this alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from agent.model.vocabulary import Check, Reason, Role
from agent.reports.document import HIDDEN, Document, key
from agent.upgrade import Blocker, Hop, Plan, Step, StepKind

#: A variable of a command, and whether it has a default.
USED = re.compile(r"\$\{?([A-Z][A-Z0-9_]*)(:-)?")

STAGING = "Go the whole way on a staging cluster under load first, then on the live one, by the same steps."


class Rollback(StrEnum):
    """Whether a hop can be taken back."""

    POSSIBLE = "possible"
    NOT_KNOWN = "not known to be possible"
    NOTHING = "nothing to roll back"


@dataclass(frozen=True)
class BlockerDocument(Document):
    """What stands in the way of a hop."""

    release: str
    role: Role
    check: Check
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


@dataclass(frozen=True)
class HopDocument(Document):
    """The way to one release.

    `blockers` has all that stand in its way, `new_blockers` those that no earlier hop met. `blocked_since`:
    the first hop that met one of the others. `back_to`: the release to roll back to; null: rollback is not
    known to be possible; the hop's own release: it does not change, so there is nothing to roll back.
    """

    release: str
    blockers: tuple[BlockerDocument, ...]
    would_start: bool | None
    back_to: str | None
    notes: tuple[NoteDocument, ...]
    steps: tuple[StepDocument, ...]
    new_blockers: tuple[BlockerDocument, ...] = field(metadata=HIDDEN)
    blocked_since: str = field(metadata=HIDDEN)

    @property
    def standing(self) -> str:
        """Whether something new blocks it, or what blocks an earlier hop still does; empty: it is free."""
        if self.new_blockers:
            return "BLOCKED"
        return f"blocked by what blocks {self.blocked_since}" if self.blocked_since else ""

    @property
    def rollback(self) -> Rollback:
        if self.back_to is None:
            return Rollback.NOT_KNOWN
        return Rollback.NOTHING if self.back_to == self.release else Rollback.POSSIBLE

    @property
    def rollback_text(self) -> str:
        """The sentence on rollback that every format has."""
        kinds = {step.kind for step in self.steps}
        if self.rollback is Rollback.NOT_KNOWN:
            return "No way back from here to the release before is known."
        if self.rollback is Rollback.POSSIBLE:
            stays = ": it runs on the newer schema, which stays" if StepKind.SCHEMA in kinds else ""
            return f"The way back to {self.back_to} is open until the next hop{stays}."
        said = ["Nothing to roll back: the release stays the same."]
        if StepKind.CONFIGURATION in kinds:
            said.append("To undo this hop, restore the previous configuration.")
        if StepKind.SCHEMA in kinds:
            said.append("The newer schema stays.")
        return " ".join(said)


@dataclass(frozen=True)
class PlanDocument(Document):
    """The way from one release to another. `blockers` has each one once, at the first hop that meets it."""

    start: str = field(metadata=key("from"))
    target: str = field(metadata=key("to"))
    blockers: tuple[BlockerDocument, ...]
    hops: tuple[HopDocument, ...]

    @property
    def title(self) -> str:
        return f"Temporal {self.start} to {self.target}"

    @property
    def summary(self) -> str:
        """How long it is, and how many blockers it has."""
        if not self.hops:
            return "nothing is to be done"
        blocked = f", {len(self.blockers)} in the way" if self.blockers else ""
        return f"{_count(len(self.hops), 'hop')}, {_count(len(self.steps), 'step')}{blocked}"

    @property
    def steps(self) -> tuple[StepDocument, ...]:
        return tuple(step for hop in self.hops for step in hop.steps)

    @property
    def advice(self) -> tuple[str, ...]:
        """What to do before the first hop: where to try it, and who runs the schema commands."""
        return (STAGING, *self.logins) if self.hops else ()

    @property
    def logins(self) -> tuple[str, ...]:
        """Who runs the schema commands, where the configuration names only the agent's own user."""
        names = {name for step in self.steps for name, default in USED.findall(step.command or "") if default}
        if not names:
            return ()
        users = " and ".join(f"${name}" for name in sorted(names))
        return (
            f"Set {users} to the user who may change the schema; else the commands log in as the agent does,"
            " who should only read.",
        )


def plan_document(plan: Plan) -> PlanDocument:
    """The document of a plan."""
    return PlanDocument(
        start=plan.start,
        target=plan.target,
        blockers=tuple(map(_blocker, plan.blockers)),
        hops=tuple(_hops(plan)),
    )


def _hops(plan: Plan) -> Iterator[HopDocument]:
    met: dict[Blocker, str] = {}
    for hop in plan.hops:
        known = [met[blocker.anywhere] for blocker in hop.blockers if blocker.anywhere in met]
        new = [blocker for blocker in hop.blockers if blocker.anywhere not in met]
        yield _hop(hop, new, min(known, key=_number, default=""))
        met.update((blocker.anywhere, hop.release) for blocker in new)


def _hop(hop: Hop, new: list[Blocker], blocked_since: str) -> HopDocument:
    return HopDocument(
        release=hop.release,
        blockers=tuple(map(_blocker, hop.blockers)),
        would_start=hop.would_start,
        back_to=hop.back_to or None,
        notes=tuple(NoteDocument(text=note.text, source=note.source) for note in hop.notes),
        steps=tuple(map(_step, hop.steps)),
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


def _step(step: Step) -> StepDocument:
    return StepDocument(
        kind=step.kind,
        role=step.role,
        to=step.to,
        tool=step.tool or None,
        command=step.command or None,
        note=step.note,
        source=step.source or None,
    )


def _number(release: str) -> list[int]:
    return [int(part) for part in release.split(".")]


def _count(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"
