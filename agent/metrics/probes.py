"""Metrics of the probes: one series a target."""

from __future__ import annotations

from collections.abc import Iterator

from agent.metrics.family import Sample, counter, gauge
from agent.model.observation import Observation
from agent.snapshot import Snapshot

_TARGET = "role component endpoint name"


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
    gauge("probe_up", _TARGET, "Whether the last probe of a target succeeded.", _up),
    gauge("probe_duration_seconds", _TARGET, "How long the last probe of a target took.", _durations),
    gauge(
        "probe_last_success_timestamp_seconds",
        _TARGET,
        "When a target was last read; absent before the first time.",
        _last_successes,
    ),
    gauge(
        "probe_failure_info",
        f"{_TARGET} reason",
        "Why the last probe of a target failed. Always 1.",
        _failures,
    ),
    counter("probes", _TARGET, "Probes of a target.", _attempts),
    counter("probe_failures", _TARGET, "Probes of a target that failed.", _failed_attempts),
)
