"""judge: from the matrix and the observations of a cluster to verdicts. Pure; `now` is an argument."""

from __future__ import annotations

from dataclasses import replace

from agent.matrix import Matrix
from agent.model.observation import Instant, Observation
from agent.verdict.advisories import Warnings
from agent.verdict.causes import with_causes
from agent.verdict.check import CheckInputs, Outcome
from agent.verdict.checks import SECTIONS
from agent.verdict.cluster import ClusterSpec, ClusterView, ServerFile, StoreSpec, UpgradePath
from agent.verdict.lifecycle import ends_of_life
from agent.verdict.result import (
    Cause,
    EndOfLife,
    Judgement,
    Result,
    SchemaState,
    ServerState,
    StartAnswer,
    Warned,
    worst_start,
)
from agent.verdict.server.running_versions import RunningVersions, detect_running_versions, server_state
from agent.verdict.waiver import AdvisoryWaiver, AdvisoryWaiverState, Waiver, WaiverState
from agent.verdict.waivers import Acceptance, AdvisoryAcceptance, cluster_verdict

__all__ = [
    "AdvisoryWaiver",
    "AdvisoryWaiverState",
    "Cause",
    "ClusterSpec",
    "ClusterView",
    "EndOfLife",
    "Judgement",
    "Result",
    "SchemaState",
    "ServerFile",
    "ServerState",
    "StartAnswer",
    "StoreSpec",
    "UpgradePath",
    "Waiver",
    "WaiverState",
    "Warned",
    "judge",
]


def judge(
    matrix: Matrix, subject: ClusterSpec, observations: tuple[Observation, ...], now: Instant
) -> Judgement:
    """Judge one cluster as it was observed, at the moment `now`."""
    view = ClusterView(subject, observations, now)
    runs = detect_running_versions(matrix, view)
    warnings = Warnings(matrix, view, runs)
    outcomes = _outcomes(CheckInputs(matrix, view, runs, warnings))
    acceptance = Acceptance(subject.waivers, now)
    results = with_causes(acceptance.mark([result for outcome in outcomes for result in outcome.results]))
    remarks = acceptance.mark([remark for outcome in outcomes for remark in outcome.remarks])
    advisory_acceptance = AdvisoryAcceptance(subject.advisory_waivers, now)
    advisories = advisory_acceptance.mark(warnings.advisories())
    return Judgement(
        verdict=cluster_verdict(results),
        start=_would_start([answer for outcome in outcomes for answer in outcome.starts], runs),
        results=results,
        remarks=(*remarks, *acceptance.ended(results), *advisory_acceptance.ended),
        schemas=tuple(outcome.schema for outcome in outcomes if outcome.schema is not None),
        server=server_state(matrix, runs),
        valid_until=min(view.valid_until, acceptance.valid_until, advisory_acceptance.valid_until),
        waivers=acceptance.states((*results, *remarks)),
        advisory_waivers=advisory_acceptance.states(advisories),
        advisories=advisories,
        ends_of_life=ends_of_life(matrix, view),
        fresh=view.fresh_targets,
    )


def _outcomes(inputs: CheckInputs) -> list[Outcome]:
    """What every check of every role reports."""
    outcomes: list[Outcome] = []
    for section in SECTIONS:
        for role in section.roles:
            section.judge(inputs, role, outcomes)
    return outcomes


def _would_start(answers: list[StartAnswer], runs: RunningVersions) -> StartAnswer:
    """The worst answer; where all are yes, what each says."""
    worst = worst_start(answers)
    if worst.would_start is True:
        worst = StartAnswer(True, "; ".join(dict.fromkeys(answer.message for answer in answers)))
    if not runs.image_release:
        return worst
    return replace(worst, message=f"release {runs.image_release}, by the image's tag: {worst.message}")
