"""Prometheus and compatible servers: the version, and whether they have series of this cluster.

`GET /api/v1/status/buildinfo` (Prometheus 2.14 and later) has the version; older servers have it on their own
/metrics. Compatible servers answer, too: Mimir reports its name (grafana/mimir#15743), Thanos has the same
keys as Prometheus (thanos-io/thanos@011348b: pkg/api/api.go), and VictoriaMetrics reports a version of
Prometheus instead of its own (VictoriaMetrics/VictoriaMetrics#5437).
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

#: Status codes of servers without this path: Prometheus before 2.14, and some proxies.
_PATH_UNKNOWN = (400, 404, 405)

#: Metrics that identify the software, and the label with its version.
_METRICS = {
    "prometheus_build_info": "version",
    "thanos_build_info": "version",
    "cortex_build_info": "version",
    "vm_app_version": "short_version",
}
#: A compatible server that does not identify itself.
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
        # Each query returns a single number, however many series there are.
        self._queries = {"temporal_series": f"count({temporal})", "agent_series": f"count({agent})"}
        self._client = HttpClient(watch.prometheus.tls, watch.prometheus.proxy_url)

    def read(self, timeout: float) -> Facts:
        """Read what the server is, then count this cluster's series."""
        asking = Asking(self._client, self._settings, timeout)
        flavor, version = _identity(asking)
        counts, gaps = _counts(asking, self._queries)
        queries = MappingProxyType(self._queries)
        return Facts("prometheus", (Node(version),), flavor, details=queries, settings=counts, gaps=gaps)

    def abort(self) -> None:
        """End a read that hangs."""
        self._client.abort()

    def close(self) -> None:
        self._client.close()


def _identity(asking: Asking) -> tuple[str, str]:
    """Flavour (empty: Prometheus itself) and version."""
    try:
        build = asking.json(_BUILD).get("data")
    except HttpError as error:
        if error.status not in _PATH_UNKNOWN:
            raise
        return _by_metrics(asking, error)
    if not isinstance(build, dict):
        raise ProbeError(Reason.BAD_ANSWER, f"GET {_BUILD}: the answer contains no build information")
    version = _text(build, "version")
    application = _text(build, "application").lower()
    if application not in ("", "prometheus"):
        return _flavor("application", application) or _OTHER, version or _unreadable()
    # Thanos fills in the same fields as Prometheus, with versions 0.x; Prometheus 0.x did not have this path.
    if version and _text(build, "revision") and _text(build, "goVersion") and not version.startswith("0."):
        return "", version
    failure = ProbeError(Reason.VERSION_UNREADABLE, f"neither {_BUILD} nor /metrics contains a version")
    try:
        return _by_metrics(asking, failure)
    except ProbeError as error:
        if is_final(error) or not version:
            raise
    if flavor := _flavor("build", json.dumps(build)):
        return flavor, f"{version} (of the API, not its own)"
    return _OTHER, version


def _flavor(text: str, words: str) -> str:
    return detect("prometheus", {text: words}).flavor


def _by_metrics(asking: Asking, otherwise: ProbeError) -> tuple[str, str]:
    """Flavour and version from the server's own /metrics.

    Raises:
        ProbeError: `otherwise`, if they are not there either.
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
        raise ProbeError(
            Reason.BAD_ANSWER, f"/metrics is not in the Prometheus text format: {error}"
        ) from error
    except ProbeError as error:
        if is_final(error):
            raise
    raise otherwise


def _counts(asking: Asking, queries: Mapping[str, str]) -> tuple[Mapping[str, str], tuple[Failure, ...]]:
    """How many series each query counts, as far as queries are allowed."""
    counts: dict[str, str] = {}
    for key, query in queries.items():
        try:
            counts[key] = _count(asking.json(_QUERY, {"query": query}))
        except ProbeError as error:
            # A server that refuses one query refuses the other.
            return MappingProxyType(counts), (error.failure,)
    return MappingProxyType(counts), ()


def _count(answer: Mapping[str, Any]) -> str:
    """The number in `{"data": {"result": [{"value": [time, "3"]}]}}`; "0" if the result is empty."""
    try:
        result = answer["data"]["result"]
        return str(int(float(result[0]["value"][1]))) if result else "0"
    except (KeyError, IndexError, TypeError, ValueError, OverflowError) as error:
        text = json.dumps(answer)[:80]
        raise ProbeError(Reason.BAD_ANSWER, f"GET {_QUERY}: the answer contains no number: {text}") from error


def _text(answer: Mapping[str, Any], key: str) -> str:
    value = answer.get(key)
    return clean(value).strip() if isinstance(value, str) else ""


def _unreadable() -> str:
    raise ProbeError(Reason.VERSION_UNREADABLE, f"{_BUILD} contains no version")
