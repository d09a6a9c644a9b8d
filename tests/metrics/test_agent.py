"""Metrics of the agent itself."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agent.metrics.families import agent_metrics
from tests.web.samples import STATE


@pytest.mark.parametrize(("last", "expected"), [(None, []), (12.5, [12.5])])
def test_the_last_round_is_absent_before_there_was_one(last: float | None, expected: list[float]) -> None:
    (metric,) = [
        metric
        for metric in agent_metrics(replace(STATE, last_round=last))
        if metric.name.endswith("last_round_timestamp_seconds")
    ]
    assert [sample.value for sample in metric.samples] == expected
