"""Rounds of every cluster of a configuration, for commands that ask once, or until all is well."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace

from agent.config import Config
from agent.matrix import Matrix
from agent.polling.clock import now
from agent.polling.cluster_poller import ClusterPoller
from agent.polling.duplicate_clusters import same_clusters
from agent.snapshot import Snapshot, take
from agent.upgrade.assume_schema_upgraded import with_schemas_upgraded

_MOST_AT_ONCE = 64
#: Seconds from one round to the next while waiting.
_PAUSE = 2.0


@dataclass(frozen=True)
class Assumption:
    """Judge as if this release ran, and, if asked to, as if its schema steps were done."""

    release: str = ""
    schema_upgraded: bool = False


def probe_once(config: Config, matrix: Matrix, assumption: Assumption | None = None) -> Sequence[Snapshot]:
    """Probe each cluster once, and judge it. In the order of the configuration."""
    with _cycles(config, matrix) as cycles:
        return _round(cycles, matrix, assumption or Assumption())


def probe_until(
    config: Config,
    matrix: Matrix,
    is_well: Callable[[Sequence[Snapshot]], bool],
    seconds: float,
    assumption: Assumption | None = None,
) -> Sequence[Snapshot]:
    """Probe again and again until all is well, or for this many seconds; what was found last."""
    end = time.monotonic() + seconds
    with _cycles(config, matrix) as cycles:
        while True:
            found = _round(cycles, matrix, assumption or Assumption())
            left = end - time.monotonic()
            if left <= 0 or is_well(found):
                return found
            time.sleep(min(_PAUSE, left))


@contextmanager
def _cycles(config: Config, matrix: Matrix) -> Iterator[list[ClusterPoller]]:
    cycles = [ClusterPoller(config, cluster, matrix) for cluster in config.clusters]
    try:
        yield cycles
    finally:
        for cycle in cycles:
            cycle.close()


def _round(cycles: Sequence[ClusterPoller], matrix: Matrix, assumption: Assumption) -> Sequence[Snapshot]:
    with ThreadPoolExecutor(max(min(len(cycles), _MOST_AT_ONCE), 1)) as pool:
        snapshots = list(pool.map(ClusterPoller.round, cycles))
    found = same_clusters(snapshots)
    return [_judged(matrix, s, assumption, found.get(s.subject.name, ())) for s in snapshots]


def _judged(matrix: Matrix, snapshot: Snapshot, assumption: Assumption, same_as: Sequence[str]) -> Snapshot:
    subject = replace(snapshot.subject, same_as=tuple(same_as), assumed=assumption.release)
    if not assumption.release:
        return snapshot.at(matrix, now(), subject)
    seen = snapshot.observations
    if assumption.schema_upgraded:
        seen = with_schemas_upgraded(matrix, subject, seen, now())
    # As it was observed; the outlook of what runs is none of what is assumed.
    return replace(take(matrix, subject, seen, now()), observations=snapshot.observations)
