"""One metric samples itself: labels by position, and a wrong number of them is an error."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from agent.metrics.family import Sample, collect, counter, gauge, midnight


def _one(source: int) -> Iterator[Sample]:
    yield ("x", "y"), source


def _none(_source: int) -> Iterator[Sample]:
    yield from ()


def test_label_values_are_in_the_order_of_the_record_and_come_after_the_common_ones() -> None:
    (metric,) = collect([gauge("a", "first second", "A.", _one)], 7, {"temporal_cluster": "orders"})
    (sample,) = metric.samples
    assert sample.name == "temporal_compat_a"
    assert list(sample.labels.items()) == [("temporal_cluster", "orders"), ("first", "x"), ("second", "y")]
    assert sample.value == 7


def test_a_counter_has_the_suffix_of_counters() -> None:
    (metric,) = collect([counter("a", "first second", "A.", _one)], 7, {})
    assert (metric.name, metric.samples[0].name) == ("temporal_compat_a", "temporal_compat_a_total")


@pytest.mark.parametrize("labels", ["", "first", "first second third"])
def test_a_wrong_number_of_label_values_is_an_error_that_names_the_metric(labels: str) -> None:
    with pytest.raises(ValueError, match="temporal_compat_a has the labels"):
        collect([gauge("a", labels, "A.", _one)], 7, {})


def test_a_family_without_samples_is_collected_all_the_same() -> None:
    (metric,) = collect([gauge("a", "", "A.", _none)], 7, {})
    assert metric.samples == []


def test_a_day_begins_at_midnight_utc() -> None:
    assert midnight(date(1970, 1, 2)) == 86400
