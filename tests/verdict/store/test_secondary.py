"""Further stores that a server connects to before it is up.

From 1.21 to 1.24 that is its SQL secondary visibility store, before 1.2 its search store.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from agent.model.observation import Failure
from agent.model.vocabulary import Reason, Role
from agent.verdict import Judgement, StoreSpec
from tests.building import POSTGRESQL, TIMEOUT, healthy, judged, judged_live, observation, subject

SECOND = Role.SECONDARY_VISIBILITY
GONE = Failure(Reason.DATABASE_MISSING, "there is no such database")


def judgement(release: str, failure: Failure | None, spec: StoreSpec = POSTGRESQL) -> Judgement:
    on = replace(subject(), stores={**subject().stores, SECOND: spec}, assumed=release)
    second = observation(SECOND, failure=failure) if failure else observation(SECOND, "15.4", schema="1.0")
    return judged(*healthy(), second, on=on)


@pytest.mark.parametrize(
    ("release", "failure", "starts"),
    [
        ("1.21.6", GONE, False),
        ("1.24.2", GONE, False),
        ("1.24.2", TIMEOUT, None),
        ("1.24.2", None, True),
        ("1.25.2", GONE, True),
        ("1.31.2", GONE, True),
        ("1.31.2", TIMEOUT, True),
    ],
)
def test_a_secondary_store_that_is_missing_or_down_stops_only_those_that_connect(
    release: str, failure: Failure | None, starts: bool | None
) -> None:
    found = judgement(release, failure)
    assert found.start.would_start is starts
    if starts is not True:
        assert failure is not None
        assert failure.text in found.start.message


def test_a_primary_database_that_does_not_exist_stops_every_release() -> None:
    for role in (Role.PERSISTENCE, Role.VISIBILITY):
        seen = [observation(role, failure=GONE) if o.target.role is role else o for o in healthy()]
        found = judged(*seen)
        assert found.start.would_start is False
        assert GONE.text in found.start.message


def test_a_primary_database_that_cannot_be_reached_is_not_known() -> None:
    seen = [
        observation(Role.PERSISTENCE, failure=TIMEOUT) if o.target.role is Role.PERSISTENCE else o
        for o in healthy()
    ]
    assert judged(*seen).start.would_start is None


@pytest.mark.parametrize(
    ("release", "plugin", "schema", "starts"),
    [
        ("1.0.0", "postgres", "1.0", None),
        ("1.1.1", "postgres", "1.1", None),
        ("1.8.2", "postgres", "1.4", True),
    ],
)
def test_a_search_store_that_is_down_stops_only_the_oldest_releases(
    release: str, plugin: str, schema: str, starts: bool | None
) -> None:
    store = StoreSpec("postgresql", plugin)
    stores = {Role.PERSISTENCE: store, Role.VISIBILITY: store, Role.SEARCH: StoreSpec("elasticsearch")}
    found = judged_live(
        observation(Role.PERSISTENCE, "9.6", schema=schema),
        observation(Role.VISIBILITY, "9.6", schema="1.1"),
        observation(Role.SEARCH, component="elasticsearch", endpoint="api", failure=TIMEOUT),
        on=replace(subject(), stores=stores, assumed=release),
    )
    assert found.start.would_start is starts, found.start
