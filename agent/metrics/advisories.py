"""Metrics of published warnings. They have no series until a server was read: 0 would mean no warnings."""

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
        f"A published warning that affects the running version, or may affect it. Always 1. {AS_OF}",
        _advisories,
    ),
    gauge(
        "advisories",
        "level",
        f"Number of published warnings that affect the running version, or may affect it. {AS_OF}",
        _counts,
    ),
)
