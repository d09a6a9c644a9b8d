"""Releases that may exit for reasons that the agent cannot see: not known, until one answers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agent.model.vocabulary import Role
from agent.verdict import Judgement, StoreSpec
from agent.verdict.advisories import Warnings
from agent.verdict.check import CheckInputs
from agent.verdict.cluster import View
from agent.verdict.server.running_versions import running
from agent.verdict.start_conditions import start_conditions_check
from tests.building import MATRIX, NOW, SQLITE, TIMEOUT, judged, observation, subject

POSTGRES = StoreSpec("postgresql", "postgres")


def judgement(release: str, spec: StoreSpec, schemas: tuple[str, str], *, live: bool = False) -> Judgement:
    stores = (
        observation(Role.PERSISTENCE, "12.1", component=spec.component, schema=schemas[0]),
        observation(Role.VISIBILITY, "12.1", component=spec.component, schema=schemas[1]),
    )
    on = subject(spec, spec)
    if live:
        return judged(observation(Role.SERVER, release), *stores, on=on)
    return judged(*stores, on=replace(on, assumed=release))


@pytest.mark.parametrize(
    ("release", "spec", "schemas", "words"),
    [
        ("1.18.2", POSTGRES, ("1.8", "1.1"), "one process"),
        ("1.18.3", POSTGRES, ("1.8", "1.1"), ""),
        ("1.15.2", SQLITE, ("1.0", "1.0"), "cgo"),
        ("1.16.3", SQLITE, ("1.0", "1.0"), "cgo"),
        ("1.17.6", SQLITE, ("1.0", "1.0"), ""),
        ("1.16.3", POSTGRES, ("1.8", "1.1"), ""),
    ],
)
def test_a_start_with_a_condition_is_not_known_and_says_which(
    release: str, spec: StoreSpec, schemas: tuple[str, str], words: str
) -> None:
    start = judgement(release, spec, schemas).start
    assert start.would_start is (None if words else True)
    assert words in start.message


def test_a_server_that_answers_has_met_its_condition() -> None:
    assert judgement("1.18.2", POSTGRES, ("1.8", "1.1"), live=True).start.would_start is True


@pytest.mark.parametrize(("release", "waits"), [("1.0.0", True), ("1.1.1", True), ("1.2.1", False)])
def test_only_the_first_releases_wait_for_elasticsearch(release: str, waits: bool) -> None:
    stores = {Role.SEARCH: StoreSpec("elasticsearch")}
    on = replace(subject(), stores=stores, assumed=release)
    for failure in (TIMEOUT, None):
        versions = () if failure else ("7.17.28",)
        seen = observation(Role.SEARCH, *versions, component="elasticsearch", failure=failure)
        view = View(on, (seen,), NOW)
        runs = running(MATRIX, view)
        inputs = CheckInputs(MATRIX, view, runs, Warnings(MATRIX, view, runs))
        starts = [answer.would_start for answer in start_conditions_check(inputs).starts]
        assert starts == ([None] if waits and failure else [])
