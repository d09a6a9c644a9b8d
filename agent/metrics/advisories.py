"""Metrics of published warnings. They have no series until a server was read: 0 would mean no warnings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from agent.metrics.family import AS_OF, Sample, gauge
from agent.model.vocabulary import Level
from agent.snapshot import Snapshot

#: None: the condition of the warning is not known to be true.
_APPLIES: dict[bool | None, str] = {True: "yes", None: "not known"}


def _advisories(snapshot: Snapshot) -> Iterator[Sample]:
    """Without those of lower levels whose condition is not known: a release can have ten of them."""
    if snapshot.judgement.server is not None:
        for advisory in snapshot.judgement.advisories:
            level = advisory.advisory.level
            if advisory.counts and (advisory.applies or level is Level.CRITICAL):
                yield (advisory.advisory.id, level, _APPLIES[advisory.applies], "false"), 1


def _counts(snapshot: Snapshot) -> Iterator[Sample]:
    if snapshot.judgement.server is not None:
        counts = Counter(each.advisory.level for each in snapshot.judgement.advisories if each.counts)
        for level in Level:
            yield (level,), counts[level]


def _waiver_ends(snapshot: Snapshot) -> Iterator[Sample]:
    for state in snapshot.judgement.advisory_waivers:
        yield (state.waiver.advisory,), state.waiver.end


FAMILIES = (
    gauge(
        "advisory_info",
        "advisory level applies waived",
        "A published warning that affects the running version, or a critical one that may affect it, and is "
        f"not waived. Always 1. {AS_OF}",
        _advisories,
    ),
    gauge(
        "advisories",
        "level",
        f"Number of published warnings that affect the running version, or may affect it. {AS_OF}",
        _counts,
    ),
    gauge(
        "advisory_waiver_end_timestamp_seconds",
        "advisory",
        "When the waiver of a published warning ends or has ended.",
        _waiver_ends,
    ),
)
