"""A law runs every case and names each one that breaks it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.building import MATRIX
from tests.laws import MAX_CASES_SHOWN, MAX_NAME_LENGTH, law


def test_a_law_that_holds_runs_every_case() -> None:
    seen: list[object] = []

    @law([1, (2, 3)])
    def takes_the_case(case: object) -> None:
        seen.append(case)

    @law([(4, 5)])
    def takes_two_arguments(one: int, other: int) -> None:
        seen.extend([one, other])

    takes_the_case()
    takes_two_arguments()
    assert seen == [1, (2, 3), 4, 5]


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
    with pytest.raises(AssertionError, match=f"^{MAX_CASES_SHOWN + 2} of {MAX_CASES_SHOWN + 2} cases"):
        never()


def test_every_kind_of_failure_names_its_case_and_the_first_keeps_its_traceback() -> None:
    @law([("wrong", 1), ("fails", 2), ("raises", 3), ("expects", 4)])
    def breaks(how: str, _number: int) -> None:
        if how == "wrong":
            assert how == "right", "not right"
        if how == "fails":
            pytest.fail("on purpose")
        if how == "raises":
            raise KeyError(how)
        with pytest.raises(ValueError, match="x"):
            pass

    with pytest.raises(AssertionError) as caught:
        breaks()
    text = str(caught.value)
    assert text.startswith("4 of 4 cases break this law:")
    assert "case 1: wrong, 1: not right" in text
    assert "case 2: fails, 2: on purpose" in text
    assert "case 3: raises, 3: KeyError('raises')" in text
    assert "case 4: expects, 4: DID NOT RAISE" in text
    assert isinstance(caught.value.__cause__, AssertionError)


def test_a_case_is_named_shortly_by_its_name() -> None:
    @law([(test_a_law_that_holds_runs_every_case, Path("folder/file.yaml"), "x" * 200)])
    def breaks(_test: object, _path: object, _text: object) -> None:
        raise AssertionError("broken")

    with pytest.raises(AssertionError) as caught:
        breaks()
    assert "case 1: test_a_law_that_holds_runs_every_case, file.yaml, xxx" in str(caught.value)
    assert f"{'x' * (MAX_NAME_LENGTH - 1)}…: broken" in str(caught.value)


def test_a_law_over_no_case_is_refused() -> None:
    with pytest.raises(AssertionError, match="no case"):
        law([])


def test_an_everyday_run_takes_some_of_the_cases_and_a_full_one_all() -> None:
    @law(range(4), everyday=[0, 2])
    def is_below_three(number: int) -> None:
        assert number < 3

    (mark,) = is_below_three.pytestmark  # type: ignore[attr-defined]
    few, every = mark.args[1]
    assert (few.id, few.values, few.marks) == ("everyday", ([0, 2],), ())
    assert (every.id, every.values, [each.name for each in every.marks]) == ("all", ([0, 1, 2, 3],), ["full"])
    run: Any = is_below_three
    run(few.values[0])
    with pytest.raises(AssertionError, match=r"^1 of 4 cases"):
        run(every.values[0])
