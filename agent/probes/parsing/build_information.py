"""Temporal's metric `build_information`, as its services write it and as Prometheus returns it.

Every service (frontend, history, matching, worker) has one series. Its value has no meaning and may be 0. The
name begins with the configured `metrics.prefix`, if any. tally writes `1_31_2` for 1.31.2, and labels that
the operator excludes are masked (temporalio/temporal@v1.31.2: common/metrics/runtime.go).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from agent.model.observation import Node

NAME = "build_information"

#: Labels of a series: the versions of Temporal and of Go, and the service under either of its names.
LABELS = ("build_version", "go_version", "service_name", "temporal_service")

#: Value of a label that the operator excludes (`metrics.excludeTags`).
_MASKED = "_tag_excluded_"

_TALLY = re.compile(r"(?:v|go)?[0-9]+_[0-9][0-9A-Za-z_]*", re.ASCII)


def is_build_information(metric: str) -> bool:
    """Whether a metric name is Temporal's, with or without a prefix."""
    return metric == NAME or metric.endswith(f"_{NAME}")


def node(labels: Mapping[str, str], name: str = "") -> Node | None:
    """The replica behind one series; None if the series has no version."""
    version = labels.get("build_version", "")
    if not version or version == _MASKED:
        return None
    service = labels.get("service_name") or labels.get("temporal_service", "")
    return Node(
        _with_dots(version),
        name=name,
        service="" if service == _MASKED else service,
        toolchain=_with_dots(labels.get("go_version", "").replace(_MASKED, "")),
    )


def _with_dots(version: str) -> str:
    """tally replaces dots in label values. This puts them back, so that equal versions are equal texts."""
    return version.replace("_", ".") if _TALLY.fullmatch(version) else version
