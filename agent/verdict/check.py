"""The types of a check: its inputs, its outcome, and its row in the table of checks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

from agent.matrix import Matrix
from agent.model.vocabulary import Check, Role
from agent.verdict.advisories import Warnings
from agent.verdict.cluster import ClusterView
from agent.verdict.result import Result, SchemaState, StartAnswer
from agent.verdict.server.running_versions import RunningVersions


@dataclass(frozen=True)
class CheckInputs:
    """Everything that the checks of one cluster read."""

    matrix: Matrix
    view: ClusterView
    running: RunningVersions
    warnings: Warnings


class Outcome(NamedTuple):
    """What a check reports. `starts`: whether the server would start, as far as this check knows."""

    results: tuple[Result, ...] = ()
    remarks: tuple[Result, ...] = ()
    starts: tuple[StartAnswer, ...] = ()
    schema: SchemaState | None = None


#: The outcome of a check that does not apply.
NOTHING = Outcome()


def one(result: Result | None) -> Outcome:
    """The outcome with this one result; NOTHING without one."""
    return Outcome((result,)) if result is not None else NOTHING


#: The argument of the checks of a section: one role, prepared once for all of them.
Subject = TypeVar("Subject")


@dataclass(frozen=True)
class CheckRow(Generic[Subject]):
    """One check: its name in results and remarks, and the function that judges it."""

    check: Check
    judge: Callable[[Subject], Outcome]


@dataclass(frozen=True)
class Section(Generic[Subject]):
    """The checks of some roles, in the order in which their results are reported.

    `prepare` returns the argument of the checks of one role, or an outcome instead of them.
    """

    roles: tuple[Role, ...]
    prepare: Callable[[CheckInputs, Role], Subject | Outcome]
    rows: tuple[CheckRow[Subject], ...]

    def judge(self, inputs: CheckInputs, role: Role, outcomes: list[Outcome]) -> None:
        """Append the outcomes of this role's checks. Checks that do not apply append nothing."""
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
