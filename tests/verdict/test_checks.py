"""The table of checks: it holds every check, and a row answers its own question about its own role."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agent.model.observation import Observation
from agent.model.vocabulary import STORE_ROLES, Check, Role
from agent.verdict import ClusterSpec, StoreSpec, judge
from agent.verdict.advisories import Warnings
from agent.verdict.causes import with_causes
from agent.verdict.check import CheckInputs, Outcome
from agent.verdict.checks import SECTIONS
from agent.verdict.cluster import ClusterView
from agent.verdict.server.running_versions import detect_running_versions
from tests.building import FROZEN, NOW, TIMEOUT, healthy, observation, subject

ALL_ROLES = replace(
    subject(sees_replicas=True),
    stores={
        **subject().stores,
        Role.SECONDARY_VISIBILITY: StoreSpec("mysql", "mysql8"),
        Role.SEARCH: StoreSpec("elasticsearch"),
        Role.EVENT_STREAMING: StoreSpec("kafka"),
        Role.COORDINATION: StoreSpec("zookeeper"),
        Role.MONITORING: StoreSpec("prometheus"),
        Role.OBSERVATION: StoreSpec("grafana"),
    },
)
CLUSTERS: dict[str, tuple[ClusterSpec, tuple[Observation, ...]]] = {
    "healthy": (subject(), healthy()),
    "silent": (ALL_ROLES, tuple(observation(role, failure=TIMEOUT) for role in Role)),
    "mixed versions": (
        ALL_ROLES,
        (
            observation(Role.SERVER, "1.22.1", "1.3.0", "unreadable"),
            observation(Role.PERSISTENCE, "15.4", "15.5", schema="1.19"),
            observation(Role.VISIBILITY, "x", schema="1.1"),
        ),
    ),
    "no event streaming": (
        subject(StoreSpec("cassandra"), StoreSpec("elasticsearch")),
        (observation(Role.SERVER, "1.3.0"),),
    ),
    "other stores": (
        subject(),
        (observation(Role.SERVER, "1.31.2", plugins=dict.fromkeys(STORE_ROLES, ("mysql8",))),),
    ),
    "no stores": (subject(None, None), (observation(Role.SERVER, "unreadable"),)),
}


def test_every_check_has_a_row() -> None:
    assert {row.check for section in SECTIONS for row in section.rows} == set(Check)


def test_every_role_has_the_check_version() -> None:
    with_version = [
        section for section in SECTIONS if any(row.check is Check.VERSION for row in section.rows)
    ]
    assert {role for section in with_version for role in section.roles} == set(Role)


@pytest.mark.parametrize("name", CLUSTERS)
def test_a_row_answers_its_own_question_about_its_own_role(name: str) -> None:
    spec, observations = CLUSTERS[name]
    view = ClusterView(spec, observations, NOW)
    runs = detect_running_versions(FROZEN, view)
    inputs = CheckInputs(FROZEN, view, runs, Warnings(FROZEN, view, runs))
    for section in SECTIONS:
        for role in section.roles:
            prepared = section.prepare(inputs, role)
            if isinstance(prepared, Outcome):
                assert {result.role for result in prepared.results} <= {role}
                continue
            for row in section.rows:
                outcome = row.judge(prepared)
                answers = {(result.role, result.check) for result in (*outcome.results, *outcome.remarks)}
                assert answers <= {(role, row.check)}


@pytest.mark.parametrize("name", CLUSTERS)
def test_judge_collects_what_applies_in_the_order_of_the_table(name: str) -> None:
    spec, observations = CLUSTERS[name]
    view = ClusterView(spec, observations, NOW)
    runs = detect_running_versions(FROZEN, view)
    inputs = CheckInputs(FROZEN, view, runs, Warnings(FROZEN, view, runs))
    outcomes: list[Outcome] = []
    for section in SECTIONS:
        for role in section.roles:
            section.judge(inputs, role, outcomes)
    expected = [result for outcome in outcomes for result in outcome.results]
    assert judge(FROZEN, spec, observations, NOW).results == with_causes(expected)
