"""All clusters of one configuration, each with its poller and its newest snapshot.

A new snapshot replaces the last one by one assignment, so readers never wait for a round. Readers get each
snapshot at its current age: if no round ever ends again, a supported cluster still turns unknown.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable
from functools import partial

from agent.config import Cluster, Config
from agent.daemon.descriptors import check_limit
from agent.daemon.transitions import transitions
from agent.matrix import Matrix
from agent.polling.clock import now
from agent.polling.cluster_poller import ClusterPoller
from agent.polling.duplicate_clusters import ClusterIds, cluster_ids
from agent.polling.outlooks import Outlooks
from agent.polling.targets import cluster_spec, probe_specs
from agent.polling.workers import WORKERS
from agent.probes import prepare
from agent.snapshot import Snapshot

log = logging.getLogger(__name__)


class MonitoredCluster:
    """One cluster: its configuration, its poller and its newest snapshot."""

    def __init__(
        self,
        config: Config,
        cluster: Cluster,
        matrix: Matrix,
        before: MonitoredCluster | None = None,
        outlooks: Outlooks | None = None,
    ) -> None:
        """`before`: the same cluster with other targets; those that stayed keep connections and facts.

        `outlooks`: those of the other clusters.
        """
        self.cluster = cluster
        self.specs = probe_specs(cluster)
        known = before.cycle if before else None
        self.cycle: ClusterPoller = ClusterPoller(config, cluster, matrix, known, outlooks)
        self.snapshot: Snapshot = self.cycle.first(before.snapshot if before else None)
        #: Whether a round has ended, however it did.
        self.first_round_done = False
        #: Called when a round read other cluster ids than the previous round.
        self.identity_changed: Callable[[], None] = lambda: None
        #: Called with every new snapshot.
        self.on_snapshot: Callable[[Snapshot], object] = lambda _snapshot: None
        self._busy = threading.Lock()
        self._with_current_age = (self.snapshot, self.snapshot)

    def begin(self, ended: Callable[[float], None]) -> bool:
        """Start a round and return at once. False: none was started, because the previous one still runs.

        `ended` is called in the round's own thread, with the round's duration in seconds. A cluster has at
        most one such thread, so a round that hangs does not delay other clusters.
        """
        if not self._busy.acquire(blocking=False):
            log.warning("poll skipped: previous one still running", extra={"cluster": self.name})
            return False
        try:
            WORKERS.run(lambda: self._round(ended))
        except RuntimeError:
            # The system has no thread left. It may have one the next time.
            self._busy.release()
            log.exception(
                "poll skipped: the system cannot start another thread", extra={"cluster": self.name}
            )
            return False
        return True

    def _round(self, ended: Callable[[float], None]) -> None:
        begun = time.monotonic()
        try:
            before = self.snapshot
            self.snapshot = self.cycle.round(before)
            self._log_transitions(before)
            if cluster_ids(self.snapshot) != cluster_ids(before):
                self.identity_changed()
            self.on_snapshot(self.snapshot)
        except Exception:
            # The snapshot stays and ages, so the cluster turns unknown; other clusters are not affected.
            log.exception("poll failed with an unexpected error", extra={"cluster": self.name})
        else:
            ended(time.monotonic() - begun)
        finally:
            self.first_round_done = True
            self._busy.release()

    def _log_transitions(self, before: Snapshot) -> None:
        for change in transitions(before, self.snapshot):
            level = logging.WARNING if change.is_bad else logging.INFO
            log.log(level, change.message, extra={"cluster": self.name, **change.fields})

    def read(self) -> Snapshot:
        """The newest snapshot at its current age."""
        snapshot = self.snapshot
        known, aged = self._with_current_age
        if known is not snapshot:
            aged = snapshot
        aged = aged.at(self.cycle.matrix, now(), self.cycle.subject)
        self._with_current_age = (snapshot, aged)
        return aged

    @property
    def name(self) -> str:
        return self.cycle.subject.name


class Fleet:
    """The clusters of one configuration. A new configuration gets a new fleet."""

    def __init__(self, config: Config, matrix: Matrix, before: Fleet | None = None) -> None:
        self.config = config
        self.entries: dict[str, MonitoredCluster] = {}
        # Shared with the previous fleet, whose last round may still run.
        self._duplicates: threading.Lock = before._duplicates if before else threading.Lock()
        self._ids = ClusterIds(cluster.name for cluster in config.clusters)
        outlooks = Outlooks()
        for cluster in config.clusters:
            # A cluster with unchanged targets keeps its connections and its snapshot.
            entry = before.entries.get(cluster.name) if before else None
            if entry is None or entry.specs != probe_specs(cluster):
                entry = MonitoredCluster(config, cluster, matrix, entry, outlooks)
            else:
                entry.cluster = cluster
                entry.cycle.update_spec(cluster_spec(config, cluster))
            entry.cycle.timeout = config.effective_timeout
            self.entries[cluster.name] = entry
            entry.identity_changed = partial(self._set_duplicates, [cluster.name])
        self._set_duplicates(self.entries)
        self.use(matrix)

    def use(self, matrix: Matrix) -> None:
        """Judge by this matrix from now on: in every new round, and when a snapshot is read."""
        for entry in self.entries.values():
            entry.cycle.matrix = matrix

    def snapshots(self) -> tuple[Snapshot, ...]:
        """The current state of every cluster."""
        return tuple(entry.read() for entry in self.entries.values())

    def on_snapshot(self, listener: Callable[[Snapshot], object]) -> None:
        """Call `listener` with every new snapshot, in the thread of its round."""
        for entry in self.entries.values():
            entry.on_snapshot = listener

    def _set_duplicates(self, names: Iterable[str]) -> None:
        """These clusters may have other cluster ids: set under which other names they are configured."""
        with self._duplicates:
            changed: set[str] = set()
            for name in names:
                changed |= self._ids.change(name, cluster_ids(self.entries[name].snapshot))
            for name in changed:
                self.entries[name].cycle.set_duplicates(self._ids.same_as(name))

    def reserve_descriptors(self) -> None:
        """Before the first probe: take the descriptors that gRPC needs, and check the limit."""
        kinds = [spec.kind for entry in self.entries.values() for spec in entry.specs]
        prepare(kinds)
        check_limit(len(kinds))

    def changed_since(self, before: Fleet) -> set[str]:
        """The clusters that have other targets than in the fleet before, or are not in it."""
        return {name for name, entry in self.entries.items() if before.entries.get(name) is not entry}

    def close(self, keep: Fleet | None = None) -> None:
        """Give up the connections that `keep` does not go on using."""
        for name, entry in self.entries.items():
            successor = keep.entries.get(name) if keep else None
            if successor is not entry:
                entry.cycle.close(successor.cycle if successor else None)
