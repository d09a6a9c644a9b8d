"""The whole of /metrics. A scrape joins texts that are already rendered; it never waits for a probe."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence

from prometheus_client.registry import Collector

from agent.metrics.cluster_text import ClusterText, cluster_text
from agent.metrics.exposition import Format, head, render
from agent.metrics.families import CLUSTER_FAMILIES, agent_metrics
from agent.metrics.family import CLUSTER_LABEL
from agent.model.agent_status import AgentState
from agent.snapshot import Snapshot
from agent.web.packing import Content, Part


class Exposition:
    """Keeps the text of each cluster, and each family over all clusters compressed, until it changes.

    `process` has the metrics of the process, which follow those of the agent.
    """

    def __init__(self, process: Collector | None = None) -> None:
        self._process = process
        self._joining = threading.Lock()
        self._rendered: dict[str, ClusterText] = {}
        #: What the kept families consist of.
        self._joined: dict[str, ClusterText] = {}
        self._families: dict[tuple[str, int], Part] = {}

    def render(self, snapshot: Snapshot) -> ClusterText:
        """Render a cluster after its round, so that the next scrape need not."""
        name = snapshot.subject.name
        text = cluster_text(snapshot, self._rendered.get(name))
        self._rendered[name] = text
        return text

    def metrics(self, state: AgentState, snapshots: Iterable[Snapshot], form: Format) -> Content:
        """Every family once, families without a series left out."""
        with self._joining:
            clusters = self._current(snapshots)
            families = [self._family(index, clusters, form) for index in range(len(CLUSTER_FAMILIES))]
        process = list(self._process.collect()) if self._process else []
        own = Part(render([*agent_metrics(state), *process], form) + form.end)
        return Content((*(part for part in families if part.size), own))

    def _current(self, snapshots: Iterable[Snapshot]) -> tuple[ClusterText, ...]:
        """The texts of all clusters. Drops the kept families that have changed."""
        before, self._joined = self._joined, {}
        for snapshot in snapshots:
            text = self._rendered.get(snapshot.subject.name)
            if text is None or text.snapshot is not snapshot:
                text = self.render(snapshot)
            self._joined[snapshot.subject.name] = text
        if list(before) != list(self._joined):
            self._families.clear()
            self._rendered = dict(self._joined)
        else:
            self._forget(_changed(before.values(), self._joined.values()))
        return tuple(self._joined.values())

    def _forget(self, changed: set[int]) -> None:
        for key in [key for key in self._families if key[1] in changed]:
            del self._families[key]

    def _family(self, index: int, clusters: Sequence[ClusterText], form: Format) -> Part:
        key = form.content_type, index
        part = self._families.get(key)
        if part is None:
            texts = [text for cluster in clusters if (text := cluster.texts[index])]
            begin = head(CLUSTER_FAMILIES[index].empty([CLUSTER_LABEL]), form)
            # Not joined: that would be the text of all clusters again, for each format.
            part = Part(begin, *texts) if texts else Part()
            self._families[key] = part
        return part


def _changed(before: Iterable[ClusterText], after: Iterable[ClusterText]) -> set[int]:
    """The places of the families whose text differs in any cluster."""
    changed: set[int] = set()
    for old, new in zip(before, after, strict=True):
        if old is not new:
            changed.update(
                index
                for index, (known, text) in enumerate(zip(old.texts, new.texts, strict=True))
                if known is not text
            )
    return changed
