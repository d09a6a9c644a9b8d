"""What silence does: green goes out, what a fresh store excludes stays, the wall clock is nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.model.observation import Instant, Observation
from agent.model.vocabulary import STORE_ROLES, Check, Reason, Role, Verdict
from agent.verdict import Judgement, judge
from tests.building import (
    FROZEN,
    MAX_AGE,
    NOW,
    SQLITE,
    TIMEOUT,
    check,
    healthy,
    judged,
    later,
    observation,
    replica,
    subject,
)

TOO_OLD = later(-MAX_AGE)
OLD_SERVER = observation(Role.SERVER, "1.31.2", at=TOO_OLD, failure=TIMEOUT)
UNKNOWN = (Verdict.UNKNOWN, Reason.OBSERVATION_TOO_OLD)


def answer(judgement: Judgement, role: Role, kind: Check) -> tuple[Verdict, Reason]:
    result = check(judgement, role, kind)
    return result.verdict, result.reason


def test_a_healthy_cluster_is_supported_until_its_answers_are_too_old() -> None:
    assert judged(*healthy()).verdict is Verdict.SUPPORTED
    assert judged(*healthy(), now=later(MAX_AGE - 0.001)).verdict is Verdict.SUPPORTED
    aged = judged(*healthy(), now=later(MAX_AGE))
    assert (aged.verdict, aged.start.would_start) == (Verdict.UNKNOWN, None)


def test_a_failure_changes_nothing_while_the_last_answers_are_fresh() -> None:
    failing = tuple(replace(seen, failure=TIMEOUT) for seen in healthy())
    assert judged(*failing).results == judged(*healthy()).results


def test_before_the_first_answer_everything_is_unknown() -> None:
    judgement = judged(*(Observation(seen.target) for seen in healthy()))
    assert (judgement.verdict, judgement.start.would_start) == (Verdict.UNKNOWN, None)
    for role in STORE_ROLES:
        assert answer(judgement, role, Check.VERSION) == (Verdict.UNKNOWN, Reason.NOT_YET_OBSERVED)
    assert answer(judgement, Role.SERVER, Check.VERSION) == (Verdict.UNKNOWN, Reason.NOT_YET_OBSERVED)
    assert (judgement.server, judgement.schemas) == (None, ())


def test_without_any_observation_everything_is_unknown() -> None:
    judgement = judged()
    assert (judgement.verdict, judgement.start.would_start) == (Verdict.UNKNOWN, None)


def test_a_silent_server_takes_the_green_of_versions_and_plugins_away() -> None:
    judgement = judged(OLD_SERVER, *healthy()[1:])
    assert judgement.verdict is Verdict.UNKNOWN
    assert answer(judgement, Role.SERVER, Check.VERSION) == UNKNOWN
    for role in STORE_ROLES:
        for kind in (Check.VERSION, Check.PLUGIN):
            assert answer(judgement, role, kind) == UNKNOWN


def test_a_silent_server_takes_untested_away_too() -> None:
    stores = (observation(Role.PERSISTENCE, "17.2", schema="1.19"), healthy()[2])
    assert answer(judged(healthy()[0], *stores), Role.PERSISTENCE, Check.VERSION)[0] is Verdict.UNTESTED
    assert answer(judged(OLD_SERVER, *stores), Role.PERSISTENCE, Check.VERSION) == UNKNOWN


def test_what_a_fresh_store_excludes_stays_excluded_while_the_server_is_silent() -> None:
    stores = (observation(Role.PERSISTENCE, "12.1", schema="1.18"), healthy()[2])
    judgement = judged(OLD_SERVER, *stores)
    assert answer(judgement, Role.PERSISTENCE, Check.VERSION) == (
        Verdict.UNSUPPORTED,
        Reason.BELOW_MINIMUM,
    )
    assert judgement.verdict is Verdict.UNSUPPORTED


@pytest.mark.parametrize(("version", "starts"), [("1.18", False), ("1.19", True), ("1.20", True)])
def test_schema_and_start_go_on_against_the_release_last_seen(version: str, starts: bool) -> None:
    stores = (observation(Role.PERSISTENCE, "15.4", schema=version), healthy()[2])
    fresh, silent = judged(healthy()[0], *stores), judged(OLD_SERVER, *stores)
    assert answer(silent, Role.PERSISTENCE, Check.SCHEMA) == answer(fresh, Role.PERSISTENCE, Check.SCHEMA)
    assert silent.start.would_start is starts
    assert silent.schemas == fresh.schemas


def test_the_alert_of_a_crash_loop_holds_however_long_it_lasts() -> None:
    for seconds in (0, MAX_AGE, 100 * MAX_AGE):
        now = later(seconds)
        stores = (
            observation(Role.PERSISTENCE, "15.4", schema="1.18", at=now),
            observation(Role.VISIBILITY, "15.4", schema="1.14", at=now),
        )
        judgement = judged(observation(Role.SERVER, "1.31.2", failure=TIMEOUT), *stores, now=now)
        assert judgement.start.would_start is False
        assert answer(judgement, Role.PERSISTENCE, Check.SCHEMA)[1] is Reason.SCHEMA_BEHIND


def test_the_release_last_seen_is_shown_as_such() -> None:
    server = judged(OLD_SERVER, *healthy()[1:]).server
    assert server is not None
    assert (server.release, server.stale) == ("1.31.2", True)


@pytest.mark.parametrize("role", STORE_ROLES)
@pytest.mark.parametrize("version", ["1.14", "1.0"])
def test_a_silent_store_is_unknown_despite_its_last_answer_and_so_is_the_start(
    role: Role, version: str
) -> None:
    old = observation(role, "12.1", schema=version, at=TOO_OLD)
    others = [seen for seen in healthy() if seen.target.role is not role]
    judgement = judged(*others, old)
    for kind in (Check.VERSION, Check.SCHEMA):
        assert answer(judgement, role, kind) == UNKNOWN
    assert (judgement.verdict, judgement.start.would_start) == (Verdict.UNKNOWN, None)
    assert role not in {schema.role for schema in judgement.schemas}


def test_a_sqlite_file_that_fell_silent_starts_nothing_for_certain() -> None:
    old = observation(Role.VISIBILITY, "3.45.1", component="sqlite", schema="0.1", at=TOO_OLD)
    judgement = judged(*healthy()[:2], old, on=subject(visibility=SQLITE))
    assert judgement.start.would_start is None


def test_a_silent_server_with_replicas_has_unknown_replicas() -> None:
    judgement = judged(replica("1.29.7", "1.31.2", at=TOO_OLD), on=subject(sees_replicas=True))
    assert answer(judgement, Role.SERVER, Check.REPLICAS) == UNKNOWN


def test_the_message_of_silence_reports_what_went_wrong_since() -> None:
    assert TIMEOUT.text in check(judged(OLD_SERVER), Role.SERVER, Check.VERSION).message


def test_one_fresh_answer_of_the_server_is_enough() -> None:
    http = observation(Role.SERVER, "1.31.2", endpoint="http")
    assert judged(OLD_SERVER, http, *healthy()[1:]).verdict is Verdict.SUPPORTED


# How long a judgement holds

ages = st.lists(st.floats(-2 * MAX_AGE, 0, allow_nan=False), min_size=3, max_size=3)


def aged(offsets: list[float]) -> tuple[Observation, ...]:
    return tuple(
        replace(seen, observed=later(offset)) for seen, offset in zip(healthy(), offsets, strict=True)
    )


@settings(deadline=None)
@given(ages)
def test_a_judgement_holds_until_the_next_fresh_observation_is_too_old(offsets: list[float]) -> None:
    ends = [later(offset).mono + MAX_AGE for offset in offsets]
    ahead = [end for end in ends if end > NOW.mono]
    assert judged(*aged(offsets)).valid_until == min(ahead, default=float("inf"))


@settings(deadline=None)
@given(ages, st.floats(0, 3 * MAX_AGE))
def test_until_then_judging_again_gives_the_same_verdict(offsets: list[float], seconds: float) -> None:
    first = judged(*aged(offsets))
    now = later(seconds)
    if now.mono < first.valid_until:
        assert judged(*aged(offsets), now=now) == first


@settings(deadline=None)
@given(ages, st.floats(0, 3 * MAX_AGE))
def test_time_alone_makes_nothing_green_again(offsets: list[float], seconds: float) -> None:
    green = (Verdict.SUPPORTED, Verdict.UNTESTED)
    before, after = judged(*aged(offsets)), judged(*aged(offsets), now=later(seconds))
    kept = {(result.role, result.check) for result in before.results if result.verdict in green}
    assert {(r.role, r.check) for r in after.results if r.verdict in green} <= kept


@settings(deadline=None)
@given(st.floats(-1e9, 4e9))
def test_the_wall_clock_decides_nothing(wall: float) -> None:
    assert judge(FROZEN, subject(), healthy(), Instant(wall, NOW.mono)) == judged(*healthy())


def test_no_answer_yet_holds_for_ever() -> None:
    assert judged().valid_until == float("inf")
