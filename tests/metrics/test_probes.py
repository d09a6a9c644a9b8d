"""Metrics of probes."""

from __future__ import annotations

from tests.metrics.reading import expose, values
from tests.web.samples import AT, behind, silent


def test_before_the_first_probe_its_counters_are_zero_and_nothing_is_up_or_down() -> None:
    text = expose(silent())
    assert values(text, "probes_total", "probe") == {("grpc",): 0.0}
    assert values(text, "probe_failures_total", "probe") == {("grpc",): 0.0}
    for name in (
        "probe_up",
        "probe_duration_seconds",
        "probe_last_success_timestamp_seconds",
        "probe_failure_info",
    ):
        assert values(text, name, "probe") == {}


def test_a_probe_that_fails_is_down_with_its_reason_and_keeps_its_last_success() -> None:
    text = expose(behind())
    assert values(text, "probe_up", "probe", "name") == {
        ("grpc", ""): 1.0,
        ("metrics", "history-0"): 0.0,
        ("sql", ""): 1.0,
    }
    assert values(text, "probe_failure_info", "probe", "reason") == {("metrics", "timeout"): 1.0}
    assert values(text, "probe_last_success_timestamp_seconds", "probe")[("metrics",)] == AT.wall - 60
