"""The closed sets: label values that other people's alerts depend on."""

from __future__ import annotations

import re
from itertools import combinations_with_replacement

import pytest

from agent.model.vocabulary import STORE_ROLES, Check, Reason, Role, Verdict, worst
from tests.laws import law

WORST_LAST = [Verdict.SUPPORTED, Verdict.UNTESTED, Verdict.UNKNOWN, Verdict.UNSUPPORTED]


def test_there_are_exactly_four_verdicts() -> None:
    assert {str(verdict) for verdict in Verdict} == {"supported", "untested", "unsupported", "unknown"}


@law(combinations_with_replacement(WORST_LAST, 3))
def test_the_worst_verdict_decides_in_any_order(verdicts: tuple[Verdict, ...]) -> None:
    # Combinations keep the order of the list, so that the last one is the worst.
    assert worst(list(verdicts)) is verdicts[-1]
    assert worst(list(reversed(verdicts))) is verdicts[-1]


def test_without_any_check_the_verdict_is_unknown() -> None:
    assert worst([]) is Verdict.UNKNOWN


@pytest.mark.parametrize("kind", [Role, Check, Verdict, Reason])
def test_every_value_is_a_label_value_in_snake_case_and_named_alike(
    kind: type[Role | Check | Verdict | Reason],
) -> None:
    for member in kind:
        assert re.fullmatch(r"[a-z]+(_[a-z]+)*", member.value)
        assert member.name.lower() == member.value


def test_the_stores_with_a_schema_are_reported_persistence_first() -> None:
    assert STORE_ROLES == (Role.PERSISTENCE, Role.VISIBILITY)
