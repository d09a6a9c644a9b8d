"""Metrics of the versions that run."""

from __future__ import annotations

from agent.model.vocabulary import Role
from agent.snapshot import take
from tests.building import FROZEN, NOW, healthy, observation, replica, subject
from tests.metrics.reading import expose, values


def test_a_frontend_and_its_replicas_are_counted_once_by_the_endpoint_that_shows_the_most() -> None:
    seen = (*healthy(), replica("1.31.2", "1.31.2", name="history"))
    text = expose(take(FROZEN, subject(sees_replicas=True), seen, NOW))
    assert values(text, "component_nodes", "role", "version")["server", "1.31.2"] == 2


def test_every_version_that_runs_is_a_series() -> None:
    seen = (observation(Role.SERVER, "1.31.2", "1.30.6"),)
    text = expose(take(FROZEN, subject(), seen, NOW))
    assert values(text, "component_info", "role", "version") == {
        ("server", "1.31.2"): 1,
        ("server", "1.30.6"): 1,
    }
