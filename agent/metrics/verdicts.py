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
        yield (*_check(result), result.verdict), 1


def _cluster_verdict(snapshot: Snapshot) -> Iterator[Sample]:
    for verdict in Verdict:
        yield (verdict, *_owner(snapshot)), float(snapshot.judgement.verdict is verdict)


def _would_start(snapshot: Snapshot) -> Iterator[Sample]:
    would_start = snapshot.judgement.start.would_start
    if would_start is not None:
        yield _owner(snapshot), float(would_start)


def _since(snapshot: Snapshot) -> Iterator[Sample]:
    # A role may have several components with the same check. The earliest counts.
    earliest: dict[tuple[str, str], float] = {}
    for result in snapshot.judgement.results:
        since = snapshot.since.checks.get(_check(result))
        if since is not None and result.verdict is not Verdict.SUPPORTED:
            place = result.role, result.check
            earliest[place] = min(since, earliest.get(place, since))
    yield from earliest.items()


def _cluster_since(snapshot: Snapshot) -> Iterator[Sample]:
    if snapshot.since.cluster is not None:
        yield (), snapshot.since.cluster


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


def _owner(snapshot: Snapshot) -> tuple[str, str]:
    return snapshot.subject.product, snapshot.subject.environment


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
        f"The current verdict of a check, before any waiver. Always 1. {AS_OF}",
        _verdicts,
    ),
    gauge(
        "cluster_verdict",
        "verdict product temporal_environment",
        f"1 for the current verdict of the cluster, with waivers applied, 0 for the other three. {AS_OF}",
        _cluster_verdict,
    ),
    gauge(
        "would_start",
        "product temporal_environment",
        f"Whether the running server could start again now: 1 or 0; absent if not known. {AS_OF}",
        _would_start,
    ),
    gauge(
        "verdict_since_timestamp_seconds",
        "role check",
        "When a check got its current verdict, as far as this process knows; absent if supported.",
        _since,
    ),
    gauge(
        "cluster_verdict_since_timestamp_seconds",
        "",
        "When the cluster got its current verdict, as far as this process knows.",
        _cluster_since,
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
