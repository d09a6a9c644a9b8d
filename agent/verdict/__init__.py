"""judge: from the matrix and the observations of a cluster to verdicts. Pure; `now` is an argument."""

from __future__ import annotations

from collections.abc import Mapping

from agent.matrix import Matrix
from agent.matrix.schema import CUSTOM
from agent.model.observation import Instant, Observation
from agent.model.vocabulary import FURTHER_STORE_ROLES, STORE_ROLES, Check, Reason, Role
from agent.verdict.advisories import Warnings
from agent.verdict.cluster import ServerFile, StoreSpec, Subject, View
from agent.verdict.dependencies import part_results, streaming_starts
from agent.verdict.lifecycle import ends_of_life
from agent.verdict.result import (
    EndOfLife,
    Judgement,
    Result,
    SchemaState,
    ServerState,
    StartAnswer,
    worst_start,
)
from agent.verdict.server.cluster_metadata import record_starts
from agent.verdict.server.configuration import configuration_result
from agent.verdict.server.go_toolchain import toolchain_result
from agent.verdict.server.running_versions import (
    Running,
    replicas_result,
    running,
    server_state,
    version_result,
)
from agent.verdict.server.vendor_advice import server_remarks
from agent.verdict.store.custom import CustomJudge
from agent.verdict.store.missing import missing_store
from agent.verdict.store.store import StoreJudge, StoreJudgement
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
    configuration, beside = configuration_result(matrix, view, runs)
    about_server = [
        version_result(view, runs, warnings.broken_results()),
        replicas_result(matrix, view, runs),
        toolchain_result(matrix, view, runs),
        configuration,
    ]
    stores = [_store(matrix, view, runs, role) for role in STORE_ROLES]
    further = {
        role: _judge_of(subject.stores[role])(matrix, view, runs, role, subject.stores[role]).judge()
        for role in FURTHER_STORE_ROLES
        if role in subject.stores
    }
    more = list(further.values())
    results = [result for result in about_server if result is not None]
    results += [result for store in (*stores, *more) for result in store.results]
    parts = part_results(matrix, view, runs)
    results += parts
    acceptance = Acceptance(subject.waivers, now)
    judged = acceptance.mark(results)
    said = [*server_remarks(view, runs), *beside]
    said += [remark for store in (*stores, *more) for remark in store.remarks]
    remarks = acceptance.mark(said)
    return Judgement(
        verdict=cluster_verdict(judged),
        start=_would_start(
            [
                *(store.start for store in stores),
                *_refusals(further),
                *_refused(parts),
                *streaming_starts(view, parts),
                *record_starts(view, runs),
                *_unreadable(runs),
            ]
        ),
        results=judged,
        remarks=(*remarks, *acceptance.ended(judged)),
        schemas=tuple(store.schema for store in (*stores, *more) if store.schema is not None),
        server=server_state(matrix, runs),
        valid_until=min(view.valid_until, acceptance.valid_until),
        waivers=acceptance.states((*judged, *remarks)),
        advisories=warnings.advisories(),
        ends_of_life=ends_of_life(matrix, view),
        fresh=frozenset(o.target for o in observations if view.fresh(o) is not None),
    )


def _store(matrix: Matrix, view: View, runs: Running, role: Role) -> StoreJudgement:
    spec = view.subject.stores.get(role)
    if spec is not None:
        return _judge_of(spec)(matrix, view, runs, role, spec).judge()
    return missing_store(view, runs, role)


def _judge_of(spec: StoreSpec) -> type[StoreJudge]:
    return CustomJudge if spec.component == CUSTOM else StoreJudge


def _refusals(stores: Mapping[Role, StoreJudgement]) -> list[StartAnswer]:
    """Further stores may only keep the server from starting; a search store that is not known does not."""
    return [
        store.start
        for role, store in stores.items()
        if store.start.would_start is False
        or (store.start.would_start is None and role is Role.SECONDARY_VISIBILITY)
    ]


def _refused(parts: list[Result]) -> list[StartAnswer]:
    """What a release does not start with, or may not, whatever its stores say."""
    return [
        StartAnswer(False if part.reason is Reason.PAIR_REFUSED else None, part.message)
        for part in parts
        if part.role in FURTHER_STORE_ROLES and part.check is Check.CONFIGURATION
    ]


def _unreadable(runs: Running) -> list[StartAnswer]:
    """Replicas whose version cannot be read: what they need is not known, whatever the others need."""
    return [StartAnswer(None, f"no version can be read in {raw[:60]!r}") for raw in runs.unreadable]


def _would_start(answers: list[StartAnswer]) -> StartAnswer:
    """The worst answer; where all are yes, what each says."""
    worst = worst_start(answers)
    if worst.would_start is not True:
        return worst
    return StartAnswer(True, "; ".join(dict.fromkeys(answer.message for answer in answers)))
