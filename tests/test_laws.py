"""A law runs every case and names each one that breaks it."""

from __future__ import annotations

import pytest

from tests.building import MATRIX
from tests.laws import MAX_CASES_SHOWN, law


def test_a_law_that_holds_runs_every_case() -> None:
    seen = []

    @law([1, (2,), 3])
    def holds(number: int) -> None:
        seen.append(number)

    holds()
    assert seen == [1, 2, 3]


def test_a_broken_law_names_every_case_that_breaks_it_and_no_other() -> None:
    @law([(MATRIX.releases.all[0], number) for number in range(4)])
    def is_even(_release: object, number: int) -> None:
        assert number % 2 == 0, f"{number} is odd"

    with pytest.raises(AssertionError) as caught:
        is_even()
    text = str(caught.value)
    assert text.startswith("2 of 4 cases break this law:")
    assert all(f"1.0.0, {number}: {number} is odd" in text for number in (1, 3))
    assert "1.0.0, 2" not in text


def test_a_failure_is_cut_where_too_many_cases_break_the_law() -> None:
    @law(range(MAX_CASES_SHOWN + 2))
    def never(_number: int) -> None:
        pytest.fail("never holds")

    @law(range(MAX_CASES_SHOWN + 2))
    def breaks(number: int) -> None:
        assert number < 0

    with pytest.raises(AssertionError, match=r"and 2 more"):
        breaks()
    # What is no broken assertion is a fault of the test, and ends it.
    with pytest.raises(pytest.fail.Exception):
        never()


def test_a_law_over_no_case_is_refused() -> None:
    with pytest.raises(AssertionError, match="no case"):
        law([])
