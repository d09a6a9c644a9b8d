"""Waivers: they take findings out of the cluster's verdict until a day, and change nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from agent.model.observation import Instant, Observation, SchemaRow
from agent.model.roles import ROLES
from agent.model.vocabulary import SEVERITY, Check, Reason, Role, Verdict
from agent.snapshot import take
from agent.verdict import Judgement, Result, Waiver, WaiverState
from agent.verdict.waivers import Acceptance
from tests.building import (
    FROZEN,
    NOW,
    POSTGRESQL,
    TIMEOUT,
    check,
    healthy,
    judged,
    later,
    missing,
    observation,
    replica,
    subject,
)
from tests.laws import law

TODAY = datetime.fromtimestamp(NOW.wall, UTC).date()
YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)


def waiver(
    role: Role = Role.PERSISTENCE,
    kind: Check = Check.VERSION,
    reason: Reason = Reason.UNTESTED_NEWER,
    until: date = TOMORROW,
) -> Waiver:
    return Waiver(role, kind, reason, "agreed with the DBAs", until)


def persistence(version: str, schema: str = "1.19") -> tuple[Observation, ...]:
    """A healthy cluster, but for its persistence store."""
    server, _, visibility = healthy()
    return server, observation(Role.PERSISTENCE, version, schema=schema), visibility


def waived(observations: tuple[Observation, ...], *waivers: Waiver, now: Instant = NOW) -> Judgement:
    on = replace(subject(sees_replicas=True), waivers=waivers)
    return judged(*observations, on=on, now=now)


SITUATIONS = [
    healthy(),
    persistence("17.2"),
    persistence("12.1"),
    persistence("15.4", schema="1.5"),
    (observation(Role.SERVER), observation(Role.PERSISTENCE), observation(Role.VISIBILITY)),
    (healthy()[0], observation(Role.PERSISTENCE, failure=TIMEOUT), healthy()[2]),
    (
        *persistence("15.4")[:2],
        observation(Role.VISIBILITY, "11.5", schema=missing(Reason.SCHEMA_ROW_MISSING)),
    ),
    (replica("1.29.1", name="a"), replica("1.31.2", name="b"), *healthy()),
    (observation(Role.SERVER, "nonsense"), *healthy()[1:]),
    (observation(Role.SERVER, "1.30.7"), *healthy()[1:]),
    (observation(Role.SERVER, "1.31.2", plugins={Role.PERSISTENCE: ("postgres12_pgx",)}), *healthy()[1:]),
]


def plain(results: tuple[Result, ...]) -> list[Result]:
    """The answers without what waivers make of them."""
    return [replace(result, waiver=None, caused_by=None) for result in results]


def each_waiver(judgement: Judgement, until: date = TOMORROW) -> list[Waiver]:
    return [
        waiver(*key, until)
        for key in dict.fromkeys((r.role, r.check, r.reason) for r in judgement.findings)
        if key[2] is not Reason.WAIVER_EXPIRED
    ]


def test_a_waived_finding_no_longer_counts_for_the_cluster() -> None:
    without, accepted = waived(persistence("17.2")), waived(persistence("17.2"), waiver())
    assert (without.verdict, accepted.verdict) == (Verdict.UNTESTED, Verdict.SUPPORTED)
    result = check(accepted, Role.PERSISTENCE, Check.VERSION)
    assert (result.verdict, result.waiver) == (Verdict.UNTESTED, waiver())


@pytest.mark.parametrize(
    "other",
    [
        waiver(role=Role.VISIBILITY),
        waiver(kind=Check.SCHEMA),
        waiver(reason=Reason.UNTESTED_SERIES),
        waiver(until=YESTERDAY),
    ],
)
def test_only_exactly_this_role_check_and_reason_is_accepted_and_only_in_time(other: Waiver) -> None:
    on = replace(subject(), waivers=(other,))
    judgement = judged(*persistence("17.2"), on=on)
    assert judgement.verdict is Verdict.UNTESTED
    assert all(result.waiver is None for result in judgement.findings)


@law(SITUATIONS)
def test_a_waiver_never_changes_a_check_s_verdict_or_would_start(
    observations: tuple[Observation, ...],
) -> None:
    without = waived(observations)
    for one in each_waiver(without):
        accepted = waived(observations, one)
        assert plain(accepted.results) == plain(without.results)
        assert plain(accepted.remarks) == plain(without.remarks)
        assert accepted.start == without.start
        assert (accepted.schemas, accepted.server) == (without.schemas, without.server)


@law(SITUATIONS)
def test_another_waiver_never_makes_a_cluster_worse_and_all_of_them_make_it_supported(
    observations: tuple[Observation, ...],
) -> None:
    waivers = each_waiver(waived(observations))
    verdicts = [waived(observations, *waivers[:count]).verdict for count in range(len(waivers) + 1)]
    ranks = [SEVERITY.index(verdict) for verdict in verdicts]
    assert ranks == sorted(ranks, reverse=True)
    assert verdicts[-1] is Verdict.SUPPORTED


@law(SITUATIONS)
def test_unknown_stays_unknown_unless_every_unknown_is_waived_by_itself(
    observations: tuple[Observation, ...],
) -> None:
    without = waived(observations)
    deciding = [r for r in without.results if ROLES[r.role].decides]
    unknown = [w for w in each_waiver(without) if any(_is(w, r) and _unknown(r) for r in deciding)]
    for left_out in unknown:
        others = [one for one in each_waiver(without) if one != left_out]
        assert waived(observations, *others).verdict is Verdict.UNKNOWN


def _is(one: Waiver, result: Result) -> bool:
    return (one.role, one.check, one.reason) == (result.role, result.check, result.reason)


def _unknown(result: Result) -> bool:
    return result.verdict is Verdict.UNKNOWN


@law(SITUATIONS)
def test_an_expired_waiver_changes_nothing_and_is_reported_as_expired(
    observations: tuple[Observation, ...],
) -> None:
    without = waived(observations)
    for one in each_waiver(without, YESTERDAY):
        expired = waived(observations, one)
        assert (expired.verdict, expired.start, expired.results) == (
            without.verdict,
            without.start,
            without.results,
        )
        *same, remark = expired.remarks
        assert tuple(same) == without.remarks
        assert (remark.role, remark.check, remark.verdict) == (one.role, one.check, Verdict.SUPPORTED)
        assert remark.reason is Reason.WAIVER_EXPIRED
        assert remark.is_finding
        assert all(text in remark.message for text in (str(YESTERDAY), one.reason, one.comment))
        assert remark.source


def test_an_expired_waiver_is_reported_also_where_nothing_is_left_to_accept() -> None:
    judgement = waived(healthy(), waiver(until=YESTERDAY))
    (state,) = judgement.waivers
    assert (state.has_ended, state.matches) == (True, False)
    (remark,) = judgement.remarks
    assert remark.component == "postgresql"


def test_every_waiver_has_a_state() -> None:
    waivers = (waiver(), waiver(role=Role.VISIBILITY), waiver(kind=Check.SCHEMA, until=YESTERDAY))
    states = waived(persistence("17.2"), *waivers).waivers
    assert [state.waiver for state in states] == list(waivers)
    assert [(state.has_ended, state.matches) for state in states] == [
        (False, True),
        (False, False),
        (True, False),
    ]


def test_a_waiver_counts_to_the_end_of_its_day_in_utc() -> None:
    end = datetime(TODAY.year, TODAY.month, TODAY.day, tzinfo=UTC).timestamp() + 86400
    one = waiver(until=TODAY)
    assert one.end == end
    for wall, counts in ((end - 0.001, True), (end, False)):
        judgement = waived(persistence("17.2"), one, now=Instant(wall, NOW.mono))
        assert (check(judgement, Role.PERSISTENCE, Check.VERSION).waiver is not None) is counts


@pytest.mark.parametrize("day", [date.min, date(1970, 1, 1), date(2024, 2, 29), date.max])
def test_any_day_may_be_the_last(day: date) -> None:
    assert waived(healthy(), waiver(until=day)).waivers[0].has_ended is (day < TODAY)


def test_a_judgement_ends_when_a_waiver_does() -> None:
    now = Instant(waiver(until=TODAY).end - 60, NOW.mono)
    on = replace(subject(), waivers=(waiver(until=TODAY), waiver(role=Role.VISIBILITY)))
    snapshot = take(FROZEN, on, persistence("17.2"), now)
    assert snapshot.judgement.valid_until == pytest.approx(NOW.mono + 60)
    assert snapshot.judgement.verdict is Verdict.SUPPORTED
    before, after = later(59, wall=now.wall + 59), later(60.1, wall=now.wall + 60.1)
    assert snapshot.at(FROZEN, before) is snapshot
    ended = snapshot.at(FROZEN, after)
    assert ended.judgement.verdict is Verdict.UNTESTED
    assert [remark.reason for remark in ended.judgement.remarks] == [Reason.WAIVER_EXPIRED]
    assert ended.observations == snapshot.observations


def test_a_waiver_that_has_ended_ends_no_judgement() -> None:
    on = replace(subject(), waivers=(waiver(until=YESTERDAY),))
    assert judged(*healthy(), on=on).valid_until == judged(*healthy()).valid_until


def test_a_remark_may_be_waived_too() -> None:
    observations = SITUATIONS[-1]
    one = waiver(kind=Check.PLUGIN, reason=Reason.PLUGIN_MISMATCH)
    (remark,) = waived(observations, one).remarks
    assert (remark.reason, remark.waiver) == (Reason.PLUGIN_MISMATCH, one)


@pytest.mark.parametrize("reason", [Reason.MORE_ROWS, Reason.SHARED_DATABASE])
def test_a_remark_about_a_schema_that_is_right_may_be_waived_too(reason: Reason) -> None:
    row = SchemaRow("1.14", others=("temporal_old (1.9)",))
    server, stored, _ = healthy()
    second = Role.SECONDARY_VISIBILITY
    same = replace(POSTGRESQL, shared_with=(second,))
    on = subject(visibility=same)
    on = replace(on, stores={**on.stores, second: replace(POSTGRESQL, shared_with=(Role.VISIBILITY,))})
    on = replace(on, waivers=(one := waiver(Role.VISIBILITY, Check.SCHEMA, reason),))
    seen = observation(Role.VISIBILITY, "15.4", schema=row), observation(second, "15.4", schema=row)
    judgement = judged(server, stored, *seen, on=on)
    accepted = [remark for remark in judgement.remarks if remark.waiver is not None]
    assert [(remark.role, remark.reason) for remark in accepted] == [(Role.VISIBILITY, reason)]
    assert judgement.waivers == (WaiverState(one, has_ended=False, matches=True),)


def test_what_is_plainly_supported_is_never_waived() -> None:
    one = waiver(reason=Reason.DOCUMENTED)
    judgement = waived(healthy(), one)
    assert all(result.waiver is None for result in judgement.results)
    assert not judgement.waivers[0].matches


@law(
    [
        (Reason.UNTESTED_NEWER, True),
        (Reason.UNTESTED_SERIES, True),
        (Reason.UNTESTED_FLAVOR, True),
        (Reason.TRIED, True),
        (Reason.CUSTOM_STORE, False),
        (Reason.TRIAL_FAILED, False),
    ]
)
def test_a_waiver_of_an_untested_version_also_counts_after_a_trial(reason: Reason, accepts: bool) -> None:
    tried = Result(
        Role.PERSISTENCE, Check.VERSION, "postgresql", Verdict.UNTESTED, Reason.TRIED, "it worked", ""
    )
    one = waiver(reason=reason)
    acceptance = Acceptance((one,), NOW)
    (marked,) = acceptance.mark([tried])
    assert marked.waiver == (one if accepts else None)
    assert acceptance.states([tried])[0].matches is accepts
