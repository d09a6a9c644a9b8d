"""The text formats of /metrics and /probe."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from prometheus_client.core import Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, choose_encoder
from prometheus_client.exposition import generate_latest as plain_text
from prometheus_client.openmetrics.exposition import CONTENT_TYPE_LATEST as CONTENT_TYPE_OPENMETRICS
from prometheus_client.openmetrics.exposition import generate_latest as openmetrics_text
from prometheus_client.registry import Collector

from agent.metrics.families import cluster_metrics
from agent.snapshot import Snapshot


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


def render(metrics: Iterable[Metric], form: Format) -> bytes:
    """The text of these families, without the end that a format may have. Empty families are left out."""
    shown = [metric for metric in metrics if metric.samples]
    return form.generate(_Ready(shown)).removesuffix(form.end)


def head(metric: Metric, form: Format) -> bytes:
    """The HELP and TYPE lines of a family; `metric` has no samples."""
    return form.generate(_Ready([metric])).removesuffix(form.end)


def probe_metrics(snapshot: Snapshot, form: Format) -> bytes:
    """The text of /probe: only this cluster's gauges."""
    return render(cluster_metrics(snapshot, counters=False), form) + form.end
