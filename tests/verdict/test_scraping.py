"""The check `configuration` of monitoring: reported, and never decisive."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

import pytest

from agent.model.observation import Facts, Failure, Node, Observation
from agent.model.vocabulary import Check, Reason, Role, Verdict
from agent.verdict import ClusterSpec, Judgement, StoreSpec
from tests.building import MAX_AGE, NOW, TIMEOUT, check, healthy, judged, later, observation, subject

PROMETHEUS = StoreSpec("prometheus")
REFUSED = Failure(Reason.AUTHENTICATION_FAILED, "GET /api/v1/query: HTTP 401: no org id")


def watched() -> ClusterSpec:
    plain = subject()
    return replace(plain, stores={**plain.stores, Role.MONITORING: PROMETHEUS})


def prometheus(settings: Mapping[str, str], *gaps: Failure) -> Observation:
    seen = observation(Role.MONITORING, "2.42.0+ds", component="prometheus", endpoint="api")
    facts = Facts("prometheus", (Node("2.42.0+ds"),), settings=MappingProxyType(dict(settings)), gaps=gaps)
    return replace(seen, facts=facts)


def counts(temporal: int, agent: int) -> dict[str, str]:
    return {"temporal_series": str(temporal), "agent_series": str(agent)}


def judge(*seen: Observation, seconds: float = 0.0) -> Judgement:
    return judged(*healthy(later(seconds)), *seen, on=watched(), now=later(seconds))


@pytest.mark.parametrize(("temporal", "agent"), [(4, 0), (0, 1), (4, 1)])
def test_series_of_temporal_or_of_the_agent_are_enough(temporal: int, agent: int) -> None:
    judgement = judge(prometheus(counts(temporal, agent)))
    reported = check(judgement, Role.MONITORING, Check.CONFIGURATION)
    assert (reported.verdict, reported.reason) == (Verdict.SUPPORTED, Reason.SCRAPED)
    assert not reported.is_finding
    assert reported.source


def test_scraping_neither_is_a_finding_with_advice_and_changes_nothing_else() -> None:
    judgement, plain = judge(prometheus(counts(0, 0))), judged(*healthy())
    reported = check(judgement, Role.MONITORING, Check.CONFIGURATION)
    assert (reported.verdict, reported.reason) == (Verdict.SUPPORTED, Reason.NOT_SCRAPED)
    assert reported in judgement.findings
    assert "scrape" in reported.message
    assert judgement.verdict is plain.verdict is Verdict.SUPPORTED
    assert judgement.start == plain.start


def test_one_answer_is_enough_where_the_other_is_refused() -> None:
    seen = prometheus({"temporal_series": "4"}, REFUSED)
    assert check(judge(seen), Role.MONITORING, Check.CONFIGURATION).reason is Reason.SCRAPED


@pytest.mark.parametrize("settings", [{}, {"temporal_series": "0"}])
def test_what_the_agent_may_not_read_is_unknown_and_does_not_decide_the_start(
    settings: Mapping[str, str],
) -> None:
    judgement = judge(prometheus(settings, REFUSED))
    reported = check(judgement, Role.MONITORING, Check.CONFIGURATION)
    assert (reported.verdict, reported.reason) == (Verdict.UNKNOWN, Reason.AUTHENTICATION_FAILED)
    assert judgement.verdict is Verdict.SUPPORTED
    assert judgement.start.would_start is True


def test_a_silent_prometheus_is_unknown_and_an_old_answer_too() -> None:
    silent = observation(Role.MONITORING, component="prometheus", endpoint="api", failure=TIMEOUT)
    reported = check(judge(silent), Role.MONITORING, Check.CONFIGURATION)
    assert (reported.verdict, reported.reason) == (Verdict.UNKNOWN, Reason.TIMEOUT)
    old = replace(prometheus(counts(4, 1)), observed=NOW)
    reported = check(judge(old, seconds=MAX_AGE), Role.MONITORING, Check.CONFIGURATION)
    assert (reported.verdict, reported.reason) == (Verdict.UNKNOWN, Reason.OBSERVATION_TOO_OLD)


def test_without_a_network_or_a_prometheus_there_is_no_such_check() -> None:
    for judgement in (judge(prometheus({})), judge(), judged(*healthy())):
        kinds = {(r.role, r.check) for r in judgement.results}
        assert (Role.MONITORING, Check.CONFIGURATION) not in kinds
