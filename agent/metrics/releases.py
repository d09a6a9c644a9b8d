"""Metrics of the running Temporal release, and of the upgrades to newer ones."""

from __future__ import annotations

from collections.abc import Iterator

from agent.metrics.family import AS_OF, Sample, gauge, midnight
from agent.snapshot import Snapshot


def _server(snapshot: Snapshot) -> Iterator[Sample]:
    server = snapshot.judgement.server
    if server is not None:
        yield (server.version, server.release), 1


def _published(snapshot: Snapshot) -> Iterator[Sample]:
    server = snapshot.judgement.server
    if server is not None and server.published is not None:
        yield (), midnight(server.published)


def _behind(snapshot: Snapshot) -> Iterator[Sample]:
    server = snapshot.judgement.server
    if server is not None and server.release:
        yield ("patch",), server.patches_behind
        yield ("minor",), server.minors_behind


def _blockers(snapshot: Snapshot) -> Iterator[Sample]:
    for ahead in snapshot.outlook:
        yield (ahead.level, ahead.release), ahead.blockers


def _schema_steps(snapshot: Snapshot) -> Iterator[Sample]:
    for ahead in snapshot.outlook:
        yield (ahead.level, ahead.release), ahead.schema_steps


def _steps(snapshot: Snapshot) -> Iterator[Sample]:
    for ahead in snapshot.outlook:
        yield (ahead.level, ahead.release), ahead.steps


FAMILIES = (
    gauge(
        "server_info",
        "version release",
        f"The oldest running Temporal release. Always 1. {AS_OF}",
        _server,
    ),
    gauge(
        "server_release_timestamp_seconds",
        "",
        f"Publication date of the oldest running Temporal release. {AS_OF}",
        _published,
    ),
    gauge(
        "server_releases_behind",
        "level",
        f"Number of newer releases in the matrix: patches of the same minor, or minors. {AS_OF}",
        _behind,
    ),
    gauge(
        "upgrade_blockers",
        "level release",
        "Number of upgrade blockers besides schema steps, for the newest patch of this minor and for the next"
        f" minor; absent if there is no such release. {AS_OF}",
        _blockers,
    ),
    gauge(
        "upgrade_schema_steps",
        "level release",
        f"Number of schema steps in the same upgrade. {AS_OF}",
        _schema_steps,
    ),
    gauge("upgrade_steps", "level release", f"Number of all steps in the same upgrade. {AS_OF}", _steps),
)
