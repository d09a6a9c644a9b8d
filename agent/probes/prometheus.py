"""Prometheus and its relatives: the version, and whether series of this cluster are there.

`GET /api/v1/status/buildinfo` (Prometheus 2.14 and later) names the version; what is older has it on its own
/metrics. Relatives answer it too: Mimir says who it is (grafana/mimir#15743), Thanos has the same keys as
Prometheus (thanos-io/thanos@011348b: pkg/api/api.go), VictoriaMetrics tells a version of Prometheus in place
of its own (VictoriaMetrics/VictoriaMetrics#5437).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from agent.components.registry import detect
from agent.config import Watch
from agent.model.observation import Facts, Failure, Node
from agent.model.vocabulary import Reason
from agent.probes.base import ProbeError, clean
from agent.probes.parsing.build_information import NAME
from agent.probes.transport.http import HttpClient, HttpError
from agent.probes.transport.web_api import Asking, is_final

_BUILD = "/api/v1/status/buildinfo"
_QUERY = "/api/v1/query"

#: Answers of those who do not know the question: Prometheus before 2.14, and some proxies.
_UNKNOWN_QUESTION = (400, 404, 405)

#: Metrics that identify who writes them, and the label with the version.
_METRICS = {
    "prometheus_build_info": "version",
    "thanos_build_info": "version",
    "cortex_build_info": "version",
    "vm_app_version": "short_version",
}
#: A relative that does not say which.
_OTHER = "other"


def open_probe(settings: Watch) -> PrometheusProbe:
    """A probe of one Prometheus."""
    return PrometheusProbe(settings)


class PrometheusProbe:
    """Keeps one connection."""

    def __init__(self, watch: Watch) -> None:
        self._settings = watch.prometheus
        own = watch.matchers.strip()[1:-1].strip().rstrip(",")
        temporal = f'{{__name__=~"(.+_)?{NAME}"{f", {own}" if own else ""}}}'
        agent = f'temporal_compat_cluster_info{{temporal_cluster="{watch.cluster}"}}'
        # A single number each, however many series there are.
        self._queries = {"temporal_series": f"count({temporal})", "agent_series": f"count({agent})"}
        self._client = HttpClient(watch.prometheus.tls)

    def read(self, timeout: float) -> Facts:
        """Ask who it is, then for this cluster's series."""
        asking = Asking(self._client, self._settings, timeout)
        flavor, version = _identity(asking)
        counts, limits = _counts(asking, self._queries)
        queries = MappingProxyType(self._queries)
        return Facts("prometheus", (Node(version),), flavor, details=queries, settings=counts, limits=limits)

    def abort(self) -> None:
        """End the read that hangs."""
        self._client.abort()

    def close(self) -> None:
        self._client.close()


def _identity(asking: Asking) -> tuple[str, str]:
    """Flavour (empty: Prometheus itself) and version."""
    try:
        told = asking.json(_BUILD).get("data")
    except HttpError as error:
        if error.status not in _UNKNOWN_QUESTION:
            raise
        return _by_metrics(asking, error)
    if not isinstance(told, dict):
        raise ProbeError(Reason.BAD_ANSWER, f"GET {_BUILD}: the answer has no build information")
    version = _text(told, "version")
    application = _text(told, "application").lower()
    if application not in ("", "prometheus"):
        return _flavor("application", application) or _OTHER, version or _unreadable()
    # Thanos fills in all that Prometheus does, and counts from 0; Prometheus 0.x did not know the question.
    if version and _text(told, "revision") and _text(told, "goVersion") and not version.startswith("0."):
        return "", version
    failure = ProbeError(Reason.VERSION_UNREADABLE, f"{_BUILD} and /metrics tell no version")
    try:
        return _by_metrics(asking, failure)
    except ProbeError as error:
        if is_final(error) or not version:
            raise
    if flavor := _flavor("build", json.dumps(told)):
        return flavor, f"{version} (of the API, not its own)"
    return _OTHER, version


def _flavor(text: str, words: str) -> str:
    return detect("prometheus", {text: words}).flavor


def _by_metrics(asking: Asking, otherwise: ProbeError) -> tuple[str, str]:
    """By the /metrics that it has of itself.

    Raises:
        ProbeError: `otherwise`, where those do not tell either.
    """
    try:
        for line in asking.lines("/metrics"):
            name = line.partition("{")[0]
            if name in _METRICS:
                (family,) = text_string_to_metric_families(f"{line}\n")
                version = family.samples[0].labels.get(_METRICS[name], "")
                if version:
                    return _flavor("metric", name), clean(version)
    except (ValueError, IndexError) as error:
        raise ProbeError(Reason.BAD_ANSWER, f"/metrics holds no metrics: {error}") from error
    except ProbeError as error:
        if is_final(error):
            raise
    raise otherwise


def _counts(asking: Asking, queries: Mapping[str, str]) -> tuple[Mapping[str, str], tuple[Failure, ...]]:
    """How many series each query counts, as far as that may be asked."""
    counts: dict[str, str] = {}
    for key, query in queries.items():
        try:
            counts[key] = _count(asking.json(_QUERY, {"query": query}))
        except ProbeError as error:
            # What refuses one question refuses the other.
            return MappingProxyType(counts), (error.failure,)
    return MappingProxyType(counts), ()


def _count(answer: Mapping[str, Any]) -> str:
    """The number in `{"data": {"result": [{"value": [time, "3"]}]}}`; no result is none."""
    try:
        result = answer["data"]["result"]
        return str(int(float(result[0]["value"][1]))) if result else "0"
    except (KeyError, IndexError, TypeError, ValueError, OverflowError) as error:
        text = json.dumps(answer)[:80]
        raise ProbeError(Reason.BAD_ANSWER, f"GET {_QUERY}: the answer holds no number: {text}") from error


def _text(told: Mapping[str, Any], key: str) -> str:
    value = told.get(key)
    return clean(value).strip() if isinstance(value, str) else ""


def _unreadable() -> str:
    raise ProbeError(Reason.VERSION_UNREADABLE, f"{_BUILD} names no version")
