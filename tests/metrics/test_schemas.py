"""Metrics of schema versions."""

from __future__ import annotations

from agent.model.vocabulary import Role
from agent.snapshot import take
from tests.building import FROZEN, NOW, observation, subject
from tests.metrics.reading import expose, values


def test_a_schema_without_a_certain_need_has_a_version_and_no_distance() -> None:
    store = observation(Role.PERSISTENCE, "15.4", schema="1.18")
    text = expose(take(FROZEN, subject(), (store,), NOW))
    assert values(text, "schema_info", "role", "version", "required") == {("persistence", "1.18", ""): 1}
    assert values(text, "schema_drift_versions", "role") == {}


def test_a_schema_behind_has_a_negative_distance() -> None:
    seen = (observation(Role.SERVER, "1.31.2"), observation(Role.PERSISTENCE, "15.4", schema="1.18"))
    text = expose(take(FROZEN, subject(), seen, NOW))
    assert values(text, "schema_drift_versions", "role") == {("persistence",): -1}
