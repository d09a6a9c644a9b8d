"""Metrics of published warnings."""

from __future__ import annotations

from agent.model.vocabulary import Level, Role
from agent.snapshot import take
from tests.building import FROZEN, NOW, observation, subject
from tests.metrics.reading import expose, values


def test_without_a_known_server_there_is_no_series_instead_of_a_zero() -> None:
    assert values(expose(take(FROZEN, subject(), (), NOW)), "advisories", "level") == {}


def test_with_a_known_server_every_level_is_counted() -> None:
    text = expose(take(FROZEN, subject(), (observation(Role.SERVER, "1.31.2"),), NOW))
    assert {level for (level,) in values(text, "advisories", "level")} == set(Level)
