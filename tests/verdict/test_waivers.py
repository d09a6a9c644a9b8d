"""The effect of waivers of published warnings."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from agent.model.vocabulary import Level, Reason
from agent.reports.check_lines import TextOptions
from agent.reports.check_text import as_json, as_text, exit_code
from agent.snapshot import take
from agent.verdict import AdvisoryWaiver, ClusterSpec, Judgement
from tests.building import FROZEN, NOW, healthy, judged, subject

NAME = "CVE-2026-89139"


def accepting(*ids: str, until: date = date(2027, 3, 1)) -> ClusterSpec:
    waivers = tuple(AdvisoryWaiver(name, "agreed in OPS-7", until) for name in ids)
    return replace(subject(), advisory_waivers=waivers)


def counting(judgement: Judgement) -> set[str]:
    return {each.advisory.id for each in judgement.advisories if each.counts}


def test_a_waived_warning_stays_visible_and_no_longer_counts() -> None:
    before, after = judged(*healthy()), judged(*healthy(), on=accepting(NAME))
    assert counting(before) - counting(after) == {NAME}
    assert [each.advisory for each in before.advisories] == [each.advisory for each in after.advisories]
    (state,) = after.advisory_waivers
    assert (state.matches, state.has_ended) == (True, False)
    snapshot = take(FROZEN, accepting(NAME), healthy(), NOW)
    assert "1 published warning waived; -v shows them" in as_text([snapshot])
    whole = as_text([snapshot], options=TextOptions(verbose=True))
    assert f"{NAME}: " in whole
    assert "(waived until 2027-03-01: agreed in OPS-7)" in " ".join(whole.split())
    assert '"waived": true' in as_json([snapshot])


def test_a_waiver_that_ended_counts_no_longer_and_says_so() -> None:
    on = accepting(NAME, until=date(2020, 1, 1))
    judgement = judged(*healthy(), on=on)
    assert NAME in counting(judgement)
    (remark,) = [each for each in judgement.remarks if each.reason is Reason.WAIVER_EXPIRED]
    assert NAME in remark.message
    assert judgement.advisory_waivers[0].has_ended


def test_a_waiver_of_a_warning_that_the_cluster_does_not_have_matches_nothing() -> None:
    (state,) = judged(*healthy(), on=accepting("CVE-1999-1")).advisory_waivers
    assert (state.matches, state.has_ended) == (False, False)


def test_the_gate_fails_on_a_critical_warning_until_every_one_is_waived() -> None:
    critical = [
        each.advisory.id for each in judged(*healthy()).advisories if each.advisory.level == "critical"
    ]
    assert len(critical) > 1
    gates = {
        names: exit_code([take(FROZEN, accepting(*names), healthy(), NOW)], {Level.CRITICAL})
        for names in ((), tuple(critical[:1]), tuple(critical))
    }
    assert gates == {(): 1, tuple(critical[:1]): 1, tuple(critical): 0}
    assert exit_code([take(FROZEN, subject(), healthy(), NOW)]) == 0


def test_the_judgement_ends_with_the_waiver() -> None:
    today = replace(NOW, wall=0.0)
    judgement = judged(*healthy(), on=accepting(NAME, until=date(1970, 1, 1)), now=today)
    assert NAME not in counting(judgement)
    assert judgement.valid_until <= today.mono + 86400
