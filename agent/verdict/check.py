"""How a check is written: what it reads, what it may answer, and its row in the table of checks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

from agent.matrix import Matrix
from agent.model.vocabulary import Check, Role
from agent.verdict.advisories import Warnings
from agent.verdict.cluster import View
from agent.verdict.result import Result, SchemaState, StartAnswer
from agent.verdict.server.running_versions import Running


@dataclass(frozen=True)
class CheckInputs:
    """Everything that the checks of one cluster read."""

    matrix: Matrix
    view: View
    running: Running
    warnings: Warnings


class Outcome(NamedTuple):
    """What a check reports. `starts`: whether the server would start, as far as this check can say."""

    results: tuple[Result, ...] = ()
    remarks: tuple[Result, ...] = ()
    starts: tuple[StartAnswer, ...] = ()
    schema: SchemaState | None = None


#: Of a check that does not apply.
NOTHING = Outcome()


def one(result: Result | None) -> Outcome:
    """A check that gives one result, or does not apply."""
    return Outcome((result,)) if result is not None else NOTHING


#: What the checks of a section are given: one role, prepared once for all of them.
Subject = TypeVar("Subject")


@dataclass(frozen=True)
class CheckRow(Generic[Subject]):
    """One check: the question that its results and remarks answer, and the function that answers it."""

    check: Check
    judge: Callable[[Subject], Outcome]


@dataclass(frozen=True)
class Section(Generic[Subject]):
    """The checks of some roles, in the order in which their results are reported.

    `prepare` gives what the checks of one role read, or the whole outcome where they do not apply.
    """

    roles: tuple[Role, ...]
    prepare: Callable[[CheckInputs, Role], Subject | Outcome]
    rows: tuple[CheckRow[Subject], ...]

    def judge(self, inputs: CheckInputs, role: Role, outcomes: list[Outcome]) -> None:
        """Append what the checks of this role report; checks that do not apply append nothing."""
        subject = self.prepare(inputs, role)
        if subject is NOTHING:
            return
        if isinstance(subject, Outcome):
            outcomes.append(subject)
            return
        for row in self.rows:
            outcome = row.judge(subject)
            if outcome is not NOTHING:
                outcomes.append(outcome)
