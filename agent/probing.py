"""One round of every cluster of a configuration, side by side, for commands that ask once."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from agent.config import Cluster, Config
from agent.cycle import Cycle, now
from agent.matrix import Matrix
from agent.same_clusters import same_clusters
from agent.snapshot import Snapshot

_MOST_AT_ONCE = 64


def probe_once(config: Config, matrix: Matrix) -> Sequence[Snapshot]:
    """Probe each cluster once, and judge it. In the order of the configuration."""

    def probe(cluster: Cluster) -> Snapshot:
        cycle = Cycle(config, cluster, matrix)
        try:
            return cycle.round()
        finally:
            cycle.close()

    with ThreadPoolExecutor(max(min(len(config.clusters), _MOST_AT_ONCE), 1)) as pool:
        snapshots = list(pool.map(probe, config.clusters))
    found = same_clusters(snapshots)
    return [_knowing(snapshot, matrix, found.get(snapshot.subject.name, ())) for snapshot in snapshots]


def _knowing(snapshot: Snapshot, matrix: Matrix, same_as: Sequence[str]) -> Snapshot:
    return snapshot.at(matrix, now(), replace(snapshot.subject, same_as=tuple(same_as)))
