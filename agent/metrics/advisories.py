"""Metrics of published warnings. They have no series before a server was seen: 0 would mean no warnings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from agent.metrics.family import AS_OF, Sample, gauge
from agent.model.vocabulary import Level
from agent.snapshot import Snapshot


def _advisories(snapshot: Snapshot) -> Iterator[Sample]:
    if snapshot.judgement.server is not None:
        for advisory in snapshot.judgement.advisories:
            yield (advisory.id, advisory.level), 1


def _counts(snapshot: Snapshot) -> Iterator[Sample]:
    if snapshot.judgement.server is not None:
        counts = Counter(advisory.level for advisory in snapshot.judgement.advisories)
        for level in Level:
            yield (level,), counts[level]


FAMILIES = (
    gauge(
        "advisory_info",
        "advisory level",
        f"A published warning that concerns what runs, or may. Always 1. {AS_OF}",
        _advisories,
    ),
    gauge(
        "advisories",
        "level",
        f"Published warnings that concern what runs, or may. {AS_OF}",
        _counts,
    ),
)
