"""judge: from the matrix and the observations of a cluster to verdicts. Pure; `now` is an argument."""

from __future__ import annotations

from agent.matrix import Matrix
from agent.model.observation import Instant, Observation
from agent.model.vocabulary import Role
from agent.verdict.advisories import Warnings
from agent.verdict.check import NOTHING, CheckInputs, Outcome
from agent.verdict.checks import SECTIONS
from agent.verdict.cluster import ServerFile, StoreSpec, Subject, View
from agent.verdict.lifecycle import ends_of_life
from agent.verdict.result import EndOfLife, Judgement, Result, SchemaState, ServerState, StartAnswer
from agent.verdict.server.running_versions import running, server_state
from agent.verdict.waiver import Waiver, WaiverState
from agent.verdict.waivers import Acceptance, cluster_verdict

__all__ = [
    "EndOfLife",
    "Judgement",
    "Result",
    "SchemaState",
    "ServerFile",
    "ServerState",
    "StartAnswer",
    "StoreSpec",
    "Subject",
    "Waiver",
    "WaiverState",
    "judge",
]


def judge(matrix: Matrix, subject: Subject, observations: tuple[Observation, ...], now: Instant) -> Judgement:
    """Judge one cluster as it was observed, at the moment `now`."""
    view = View(subject, observations, now)
    runs = running(matrix, view)
    warnings = Warnings(matrix, view, runs)
    outcomes = _outcomes(CheckInputs(matrix, view, runs, warnings))
    every = [outcome for _, outcome in outcomes]
    acceptance = Acceptance(subject.waivers, now)
    results = acceptance.mark([result for outcome in every for result in outcome.results])
    remarks = acceptance.mark([remark for outcome in every for remark in outcome.remarks])
    return Judgement(
        verdict=cluster_verdict(results),
        start=_would_start(outcomes),
        results=results,
        remarks=(*remarks, *acceptance.ended(results)),
        schemas=tuple(outcome.schema for outcome in every if outcome.schema is not None),
        server=server_state(matrix, runs),
        valid_until=min(view.valid_until, acceptance.valid_until),
        waivers=acceptance.states((*results, *remarks)),
        advisories=warnings.advisories(),
        ends_of_life=ends_of_life(matrix, view),
        fresh=frozenset(o.target for o in observations if view.fresh(o) is not None),
    )


def _outcomes(inputs: CheckInputs) -> list[tuple[Role, Outcome]]:
    """What every check of every role reports."""
    return [
        (role, outcome)
        for section in SECTIONS
        for role in section.roles
        for outcome in section.outcomes(inputs, role)
        if outcome is not NOTHING
    ]


def _would_start(outcomes: list[tuple[Role, Outcome]]) -> StartAnswer:
    """Any no is no; else any unknown is unknown; else yes. Answers of stores come first."""
    stores = [answer for role, outcome in outcomes if role is not Role.SERVER for answer in outcome.starts]
    server = [answer for role, outcome in outcomes if role is Role.SERVER for answer in outcome.starts]
    answers = [*stores, *server]
    for decisive in (False, None):
        for answer in answers:
            if answer.would_start is decisive:
                return answer
    return StartAnswer(True, "; ".join(dict.fromkeys(answer.message for answer in answers)))
