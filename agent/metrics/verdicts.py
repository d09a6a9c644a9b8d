"""Metrics of a cluster's verdicts, findings and waivers."""

from __future__ import annotations

from collections.abc import Iterator

from agent.metrics.family import AS_OF, Sample, gauge
from agent.model.vocabulary import Verdict
from agent.snapshot import Snapshot
from agent.verdict import Result


def _cluster(snapshot: Snapshot) -> Iterator[Sample]:
    yield (snapshot.subject.environment, snapshot.subject.product), 1


def _verdicts(snapshot: Snapshot) -> Iterator[Sample]:
    for result in snapshot.judgement.results:
        for verdict in Verdict:
            yield (*_check(result), verdict), float(result.verdict is verdict)


def _cluster_verdict(snapshot: Snapshot) -> Iterator[Sample]:
    for verdict in Verdict:
        yield (verdict,), float(snapshot.judgement.verdict is verdict)


def _would_start(snapshot: Snapshot) -> Iterator[Sample]:
    would_start = snapshot.judgement.start.would_start
    if would_start is not None:
        yield (), float(would_start)


def _findings(snapshot: Snapshot) -> Iterator[Sample]:
    # Two findings may differ only in their message.
    labels = {
        (*_check(result), result.reason, result.verdict, "true" if result.waiver else "false"): None
        for result in snapshot.judgement.findings
    }
    for values in labels:
        yield values, 1


def _waiver_ends(snapshot: Snapshot) -> Iterator[Sample]:
    for state in snapshot.judgement.waivers:
        waiver = state.waiver
        yield (waiver.role, waiver.check, waiver.reason), waiver.end


def _check(result: Result) -> tuple[str, str, str]:
    return result.role, result.check, result.component


FAMILIES = (
    gauge(
        "cluster_info",
        "temporal_environment product",
        "A configured Temporal cluster. Always 1.",
        _cluster,
    ),
    gauge(
        "verdict",
        "role check component verdict",
        f"1 for the current verdict of a check, 0 for the other three. {AS_OF}",
        _verdicts,
    ),
    gauge(
        "cluster_verdict",
        "verdict",
        f"1 for the current verdict of the cluster, with waivers applied, 0 for the other three. {AS_OF}",
        _cluster_verdict,
    ),
    gauge(
        "would_start",
        "",
        f"Whether the running server could start again now: 1 or 0; absent if not known. {AS_OF}",
        _would_start,
    ),
    gauge(
        "finding_info",
        "role check component reason verdict waived",
        f"A check that is not simply supported, or a remark. Always 1. {AS_OF}",
        _findings,
    ),
    gauge(
        "waiver_end_timestamp_seconds",
        "role check reason",
        "When a waiver ends or has ended.",
        _waiver_ends,
    ),
)
