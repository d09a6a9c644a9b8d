"""Temporal's frontend over its HTTP API, which exists from 1.22 on (common/config/config.go: `httpPort`).

`GET /api/v1/cluster-info` and `/api/v1/system-info` are GetClusterInfo and GetSystemInfo as JSON
(temporalio/api: openapi/openapiv2.json). The Content-Type of the answer is `*`, so it is ignored.
"""

from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import Any

from agent.config import Temporal
from agent.config.secret import Secret
from agent.model.observation import Facts, Failure
from agent.model.reasons import REFUSALS
from agent.model.vocabulary import Reason
from agent.probes.base import ProbeError, clean
from agent.probes.parsing.temporal import (
    alerts,
    authorizer_setting,
    cluster_facts,
    credentials,
    most_relevant_failure,
    system_facts,
)
from agent.probes.transport.http import HttpClient

_CLUSTER, _SYSTEM = "/api/v1/cluster-info", "/api/v1/system-info"


def open_probe(settings: Temporal) -> TemporalHttp:
    """A probe of `settings.http`."""
    assert settings.http is not None
    return TemporalHttp(settings)


class TemporalHttp:
    """Keeps one connection to the HTTP port of the frontend."""

    def __init__(self, settings: Temporal) -> None:
        self._url = (settings.http or "").rstrip("/")
        self._token: Secret | None = settings.secret
        self._has_certificate = settings.tls is not None and settings.tls.cert_file is not None
        self._client = HttpClient(settings.tls, settings.proxy_url)

    def read(self, timeout: float) -> Facts:
        """Read the cluster information, else the system information; with the token, else without it."""
        end = time.monotonic() + timeout
        gaps: list[Failure] = []
        tries = [{"Authorization": value} if value else {} for value in credentials(self._token, gaps)]
        is_refused = False
        for path in (_CLUSTER, _SYSTEM):
            for headers in tries:
                try:
                    facts = self._ask(path, headers, end, tuple(gaps))
                    is_open = path == _CLUSTER and not (headers or self._has_certificate)
                    return replace(facts, settings=authorizer_setting(is_open, is_refused))
                except ProbeError as error:
                    gaps.append(error.failure)
                    if gaps[-1].reason not in REFUSALS:
                        break
                    is_refused |= not headers
        failure = most_relevant_failure(gaps)
        raise ProbeError(failure.reason, failure.text)

    def abort(self) -> None:
        """End a read that hangs."""
        self._client.abort()

    def close(self) -> None:
        self._client.close()

    def _ask(self, path: str, headers: dict[str, str], end: float, gaps: tuple[Failure, ...]) -> Facts:
        # Half of the time is for the request that needs no database.
        left = end - time.monotonic()
        answer = _json(
            self._client.get(self._url + path, end - left / 2 if path == _CLUSTER else end, headers)
        )
        version = _text(answer, "serverVersion")
        if path == _SYSTEM:
            return system_facts(version, gaps)
        advice = _part(answer, "versionInfo")
        return cluster_facts(
            version=version,
            persistence=_text(answer, "persistenceStore"),
            visibility=_text(answer, "visibilityStore"),
            details={
                "cluster_id": _text(answer, "clusterId"),
                "cluster_name": _text(answer, "clusterName"),
                "history_shard_count": _text(answer, "historyShardCount"),
                "initial_failover_version": _text(answer, "initialFailoverVersion"),
                "recommended_version": _text(_part(advice, "recommended"), "version"),
                "alerts": alerts(_messages(advice)),
            },
            gaps=gaps,
        )


def _json(body: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ProbeError(Reason.BAD_ANSWER, f"the answer is not valid JSON: {error}") from error
    if not isinstance(answer, dict):
        raise ProbeError(Reason.BAD_ANSWER, "the answer is not a JSON object")
    return answer


def _part(answer: dict[str, Any], key: str) -> dict[str, Any]:
    """A nested object; empty if it has another type, because version advice is optional."""
    value = answer.get(key)
    return value if isinstance(value, dict) else {}


def _messages(advice: dict[str, Any]) -> list[str]:
    found = advice.get("alerts")
    alerts = found if isinstance(found, list) else []
    return [_text(alert, "message") for alert in alerts if isinstance(alert, dict)]


def _text(answer: dict[str, Any], key: str) -> str:
    value = answer.get(key, "")
    if not isinstance(value, (str, int)):
        raise ProbeError(Reason.BAD_ANSWER, f"{key} is not a string")
    return clean(str(value))
