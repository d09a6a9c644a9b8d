"""The records of the reasons against all that judging gives: neither says more than the other."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from agent.model.reasons import REASONS
from agent.model.vocabulary import Check, Reason, Role, Verdict
from agent.verdict import Result, Waiver
from tests.verdict.situations import Situation, all_situations

Answer = tuple[Reason, Verdict, Check]

DECLARED = {(info.code, verdict, check) for info in REASONS.values() for verdict, check in info.answers}


class Seen:
    """What judging gave over all situations, each kind once with a situation that leads to it."""

    def __init__(self) -> None:
        self.answers: dict[Answer, Result] = {}
        self.remarks: dict[Reason, Result] = {}
        self.findings: dict[tuple[Role, Check, Reason], Situation] = {}
        for situation in all_situations():
            judgement = situation.judgement
            for result in (*judgement.results, *judgement.remarks):
                self.answers.setdefault((result.reason, result.verdict, result.check), result)
            self.remarks.update((r.reason, r) for r in judgement.remarks if r.verdict is Verdict.SUPPORTED)
            for found in judgement.findings:
                self.findings.setdefault((found.role, found.check, found.reason), situation)


@pytest.fixture(scope="module")
def seen() -> Seen:
    return Seen()


def test_every_answer_is_one_that_the_record_of_its_reason_declares(seen: Seen) -> None:
    assert {key: result for key, result in seen.answers.items() if key not in DECLARED} == {}


def test_every_answer_that_a_record_declares_is_given_somewhere(seen: Seen) -> None:
    assert sorted(DECLARED - seen.answers.keys()) == []


def test_every_remark_has_a_reason_that_is_a_finding(seen: Seen) -> None:
    # Every remark is listed as a finding; only what is one by its record can be waived.
    assert {reason for reason, remark in seen.remarks.items() if not remark.is_finding} == set()


def test_every_finding_can_be_waived_by_its_role_check_and_reason(seen: Seen) -> None:
    ignored = []
    for key, situation in seen.findings.items():
        if not REASONS[key[2]].can_be_waived:
            continue
        waiver = Waiver(*key, "accepted", date(9999, 1, 1))
        judgement = replace(situation, on={**situation.on, "waivers": (waiver,)}).judgement
        same = [found for found in judgement.findings if (found.role, found.check, found.reason) == key]
        if not same or any(found.waiver is not waiver for found in same) or not judgement.waivers[0].matches:
            ignored.append(key)
    assert ignored == []
