"""Metrics of the versions that run."""

from __future__ import annotations

from dataclasses import replace

from agent.metrics.components import MAX_VERSIONS_SHOWN
from agent.model.vocabulary import Check, Role, Verdict
from agent.polling.bounds import MAX_VERSIONS, bounded
from agent.snapshot import take
from tests.building import FROZEN, MATRIX, NOW, check, healthy, observation, replica, subject
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


def test_versions_of_many_targets_are_bounded_and_no_node_is_lost() -> None:
    seen = [
        replica(*(f"1.{minor}.{patch}" for patch in range(32)), name=f"pod-{minor}") for minor in range(9)
    ]
    text = expose(take(MATRIX, subject(sees_replicas=True), tuple(seen), NOW))
    for name in ("component_info", "component_nodes"):
        found = values(text, name, "role", "version")
        assert len(found) == MAX_VERSIONS_SHOWN + 1
        assert ("server", f"…and {9 * 32 - MAX_VERSIONS_SHOWN} more") in found
    assert sum(values(text, "component_nodes", "role", "version").values()) == 9 * 32


def test_a_target_with_too_many_versions_has_one_series_for_the_rest_and_is_not_green() -> None:
    reported = observation(
        Role.PERSISTENCE, *(f"15.{minor}" for minor in range(24_000)), component="postgresql"
    )
    assert reported.facts is not None
    cut = replace(reported, facts=bounded(reported.facts))
    seen = tuple(cut if o.target.role is Role.PERSISTENCE else o for o in healthy())
    snapshot = take(MATRIX, subject(), seen, NOW)
    found = values(expose(snapshot), "component_info", "role", "version")
    persistence = [version for role, version in found if role == "persistence"]
    assert len(persistence) == MAX_VERSIONS + 1
    assert persistence[-1] == f"…and {24_000 - MAX_VERSIONS} more"
    assert check(snapshot.judgement, Role.PERSISTENCE, Check.VERSION).verdict is Verdict.UNKNOWN
