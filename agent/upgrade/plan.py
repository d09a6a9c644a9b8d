"""What a plan is made of: plain frozen data."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from agent.model.vocabulary import Check, Reason, Role


class StepKind(StrEnum):
    """What a step changes, or that it waits."""

    CONFIGURATION = "configuration"
    SCHEMA = "schema"
    SERVER = "server"
    OBSERVE = "observe"


@dataclass(frozen=True)
class Step:
    """One thing to do. `to` is what is reached by it: a schema version, a template, a release, a value.

    `tool` names the program and the release that it must be of; `command` is empty where there is none.
    """

    kind: StepKind
    role: Role | None
    to: str
    tool: str
    command: str
    note: str
    source: str = ""


@dataclass(frozen=True)
class Note:
    """What to know before a hop: a published warning that this hop is the first to run into."""

    text: str
    source: str


@dataclass(frozen=True)
class Blocker:
    """What stands in the way of a hop, and must be solved before it."""

    release: str
    role: Role
    check: Check
    reason: Reason
    message: str
    source: str

    @property
    def anywhere(self) -> Blocker:
        """The same whatever the hop: what says of the next release just what it says of this one."""
        return replace(self, release="", message=self.message.replace(self.release, ""), source="")


@dataclass(frozen=True)
class Hop:
    """The way to one release.

    `blockers` are all that stand in its way on the stores as they are, also what an earlier hop met.
    `would_start`: what the gate says once the steps before the server's are done. `back_to`: the release
    before it, where that still starts on what this hop leaves; the hop's own where the release does not
    change, so that there is nothing to roll back; empty where rollback is not known to be possible.
    """

    release: str
    blockers: tuple[Blocker, ...]
    steps: tuple[Step, ...]
    notes: tuple[Note, ...]
    would_start: bool | None = None
    back_to: str = ""


@dataclass(frozen=True)
class Plan:
    """The way from one release to another. `blockers` has each obstacle at the first hop that meets it."""

    start: str
    target: str
    hops: tuple[Hop, ...]

    @property
    def blockers(self) -> tuple[Blocker, ...]:
        first: dict[Blocker, Blocker] = {}
        for hop in self.hops:
            for blocker in hop.blockers:
                first.setdefault(blocker.anywhere, blocker)
        return tuple(first.values())

    @property
    def steps(self) -> tuple[Step, ...]:
        return tuple(step for hop in self.hops for step in hop.steps)
