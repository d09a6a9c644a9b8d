"""Metrics of the probes: one series for each target."""

from __future__ import annotations

from collections.abc import Iterator

from agent.metrics.family import Sample, counter, gauge
from agent.model.observation import Observation
from agent.snapshot import Snapshot

#: `probe` is how a target is read: grpc, sql. prometheus-operator sets `endpoint` itself.
_TARGET = "role component probe name"


def _up(snapshot: Snapshot) -> Iterator[Sample]:
    for observation in snapshot.observations:
        if observation.attempted is not None:
            yield _target(observation), float(observation.failure is None)


def _durations(snapshot: Snapshot) -> Iterator[Sample]:
    for observation in snapshot.observations:
        if observation.duration is not None:
            yield _target(observation), observation.duration


def _last_successes(snapshot: Snapshot) -> Iterator[Sample]:
    for observation in snapshot.observations:
        if observation.observed is not None:
            yield _target(observation), observation.observed.wall


def _failures(snapshot: Snapshot) -> Iterator[Sample]:
    for observation in snapshot.observations:
        if observation.failure is not None:
            yield (*_target(observation), observation.failure.reason), 1


def _attempts(snapshot: Snapshot) -> Iterator[Sample]:
    for observation in snapshot.observations:
        yield _target(observation), observation.attempts


def _failed_attempts(snapshot: Snapshot) -> Iterator[Sample]:
    for observation in snapshot.observations:
        yield _target(observation), observation.failures


def _target(observation: Observation) -> tuple[str, ...]:
    target = observation.target
    return target.role, target.component, target.endpoint, target.name


FAMILIES = (
    gauge("probe_up", _TARGET, "Whether the last probe of a target succeeded: 1 or 0.", _up),
    gauge("probe_duration_seconds", _TARGET, "Duration of the last probe of a target.", _durations),
    gauge(
        "probe_last_success_timestamp_seconds",
        _TARGET,
        "When a probe of a target last succeeded; absent before the first success.",
        _last_successes,
    ),
    gauge(
        "probe_failure_info",
        f"{_TARGET} reason",
        "Reason why the last probe of a target failed. Always 1; absent if it succeeded.",
        _failures,
    ),
    counter("probes", _TARGET, "Number of probes of a target.", _attempts),
    counter("probe_failures", _TARGET, "Number of failed probes of a target.", _failed_attempts),
)

#: Those that change with every round of a healthy cluster.
EVERY_ROUND = tuple(
    family for family in FAMILIES if family.samples in (_durations, _last_successes, _attempts)
)
