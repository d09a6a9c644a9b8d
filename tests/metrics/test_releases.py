"""Metrics of the release that runs and of the next ones."""

from __future__ import annotations

from agent.model.vocabulary import Role
from agent.snapshot import take
from tests.building import FROZEN, MATRIX, NOW, observation, subject
from tests.metrics.reading import expose, values


def test_the_oldest_release_that_runs_is_the_one_series() -> None:
    text = expose(take(MATRIX, subject(), (observation(Role.SERVER, "1.31.2", "1.30.6"),), NOW))
    assert values(text, "server_info", "version", "release") == {("1.30.6", "1.30.6"): 1}


def test_a_release_that_the_matrix_does_not_know_is_not_behind_any() -> None:
    text = expose(take(FROZEN, subject(), (observation(Role.SERVER, "1.99.0"),), NOW))
    assert values(text, "server_info", "version", "release") == {("1.99.0", ""): 1}
    assert values(text, "server_releases_behind", "level") == {}
