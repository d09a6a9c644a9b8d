"""Observations: how long facts count, by the clock that nobody sets."""

from __future__ import annotations

import copy
from dataclasses import FrozenInstanceError, fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.model.observation import Facts, Instant, Observation
from agent.model.vocabulary import Role
from tests.building import MAX_AGE, NOW, TIMEOUT, later, observation

ages = st.floats(0, 1e6, allow_nan=False)


def test_facts_count_until_just_before_the_highest_age() -> None:
    seen = observation(Role.SERVER, "1.31.2")
    assert seen.fresh_facts(NOW, MAX_AGE) is seen.facts
    assert seen.fresh_facts(later(MAX_AGE - 0.001), MAX_AGE) is seen.facts
    assert seen.fresh_facts(later(MAX_AGE), MAX_AGE) is None


@given(ages, ages)
def test_facts_that_have_grown_too_old_never_count_again(age: float, more: float) -> None:
    seen = observation(Role.SERVER, "1.31.2")
    if seen.fresh_facts(later(age), MAX_AGE) is None:
        assert seen.fresh_facts(later(age + more), MAX_AGE) is None


@given(st.floats(-1e9, 1e9))
def test_setting_the_clock_makes_nothing_young_or_old(wall: float) -> None:
    seen = observation(Role.SERVER, "1.31.2")
    assert seen.fresh_facts(later(1, wall=wall), MAX_AGE) is seen.facts
    assert seen.fresh_facts(later(MAX_AGE, wall=wall), MAX_AGE) is None


def test_nothing_counts_before_the_first_success() -> None:
    assert observation(Role.SERVER).fresh_facts(NOW, MAX_AGE) is None
    assert observation(Role.SERVER, failure=TIMEOUT).fresh_facts(NOW, MAX_AGE) is None


def test_a_failure_leaves_the_last_facts_their_time() -> None:
    failing = observation(Role.SERVER, "1.31.2", failure=TIMEOUT)
    assert failing.fresh_facts(later(1), MAX_AGE) is failing.facts


@pytest.mark.parametrize("thing", [NOW, observation(Role.SERVER, "1.31.2"), Facts("temporal", ())])
def test_what_was_observed_cannot_be_changed(thing: Instant | Observation | Facts) -> None:
    for field in fields(thing):
        with pytest.raises(FrozenInstanceError):
            setattr(thing, field.name, None)
    assert copy.copy(thing) == thing


def test_the_mappings_of_facts_cannot_be_changed() -> None:
    facts = Facts("temporal", ())
    for mapping in (facts.plugins, facts.details):
        with pytest.raises(TypeError):
            mapping["x"] = "y"  # type: ignore[index]
