"""Laws over every combination of what a server and two stores can say, or fail to say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product

import pytest

from agent.model.observation import Observation
from agent.model.vocabulary import Check, Reason, Role, Verdict
from agent.verdict import ClusterSpec, Judgement, Result, StoreSpec, judge
from tests.building import (
    MATRIX,
    MAX_AGE,
    NOW,
    TIMEOUT,
    Plugins,
    judged,
    later,
    missing,
    observation,
    replica,
    subject,
)

OLD = later(-MAX_AGE)
SEVERITY = ["supported", "untested", "unknown", "unsupported"]


def refuses_to_start(result: Result) -> bool:
    """Whether the server refuses to start on what this answer is about."""
    if result.reason is Reason.SCHEMA_UNREADABLE:
        return True
    return result.verdict is Verdict.UNSUPPORTED and result.check in (Check.SCHEMA, Check.PLUGIN)


def reported(plugin: str) -> Plugins:
    return {Role.PERSISTENCE: (plugin,), Role.VISIBILITY: (plugin,)}


def servers() -> list[tuple[Observation, ...]]:
    """What a server can answer; the first two are silence."""
    role = Role.SERVER
    return [
        (observation(role),),
        (observation(role, failure=TIMEOUT),),
        (observation(role, "1.31.2", plugins=reported("postgres12")),),
        (observation(role, "1.31.2"),),
        (observation(role, "1.31.2", at=OLD, failure=TIMEOUT),),
        (observation(role, "1.31.2", plugins=reported("elasticsearch")),),
        (observation(role, "1.24.2", plugins=reported("postgres")),),
        (observation(role, "1.23.1"),),
        (observation(role, "1.10.0"),),
        (observation(role, "1.24.0"),),
        (observation(role, "1.30.7"),),
        (observation(role, "1.99.0"),),
        (observation(role, "latest"),),
        (observation(role, "1.31.2"), replica("1.30.6")),
        (observation(role, "1.31.2"), replica("1.28.4", "latest")),
        (observation(role, "1.31.2"), replica("1.31.2", at=OLD)),
    ]


#: What 1.31.2 needs.
CURRENT = {Role.PERSISTENCE: "1.19", Role.VISIBILITY: "1.14"}


def stores(role: Role) -> list[Observation]:
    """What a store can answer; the first two are silence."""
    return [
        observation(role),
        observation(role, failure=TIMEOUT),
        observation(role, "15.4", schema=CURRENT[role]),
        observation(role, "15.4", schema="1.3"),
        observation(role, "15.4", schema="1.14", at=OLD),
        observation(role, "12.1", schema="1.1", at=later(-60)),
        observation(role, "17.2", schema="1.5", flavor="aurora"),
        observation(role, "unknown", schema="latest"),
        observation(role, "15.4", schema=missing(Reason.SCHEMA_ROW_MISSING)),
        observation(role, "13.5", schema=missing(Reason.PERMISSION_DENIED)),
    ]


@dataclass(frozen=True)
class Case:
    on: ClusterSpec
    server: tuple[Observation, ...]
    persistence: Observation
    visibility: Observation
    judgement: Judgement

    @property
    def observations(self) -> tuple[Observation, ...]:
        return (*self.server, self.persistence, self.visibility)

    def verdicts(self, role: Role, kind: Check | None = None) -> list[Verdict]:
        return [
            result.verdict
            for result in self.judgement.results
            if result.role is role and kind in (None, result.check)
        ]


def _cases() -> Iterator[Case]:
    named, unnamed = StoreSpec("postgresql", "postgres12"), StoreSpec("postgresql")
    configured = [subject(named, named), subject(named, unnamed, sees_replicas=True), subject(named, None)]
    for on, server, persistence, visibility in product(
        configured, servers(), stores(Role.PERSISTENCE), stores(Role.VISIBILITY)
    ):
        judgement = judge(MATRIX, on, (*server, persistence, visibility), NOW)
        yield Case(on, server, persistence, visibility, judgement)


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    return list(_cases())


def test_the_worst_check_decides_for_the_cluster(cases: list[Case]) -> None:
    for case in cases:
        verdicts = [str(result.verdict) for result in case.judgement.results]
        assert str(case.judgement.verdict) == max(verdicts, key=SEVERITY.index)
    assert {case.judgement.verdict for case in cases} == set(Verdict)


def test_no_check_is_answered_twice(cases: list[Case]) -> None:
    for case in cases:
        keys = [(result.role, result.check) for result in case.judgement.results]
        assert len(keys) == len(set(keys))


def test_every_green_or_red_verdict_of_the_matrix_carries_its_source(cases: list[Case]) -> None:
    for case in cases:
        for result in case.judgement.results:
            assert result.message
            if result.verdict is Verdict.SUPPORTED:
                assert result.source, result
            if result.reason in (Reason.BELOW_MINIMUM, Reason.SCHEMA_BEHIND, Reason.PLUGIN_NOT_IN_RELEASE):
                assert result.source, result


def test_findings_are_what_is_not_plainly_supported_and_every_remark(cases: list[Case]) -> None:
    for case in cases:
        findings = case.judgement.findings
        for result in case.judgement.results:
            if result.verdict is not Verdict.SUPPORTED:
                assert result in findings
        assert set(case.judgement.remarks) <= set(findings)
        assert all(remark.reason is Reason.PLUGIN_MISMATCH for remark in case.judgement.remarks)
        plain = {Reason.RELEASE_KNOWN, Reason.SCHEMA_CURRENT, Reason.PLUGIN_AVAILABLE, Reason.CONFIGURED}
        assert not any(
            finding.verdict is Verdict.SUPPORTED and finding.reason in plain for finding in findings
        )


def test_a_store_that_never_answered_is_not_green_because_of_another(cases: list[Case]) -> None:
    seen = 0
    for case in cases:
        for store in (case.persistence, case.visibility):
            role = store.target.role
            if store.facts is None and role in case.on.stores:
                seen += 1
                for kind in (Check.VERSION, Check.SCHEMA):
                    assert set(case.verdicts(role, kind)) == {Verdict.UNKNOWN}
                assert case.judgement.verdict in (Verdict.UNKNOWN, Verdict.UNSUPPORTED)
                assert case.judgement.start.would_start is not True
    assert seen > 1000


def test_a_server_that_never_answered_is_made_known_by_no_store(cases: list[Case]) -> None:
    silent = [case for case in cases if all(seen.facts is None for seen in case.server)]
    assert len(silent) == 600
    for case in silent:
        assert set(case.verdicts(Role.SERVER)) == {Verdict.UNKNOWN}
        assert case.judgement.verdict in (Verdict.UNKNOWN, Verdict.UNSUPPORTED)
        # Without its row a store starts no release at all; everything else depends on the release.
        assert case.judgement.start.would_start is not True
        if not any(refuses_to_start(result) for result in case.judgement.results):
            assert case.judgement.start.would_start is None


def test_what_one_store_says_changes_nothing_of_the_other(cases: list[Case]) -> None:
    known: dict[object, list[object]] = {}
    for case in cases:
        results = [result for result in case.judgement.results if result.role is Role.VISIBILITY]
        own = [replace(result, caused_by=None) for result in results]
        key = (id(case.on), id(case.server), id(case.visibility))
        assert known.setdefault(key, list(own)) == own


def test_an_unknown_of_the_server_is_lifted_by_no_store(cases: list[Case]) -> None:
    known: dict[object, list[object]] = {}
    for case in cases:
        own = [result for result in case.judgement.results if result.role is Role.SERVER]
        assert known.setdefault((id(case.on), id(case.server)), list(own)) == own


def test_would_start_is_false_only_if_the_server_refuses_and_true_only_if_it_does_not(
    cases: list[Case],
) -> None:
    for case in cases:
        refused = any(refuses_to_start(result) for result in case.judgement.results)
        starts = case.judgement.start.would_start
        assert (starts is False) is refused
        if starts is True:
            assert len(case.on.stores) == 2
            schemas = [r.verdict for r in case.judgement.results if r.check is Check.SCHEMA]
            assert schemas == [Verdict.SUPPORTED] * 2
        assert case.judgement.start.message
    assert {case.judgement.start.would_start for case in cases} == {True, False, None}


def test_the_order_of_the_observations_decides_nothing(cases: list[Case]) -> None:
    for case in cases[::7]:
        turned = judge(MATRIX, case.on, tuple(reversed(case.observations)), NOW)
        assert turned.verdict is case.judgement.verdict
        assert turned.start.would_start is case.judgement.start.would_start


def test_judging_again_says_the_same(cases: list[Case]) -> None:
    for case in cases[::7]:
        assert judge(MATRIX, case.on, case.observations, NOW) == case.judgement


def test_when_all_answers_are_too_old_only_the_configuration_is_still_green(cases: list[Case]) -> None:
    for case in cases[::7]:
        late = judge(MATRIX, case.on, case.observations, later(10 * MAX_AGE))
        green = {r.check for r in late.results if r.verdict in (Verdict.SUPPORTED, Verdict.UNTESTED)}
        assert green <= {Check.REQUIRED}
        assert late.start.would_start is not True
        assert late.valid_until == float("inf")


def test_a_pre_release_that_reports_an_older_release_is_judged_as_that_release() -> None:
    # 1.25.0-113.3 answers 1.23.0: the release is a match, not proof.
    seen = observation(Role.SERVER, "1.23.0")
    assert judged(seen).server == judged(observation(Role.SERVER, "v1.23.0"), seen).server
