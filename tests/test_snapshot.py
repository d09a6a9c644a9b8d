"""Snapshots: frozen, and judged anew once an observation has grown too old."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace
from datetime import date

import pytest

from agent.model.observation import Failure, Instant, Observation
from agent.model.vocabulary import Check, Reason, Role, Verdict
from agent.snapshot import take
from agent.verdict import Waiver, judge
from tests.building import FROZEN, MAX_AGE, NOW, check, healthy, later, observation, subject


def test_before_the_first_round_everything_is_unknown_and_has_no_time() -> None:
    targets = tuple(Observation(seen.target) for seen in healthy())
    snapshot = take(FROZEN, subject(), targets, NOW, round_ended=False)
    assert snapshot.taken is None
    assert snapshot.judgement.verdict is Verdict.UNKNOWN
    assert snapshot.judgement.start.would_start is None
    asked = [result for result in snapshot.judgement.results if result.check is not Check.REQUIRED]
    assert {result.reason for result in asked} <= {
        Reason.NOT_YET_OBSERVED,
        Reason.SERVER_UNKNOWN,
    }


def test_a_snapshot_is_judged_at_the_end_of_its_round() -> None:
    snapshot = take(FROZEN, subject(), healthy(), NOW)
    assert snapshot.taken == NOW
    assert snapshot.observations == healthy()
    assert snapshot.judgement == judge(FROZEN, subject(), healthy(), NOW)


def test_a_snapshot_stays_unchanged_until_its_judgement_ends() -> None:
    snapshot = take(FROZEN, subject(), healthy(), NOW)
    assert snapshot.at(FROZEN, later(MAX_AGE - 0.001)) is snapshot


def test_past_its_judgement_a_green_snapshot_turns_unknown_and_keeps_its_time() -> None:
    snapshot = take(FROZEN, subject(), healthy(), NOW)
    aged = snapshot.at(FROZEN, later(MAX_AGE))
    assert aged.judgement.verdict is Verdict.UNKNOWN
    assert aged.judgement.start.would_start is None
    assert check(aged.judgement, Role.SERVER, Check.VERSION).reason is Reason.OBSERVATION_TOO_OLD
    assert (aged.taken, aged.observations) == (snapshot.taken, snapshot.observations)
    assert snapshot.judgement.verdict is Verdict.SUPPORTED


def test_each_observation_grows_old_at_its_own_time() -> None:
    server, persistence, _ = healthy()
    visibility = observation(Role.VISIBILITY, "15.4", schema="1.14", at=later(-60))
    snapshot = take(FROZEN, subject(), (server, persistence, visibility), NOW)
    first = snapshot.at(FROZEN, later(MAX_AGE - 60))
    assert check(first.judgement, Role.VISIBILITY, Check.VERSION).verdict is Verdict.UNKNOWN
    assert check(first.judgement, Role.PERSISTENCE, Check.VERSION).verdict is Verdict.SUPPORTED
    second = first.at(FROZEN, later(MAX_AGE))
    assert check(second.judgement, Role.PERSISTENCE, Check.VERSION).verdict is Verdict.UNKNOWN
    assert second.at(FROZEN, later(1e6)) is second


def test_ageing_step_by_step_ends_where_judging_late_does() -> None:
    snapshot = take(FROZEN, subject(), healthy(), NOW)
    late = later(10 * MAX_AGE)
    stepwise = snapshot
    for seconds in range(0, int(10 * MAX_AGE) + 1, 7):
        stepwise = stepwise.at(FROZEN, later(seconds))
    assert stepwise.judgement == snapshot.at(FROZEN, late).judgement


def test_setting_the_clock_ends_no_judgement() -> None:
    snapshot = take(FROZEN, subject(), healthy(), NOW)
    assert snapshot.at(FROZEN, Instant(wall=0.0, mono=NOW.mono + 1)) is snapshot


def test_a_snapshot_is_frozen() -> None:
    snapshot = take(FROZEN, subject(), healthy(), NOW)
    with pytest.raises(FrozenInstanceError):
        snapshot.taken = None  # type: ignore[misc]


# The judgement of the round before


def next_round(*changed: Observation) -> tuple[Observation, ...]:
    """What the next round finds: the same a minute later, apart from the targets that `changed` has."""
    other = {seen.target: seen for seen in changed}
    return tuple(other.get(o.target, replace(o, observed=later(60), attempts=9)) for o in healthy())


def failed(seen: Observation) -> Observation:
    return replace(seen, failure=Failure(Reason.TIMEOUT, "no answer within 5 seconds"))


def test_a_round_that_finds_the_same_is_not_judged_again(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = subject()
    before = take(FROZEN, spec, healthy(), NOW)
    judged = judge(FROZEN, spec, next_round(), later(60))
    monkeypatch.setattr("agent.snapshot.judge", None)
    after = take(FROZEN, spec, next_round(), later(60), before=before)
    assert after.judgement == judged
    assert after.judgement.valid_until == judged.valid_until == before.judgement.valid_until + 60
    assert after.judgement.results is before.judgement.results


def test_a_round_that_finds_anything_else_is_judged_as_if_it_were_the_first() -> None:
    spec, waiver = (
        subject(),
        Waiver(Role.PERSISTENCE, Check.SCHEMA, Reason.SCHEMA_BEHIND, "", date(2026, 1, 1)),
    )
    server, persistence, _ = healthy()
    rounds = {
        "version": (spec, next_round(observation(Role.SERVER, "1.30.6"))),
        "schema": (spec, next_round(observation(Role.PERSISTENCE, "15.4", schema="1.18"))),
        "failure": (spec, next_round(failed(server))),
        "stale": (spec, next_round(replace(failed(persistence), observed=later(60 - MAX_AGE)))),
        "one target less": (spec, next_round()[:2]),
        "configuration": (subject(sees_replicas=True), next_round()),
        "waiver": (replace(subject(), waivers=(waiver,)), next_round()),
    }
    before = take(FROZEN, spec, healthy(), NOW)
    wrong = [
        name
        for name, (configured, seen) in rounds.items()
        if take(FROZEN, configured, seen, later(60), before=before).judgement
        != take(FROZEN, configured, seen, later(60)).judgement
        or take(FROZEN, configured, seen, later(60), before=before).judgement.results
        is before.judgement.results
    ]
    assert wrong == []


def test_a_waiver_that_ends_between_two_rounds_no_longer_counts() -> None:
    end = date(2026, 1, 2)
    waiver = Waiver(Role.PERSISTENCE, Check.SCHEMA, Reason.SCHEMA_BEHIND, "agreed", end)
    spec = replace(subject(), waivers=(waiver,))
    seen = (healthy()[0], observation(Role.PERSISTENCE, "15.4", schema="1.18"), healthy()[2])
    before = take(FROZEN, spec, seen, Instant(waiver.end - 30, NOW.mono))
    after = take(FROZEN, spec, seen, Instant(waiver.end + 30, NOW.mono + 60), before=before)
    assert before.judgement.verdict is Verdict.SUPPORTED
    assert after.judgement.verdict is Verdict.UNSUPPORTED


def test_a_snapshot_has_the_time_since_when_it_says_the_same() -> None:
    alone = take(FROZEN, subject(), healthy(), NOW)
    first = take(
        FROZEN, subject(), healthy(), NOW, before=take(FROZEN, subject(), (), NOW, round_ended=False)
    )
    same = take(FROZEN, subject(), healthy(), later(60), before=first)
    behind = tuple(
        observation(Role.PERSISTENCE, "15.4", schema="1.10") if o.target.role is Role.PERSISTENCE else o
        for o in healthy()
    )
    worse = take(FROZEN, subject(), behind, later(120), before=same)
    began = [each.since.cluster for each in (alone, first, same, worse)]
    assert began == [None, NOW.wall, NOW.wall, later(120).wall]
    assert first.at(FROZEN, later(MAX_AGE + 1)).since.cluster == later(MAX_AGE + 1).wall
