"""Metrics of the agent itself."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agent.metrics.families import agent_metrics
from agent.model.agent_status import RoundDurations
from tests.web.samples import STATE


@pytest.mark.parametrize(("last", "expected"), [(None, []), (12.5, [12.5])])
def test_the_last_round_is_absent_before_there_was_one(last: float | None, expected: list[float]) -> None:
    (metric,) = [
        metric
        for metric in agent_metrics(replace(STATE, last_round=last))
        if metric.name.endswith("last_round_timestamp_seconds")
    ]
    assert [sample.value for sample in metric.samples] == expected


def test_the_duration_of_rounds_is_a_histogram_with_growing_buckets() -> None:
    durations = RoundDurations()
    for seconds in (0.05, 0.3, 0.4, 90.0):
        durations = durations.with_round(seconds)
    (metric,) = [m for m in agent_metrics(replace(STATE, round_durations=durations)) if m.type == "histogram"]
    samples = {
        (sample.name[len(metric.name) :], *sample.labels.values()): sample.value for sample in metric.samples
    }
    assert metric.name == "temporal_compat_round_duration_seconds"
    assert [samples["_bucket", end] for end in ("0.05", "0.25", "0.5", "60.0", "+Inf")] == [1, 1, 3, 3, 4]
    assert samples["_count",] == 4
    assert samples["_sum",] == pytest.approx(90.75)
