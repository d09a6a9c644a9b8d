"""The text of /metrics. A scrape joins texts that are already rendered; it never waits for a probe.

A cluster is rendered again when its snapshot has changed, at most once a second.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from prometheus_client.core import Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, choose_encoder
from prometheus_client.exposition import generate_latest as plain_text
from prometheus_client.openmetrics.exposition import CONTENT_TYPE_LATEST as CONTENT_TYPE_OPENMETRICS
from prometheus_client.openmetrics.exposition import generate_latest as openmetrics_text
from prometheus_client.registry import Collector

from agent.metrics.families import agent_metrics, cluster_metrics
from agent.model.agent_status import AgentState
from agent.snapshot import Snapshot

#: Shortest time between two renderings of one cluster, in seconds.
_RENDER_INTERVAL = 1.0


@dataclass(frozen=True)
class Format:
    """One of the two text formats."""

    content_type: str
    generate: Callable[[Collector], bytes]
    end: bytes


PLAIN = Format(CONTENT_TYPE_PLAIN_0_0_4, plain_text, b"")
OPENMETRICS = Format(CONTENT_TYPE_OPENMETRICS, openmetrics_text, b"# EOF\n")


def negotiate(accept: str) -> Format:
    """The format that the Accept header prefers; plain text if the header has no preference or is invalid."""
    for accepted in accept.split(","):
        try:
            _, content_type = choose_encoder(accepted)
        except (TypeError, ValueError):
            # The library expects a version of three numbers.
            continue
        if content_type != CONTENT_TYPE_PLAIN_0_0_4:
            return OPENMETRICS if content_type.startswith("application/openmetrics-text") else PLAIN
    return PLAIN


class _Ready:
    """Finished families as a registry, because the library's encoders take a registry."""

    def __init__(self, metrics: list[Metric]) -> None:
        self._metrics = metrics

    def collect(self) -> Iterable[Metric]:
        return self._metrics


@dataclass(frozen=True)
class _Text:
    """One family's text: its head (HELP and TYPE) and its samples."""

    head: bytes
    samples: bytes


def render(metrics: list[Metric], form: Format) -> dict[str, _Text]:
    """The text of each family, so that several clusters' can be joined under one head."""
    whole = form.generate(_Ready(metrics)).removesuffix(form.end)
    texts = {}
    # The library escapes newlines in HELP and in labels, so only a head begins a line with '#'.
    for metric, text in zip(metrics, re.split(rb"^(?=# HELP )", whole, flags=re.MULTILINE)[1:], strict=True):
        _help, _type, samples = text.split(b"\n", 2)
        texts[metric.name] = _Text(_help + b"\n" + _type + b"\n", samples)
    return texts


def join(parts: Iterable[dict[str, _Text]], form: Format) -> bytes:
    """One exposition of several parts: every family once, families without a series left out."""
    samples: dict[str, list[bytes]] = {}
    heads: dict[str, bytes] = {}
    for part in parts:
        for name, text in part.items():
            heads[name] = text.head
            if text.samples:
                samples.setdefault(name, []).append(text.samples)
    body = b"".join(heads[name] + b"".join(samples[name]) for name in heads if name in samples)
    return body + form.end


@dataclass(frozen=True)
class _Rendered:
    snapshot: Snapshot
    at: float
    texts: dict[str, _Text]


class Exposition:
    """Keeps each cluster's text until its snapshot changes.

    `process` has the metrics of the process, which follow those of the agent.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic, process: Collector | None = None) -> None:
        self._clock = clock
        self._process = process
        self._lock = threading.Lock()
        self._rendered: dict[tuple[str, str], _Rendered] = {}

    def metrics(self, state: AgentState, snapshots: Iterable[Snapshot], form: Format) -> bytes:
        """The whole of /metrics. Simultaneous scrapes share the rendered texts."""
        with self._lock:
            clusters = self._texts(snapshots, form)
        process = list(self._process.collect()) if self._process else []
        return join([*clusters, render([*agent_metrics(state), *process], form)], form)

    def _texts(self, snapshots: Iterable[Snapshot], form: Format) -> list[dict[str, _Text]]:
        current = {(snapshot.subject.name, form.content_type): snapshot for snapshot in snapshots}
        for key, snapshot in current.items():
            kept = self._rendered.get(key)
            if kept is None or self._is_due(kept, snapshot):
                texts = render(cluster_metrics(snapshot), form)
                self._rendered[key] = _Rendered(snapshot, self._clock(), texts)
        self._rendered = {
            key: kept for key, kept in self._rendered.items() if key in current or key[1] != form.content_type
        }
        return [self._rendered[key].texts for key in current]

    def _is_due(self, kept: _Rendered, snapshot: Snapshot) -> bool:
        return kept.snapshot is not snapshot and self._clock() - kept.at >= _RENDER_INTERVAL


def probe_metrics(snapshot: Snapshot, form: Format) -> bytes:
    """The text of /probe: only this cluster's gauges."""
    return join([render(cluster_metrics(snapshot, counters=False), form)], form)
