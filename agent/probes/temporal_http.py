"""Temporal's frontend by its HTTP API, which exists from 1.22 on (common/config/config.go: `httpPort`).

`GET /api/v1/cluster-info` and `/api/v1/system-info` are GetClusterInfo and GetSystemInfo as JSON
(temporalio/api: openapi/openapiv2.json). The answer's Content-Type is `*`, so it is not looked at.
"""

from __future__ import annotations

import json
import time
from typing import Any

from agent.config import Temporal
from agent.config.secret import Secret
from agent.model.observation import Facts, Failure
from agent.model.reasons import REFUSALS
from agent.model.vocabulary import Reason
from agent.probes.base import ProbeError, clean
from agent.probes.parsing.temporal import alerts, cluster_facts, credentials, decisive, system_facts
from agent.probes.transport.http import HttpClient, HttpError

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
        self._client = HttpClient(settings.tls)

    def read(self, timeout: float) -> Facts:
        """Ask for the cluster, else for the system; with the token, else without it."""
        end = time.monotonic() + timeout
        limits: list[Failure] = []
        tries = [{"Authorization": value} if value else {} for value in credentials(self._token, limits)]
        for path in (_CLUSTER, _SYSTEM):
            for headers in tries:
                try:
                    return self._ask(path, headers, end, tuple(limits))
                except ProbeError as error:
                    limits.append(_failure(error))
                    if limits[-1].reason not in REFUSALS:
                        break
        failure = decisive(limits)
        raise ProbeError(failure.reason, failure.text)

    def abort(self) -> None:
        """End the read that hangs."""
        self._client.abort()

    def close(self) -> None:
        self._client.close()

    def _ask(self, path: str, headers: dict[str, str], end: float, limits: tuple[Failure, ...]) -> Facts:
        # A half of the time is left for the question that needs no database.
        left = end - time.monotonic()
        answer = _json(
            self._client.get(self._url + path, end - left / 2 if path == _CLUSTER else end, headers)
        )
        version = _text(answer, "serverVersion")
        if path == _SYSTEM:
            return system_facts(version, limits)
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
            limits=limits,
        )


def _failure(error: ProbeError) -> Failure:
    # 503 is the frontend's word for a database that does not answer.
    if isinstance(error, HttpError) and error.status == 503:
        return Failure(Reason.STORE_UNAVAILABLE, error.failure.text)
    return error.failure


def _json(body: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ProbeError(Reason.BAD_ANSWER, f"the answer is no JSON: {error}") from error
    if not isinstance(answer, dict):
        raise ProbeError(Reason.BAD_ANSWER, "the answer is no JSON object")
    return answer


def _part(answer: dict[str, Any], key: str) -> dict[str, Any]:
    """An object within; advice of another shape is not worth failing for."""
    value = answer.get(key)
    return value if isinstance(value, dict) else {}


def _messages(advice: dict[str, Any]) -> list[str]:
    found = advice.get("alerts")
    alerts = found if isinstance(found, list) else []
    return [_text(alert, "message") for alert in alerts if isinstance(alert, dict)]


def _text(answer: dict[str, Any], key: str) -> str:
    value = answer.get(key, "")
    if not isinstance(value, (str, int)):
        raise ProbeError(Reason.BAD_ANSWER, f"{key} is no text")
    return clean(str(value))
