"""Prometheus with compatible products, and Grafana."""

from __future__ import annotations

import re

from agent.components.record import Component, Filling, Flavor, Marker, Reader
from agent.model.vocabulary import Role


def _flavor(name: str, title: str, *more: Marker) -> Flavor:
    """A product recognized by the application name in its build information, and by other texts."""
    return Flavor(name, title, (Marker("application", re.compile(name)), *more))


def _metric(name: str) -> Marker:
    return Marker("metric", re.compile(f"^{name}$"))


PROMETHEUS = Component(
    name="prometheus",
    title="Prometheus",
    roles=(Filling(Role.MONITORING, ">=1.0.0", "every release provides metrics for Prometheus"),),
    readers=(Reader("api", "prometheus"),),
    flavors=(
        _flavor("thanos", "Thanos", _metric("thanos_build_info")),
        _flavor("mimir", "Mimir"),
        _flavor("cortex", "Cortex", _metric("cortex_build_info")),
        _flavor(
            "victoriametrics",
            "VictoriaMetrics",
            _metric("vm_app_version"),
            # All of its build information, in every release (VictoriaMetrics/VictoriaMetrics#5437).
            Marker("build", re.compile(r'^\{"version": "2\.24\.0"\}$')),
        ),
    ),
    series_parts=2,
    has_literal_ranges=True,
    rights="give the agent a user or token that may query",
    lifecycle="prometheus",
)

GRAFANA = Component(
    name="grafana",
    title="Grafana",
    roles=(Filling(Role.OBSERVATION, ">=1.0.0", "Grafana reads Prometheus, not Temporal"),),
    readers=(Reader("api", "grafana"),),
    series_parts=2,
    has_literal_ranges=True,
    rights="give the agent a user or token that may sign in",
    lifecycle="grafana",
)
