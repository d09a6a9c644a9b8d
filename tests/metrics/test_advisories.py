"""Metrics of published warnings."""

from __future__ import annotations

from agent.model.vocabulary import Level, Role
from agent.snapshot import take
from tests.building import FROZEN, MATRIX, NOW, healthy, observation, subject
from tests.metrics.reading import expose, values


def test_without_a_known_server_there_is_no_series_instead_of_a_zero() -> None:
    assert values(expose(take(FROZEN, subject(), (), NOW)), "advisories", "level") == {}


def test_with_a_known_server_every_level_is_counted() -> None:
    text = expose(take(FROZEN, subject(), (observation(Role.SERVER, "1.31.2"),), NOW))
    assert {level for (level,) in values(text, "advisories", "level")} == set(Level)


def test_a_series_is_there_for_what_applies_and_for_critical_warnings_that_may() -> None:
    snapshot = take(MATRIX, subject(), healthy(), NOW)
    listed = set(values(expose(snapshot), "advisory_info", "advisory", "level", "applies"))
    open_ones = [each for each in snapshot.judgement.advisories if each.counts]
    assert {each.advisory.level for each in open_ones if each.applies is None} > {Level.CRITICAL}
    assert listed == {
        (each.advisory.id, each.advisory.level, "yes" if each.applies else "not known")
        for each in open_ones
        if each.applies or each.advisory.level is Level.CRITICAL
    }
