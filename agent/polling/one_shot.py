"""Rounds of every cluster, for commands: one round, or rounds until there are no findings."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from agent.config import Config
from agent.matrix import Matrix
from agent.model.vocabulary import Check, Reason, Role, Verdict
from agent.polling.clock import now
from agent.polling.cluster_poller import ClusterPoller
from agent.polling.duplicate_clusters import same_clusters
from agent.snapshot import Snapshot, take
from agent.upgrade import upgrade_path
from agent.upgrade.assume_schema_upgraded import with_schemas_upgraded
from agent.verdict import UpgradePath, Waiver

#: Clusters that are probed at the same time.
_MAX_PARALLEL_CLUSTERS = 64
#: Seconds between two rounds while waiting.
_PAUSE_SECONDS = 2.0


@dataclass(frozen=True)
class Assumption:
    """Judge as if this release ran, and with `schema_upgraded` as if its schema steps were done.

    `allow_skip`: accept a path that skips releases, or that is not known.
    """

    release: str = ""
    schema_upgraded: bool = False
    allow_skip: bool = False


def probe_once(config: Config, matrix: Matrix, assumption: Assumption | None = None) -> Sequence[Snapshot]:
    """Probe each cluster once, and judge it. In the order of the configuration."""
    with _cycles(config, matrix) as cycles:
        return _round(cycles, matrix, assumption or Assumption())


def probe_until(
    config: Config,
    matrix: Matrix,
    is_ok: Callable[[Sequence[Snapshot]], bool],
    seconds: float,
    assumption: Assumption | None = None,
) -> Sequence[Snapshot]:
    """Probe repeatedly until `is_ok` or for this many seconds; the snapshots of the last round."""
    end = time.monotonic() + seconds
    with _cycles(config, matrix) as cycles:
        while True:
            found = _round(cycles, matrix, assumption or Assumption())
            left = end - time.monotonic()
            if left <= 0 or is_ok(found):
                return found
            time.sleep(min(_PAUSE_SECONDS, left))


@contextmanager
def _cycles(config: Config, matrix: Matrix) -> Iterator[list[ClusterPoller]]:
    cycles = [ClusterPoller(config, cluster, matrix) for cluster in config.clusters]
    try:
        yield cycles
    finally:
        for cycle in cycles:
            cycle.close()


def _round(cycles: Sequence[ClusterPoller], matrix: Matrix, assumption: Assumption) -> Sequence[Snapshot]:
    with ThreadPoolExecutor(max(min(len(cycles), _MAX_PARALLEL_CLUSTERS), 1)) as pool:
        snapshots = list(pool.map(ClusterPoller.round, cycles))
    found = same_clusters(snapshots)
    return [_judged(matrix, s, assumption, found.get(s.subject.name, ())) for s in snapshots]


def _judged(matrix: Matrix, snapshot: Snapshot, assumption: Assumption, same_as: Sequence[str]) -> Snapshot:
    running = replace(snapshot.subject, same_as=tuple(same_as))
    if not assumption.release:
        return snapshot.at(matrix, now(), running)
    seen = snapshot.observations
    path = upgrade_path(matrix, running, seen, now(), assumption.release)
    subject = replace(
        running,
        assumed=assumption.release,
        path=path,
        schema_upgraded=assumption.schema_upgraded,
        waivers=(*running.waivers, *_accepted(path)) if assumption.allow_skip else running.waivers,
    )
    if assumption.schema_upgraded:
        seen = with_schemas_upgraded(matrix, subject, seen, now())
    # With the real observations, but no outlook: that of the running release is not that of the assumed one.
    return replace(take(matrix, subject, seen, now()), observations=snapshot.observations)


def _accepted(path: UpgradePath) -> tuple[Waiver, ...]:
    """A waiver for this run of a path that skips releases; none for a rollback that cannot work."""
    if path.verdict is Verdict.SUPPORTED or path.reason is Reason.RELEASE_BROKEN:
        return ()
    today = datetime.fromtimestamp(now().wall, UTC).date()
    return (Waiver(Role.SERVER, Check.PATH, path.reason, "--allow-skip", today),)
