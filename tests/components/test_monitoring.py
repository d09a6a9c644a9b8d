"""Prometheus and Grafana."""

from __future__ import annotations

from agent.components.monitoring import GRAFANA, PROMETHEUS
from agent.components.registry import JUDGED, record


def test_an_open_range_is_literal_for_these_two_alone() -> None:
    literal = {name for name in JUDGED if record(name).has_literal_ranges}
    assert literal == {PROMETHEUS.name, GRAFANA.name}


def test_relatives_of_prometheus_have_version_numbers_of_their_own() -> None:
    assert {flavor.name for flavor in PROMETHEUS.flavors} == {
        "thanos",
        "mimir",
        "cortex",
        "victoriametrics",
    }
    assert all(flavor.has_own_versions for flavor in PROMETHEUS.flavors)
