"""All Temporal replicas at once, from a Prometheus that already scrapes them.

An instant query for `build_information` (Prometheus HTTP API, `GET /api/v1/query`). A stopped replica
disappears from the answer as soon as Prometheus notices, after five minutes at the latest.
"""

from __future__ import annotations

import json
import time
from typing import Any

from agent.config import Temporal
from agent.model.observation import Facts, Node
from agent.model.vocabulary import Reason
from agent.probes.base import ProbeError, clean
from agent.probes.parsing.build_information import LABELS, NAME, node
from agent.probes.transport.http import HttpClient


def open_probe(settings: Temporal) -> TemporalPrometheus:
    """A probe of `settings.prometheus`."""
    assert settings.prometheus is not None
    target = settings.prometheus
    return TemporalPrometheus(target.url, target.matchers, target.proxy_url)


class TemporalPrometheus:
    """Keeps one connection to Prometheus."""

    def __init__(self, url: str, matchers: str, proxy_url: str | None = None) -> None:
        self._url = f"{url.rstrip('/')}/api/v1/query"
        own = matchers.strip()[1:-1].strip().rstrip(",")
        series = f'{{__name__=~"(.+_)?{NAME}"{f", {own}" if own else ""}}}'
        # Only the needed labels: others can make the answer large.
        self._query = f"group by ({', '.join(LABELS)}, instance) ({series})"
        self._client = HttpClient(proxy_url=proxy_url)

    def read(self, timeout: float) -> Facts:
        """The version of every replica that Prometheus saw in its last scrape."""
        end = time.monotonic() + timeout
        answer = self._client.get(self._url, end, params={"query": self._query})
        nodes = [found for series in _result(answer) if (found := _node(series))]
        if not nodes:
            raise ProbeError(Reason.NO_SERIES, f"Prometheus has no series for {self._query}")
        return Facts(component="temporal", nodes=tuple(nodes))

    def abort(self) -> None:
        """End a read that hangs."""
        self._client.abort()

    def close(self) -> None:
        self._client.close()


def _result(answer: bytes) -> list[Any]:
    try:
        result = json.loads(answer)["data"]["result"]
    except (ValueError, RecursionError, KeyError, TypeError) as error:
        raise ProbeError(Reason.BAD_ANSWER, "the answer is not from the query API of Prometheus") from error
    if not isinstance(result, list):
        raise ProbeError(Reason.BAD_ANSWER, "the answer contains no list of series")
    return result


def _node(series: Any) -> Node | None:
    labels = series.get("metric") if isinstance(series, dict) else None
    if not isinstance(labels, dict):
        return None
    texts = {clean(str(key)): clean(str(value)) for key, value in labels.items()}
    return node(texts, name=texts.get("instance", ""))
