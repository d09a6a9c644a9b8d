"""Metrics of the Temporal release that runs, and of the upgrades to the next ones."""

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
        yield (ahead.level,), ahead.blockers


def _schema_steps(snapshot: Snapshot) -> Iterator[Sample]:
    for ahead in snapshot.outlook:
        yield (ahead.level,), ahead.schema_steps


def _steps(snapshot: Snapshot) -> Iterator[Sample]:
    for ahead in snapshot.outlook:
        yield (ahead.level,), ahead.steps


FAMILIES = (
    gauge(
        "server_info",
        "version release",
        f"The oldest Temporal release that runs. Always 1. {AS_OF}",
        _server,
    ),
    gauge(
        "server_release_timestamp_seconds",
        "",
        f"When the oldest release that runs was published. {AS_OF}",
        _published,
    ),
    gauge(
        "server_releases_behind",
        "level",
        f"Newer releases that the matrix knows: patches of the same minor, and minors. {AS_OF}",
        _behind,
    ),
    gauge(
        "upgrade_blockers",
        "level",
        "What stands in the way to the newest patch of this minor, and of the next one, besides schema steps;"
        f" absent where there is no such release. {AS_OF}",
        _blockers,
    ),
    gauge("upgrade_schema_steps", "level", f"Schema steps on the way there. {AS_OF}", _schema_steps),
    gauge("upgrade_steps", "level", f"All steps on the way there, schema steps included. {AS_OF}", _steps),
)
