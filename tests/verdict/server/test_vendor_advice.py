"""The advice of the Temporal project is reported and changes no verdict."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agent.model.observation import Observation
from agent.model.vocabulary import Check, Reason, Role, Verdict
from tests.building import MAX_AGE, healthy, judged, later, observation


def advised(**details: str) -> Observation:
    seen = observation(Role.SERVER, "1.31.2")
    assert seen.facts is not None
    return replace(seen, facts=replace(seen.facts, details=details))


@pytest.mark.parametrize(
    ("recommended", "reasons"),
    [
        ("1.32.2", [Reason.NEWER_RECOMMENDED]),
        ("1.31.2", []),
        ("1.30.0", []),
        ("", []),
        ("latest", []),
    ],
)
def test_a_newer_recommended_version_is_a_remark(recommended: str, reasons: list[Reason]) -> None:
    judgement = judged(advised(recommended_version=recommended), *healthy()[1:])
    assert [remark.reason for remark in judgement.remarks] == reasons
    assert judgement.verdict is Verdict.SUPPORTED


def test_alerts_are_reported_with_their_own_text() -> None:
    (remark,) = judged(advised(alerts="upgrade before Friday"), *healthy()[1:]).remarks
    assert (remark.role, remark.check, remark.reason) == (Role.SERVER, Check.VERSION, Reason.SERVER_ALERT)
    assert remark.message == "upgrade before Friday"


def test_advice_that_is_too_old_is_not_repeated() -> None:
    assert not judged(advised(alerts="old"), *healthy()[1:], now=later(2 * MAX_AGE)).remarks
