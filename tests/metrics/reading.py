"""Snapshots exposed, and the text of /metrics read back."""

from __future__ import annotations

from collections import Counter

from prometheus_client import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_plain

from agent.metrics.exposition import PLAIN, Format
from agent.metrics.family import PREFIX
from agent.snapshot import Snapshot
from agent.web.scrapes import Exposition
from tests.web.samples import STATE


def expose(*snapshots: Snapshot, form: Format = PLAIN) -> str:
    return Exposition().metrics(STATE, snapshots, form).plain().decode()


def parse(text: str, form: Format) -> list[Metric]:
    return list((parse_plain if form is PLAIN else parse_openmetrics)(text))


def series(text: str, form: Format = PLAIN) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """Every series with its value; fails on two with the same labels."""
    found = [
        ((sample.name, frozenset(sample.labels.items())), sample.value)
        for family in parse(text, form)
        for sample in family.samples
    ]
    assert not [key for key, count in Counter(key for key, _ in found).items() if count > 1]
    return dict(found)


def values(text: str, name: str, *labels: str) -> dict[tuple[str, ...], float]:
    """Label values, in the order given, to values of one metric."""
    return {
        tuple(dict(key[1])[label] for label in labels): value
        for key, value in series(text).items()
        if key[0] == PREFIX + name
    }
