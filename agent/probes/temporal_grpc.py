"""Temporal's frontend over gRPC.

GetClusterInfo returns the version and the plugins of the stores. GetSystemInfo returns only the version, but
needs no permission and no database. So it is used if the first is denied, missing or broken
(temporal.api.workflowservice.v1; GetSystemInfo exists from 1.15 on).
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import grpc
from temporalio.api.workflowservice.v1 import (
    GetClusterInfoRequest,
    GetClusterInfoResponse,
    GetSystemInfoRequest,
    GetSystemInfoResponse,
)

from agent.config import Temporal, Tls
from agent.config.secret import Secret
from agent.model.observation import Facts, Failure
from agent.model.reasons import REFUSALS
from agent.probes.base import ProbeError
from agent.probes.parsing.temporal import (
    alerts,
    authorizer_setting,
    cluster_facts,
    credentials,
    most_relevant_failure,
    system_facts,
)
from agent.probes.transport.grpc_channel import Server, open_channel, rpc_failure, unary_call
from agent.probes.transport.proxy import read_proxy

_ANSWERS: dict[type, type] = {
    GetClusterInfoRequest: GetClusterInfoResponse,
    GetSystemInfoRequest: GetSystemInfoResponse,
}


def open_probe(settings: Temporal) -> TemporalGrpc:
    """A probe of `settings.frontend`."""
    assert settings.frontend is not None
    return TemporalGrpc(settings.frontend, settings.tls, settings.secret, settings.proxy_url)


class TemporalGrpc:
    """Keeps one channel; certificates are read again for every new one."""

    def __init__(
        self, address: str, tls: Tls | None, token: Secret | None, proxy_url: str | None = None
    ) -> None:
        self._server = Server(address, tls)
        self._proxy_url = proxy_url
        self._token = token
        self._channel: grpc.Channel | None = None
        #: The calls of the channel that were needed, by the type of the request.
        self._calls: dict[type, Any] = {}
        #: What the last answer meant: the answer, what else its facts depend on, and the facts.
        self._known: tuple[Any, object, Facts] | None = None

    def read(self, timeout: float) -> Facts:
        """Call GetClusterInfo, else GetSystemInfo; with the token, else without it."""
        end = time.monotonic() + timeout
        channel = self._connect()
        gaps: list[Failure] = []
        tries = [(("authorization", value),) if value else () for value in credentials(self._token, gaps)]
        has_certificate = self._server.tls is not None and self._server.tls.cert_file is not None
        is_refused = False
        for request in (GetClusterInfoRequest(), GetSystemInfoRequest()):
            for metadata in tries:
                try:
                    answer = _ask(self._call(channel, type(request)), request, metadata, end)
                    is_open = not (metadata or has_certificate or isinstance(request, GetSystemInfoRequest))
                    return self._facts(answer, tuple(gaps), authorizer_setting(is_open, is_refused))
                except grpc.RpcError as error:
                    gaps.append(rpc_failure(error, request, channel, self._server, end))
                except ProbeError as error:
                    gaps.append(error.failure)
                if gaps[-1].reason not in REFUSALS:
                    break
                is_refused |= not metadata
        self.close()
        failure = most_relevant_failure(gaps)
        raise ProbeError(failure.reason, failure.text, failure.details)

    def abort(self) -> None:
        """Nothing to do: gRPC has its own deadlines."""

    def close(self) -> None:
        if self._channel is not None:
            self._channel.close()
            self._channel = None

    def _facts(self, answer: Any, gaps: tuple[Failure, ...], settings: dict[str, str]) -> Facts:
        if self._known is None or self._known[0] is not answer or self._known[1] != (gaps, settings):
            read = _system_facts if isinstance(answer, GetSystemInfoResponse) else _cluster_facts
            facts = replace(read(answer, gaps), settings=settings)
            self._known = answer, (gaps, settings), facts
        return self._known[2]

    def _connect(self) -> grpc.Channel:
        if self._channel is None:
            self._server = replace(self._server, proxy=read_proxy(self._proxy_url))
            self._channel = open_channel(self._server)
            self._calls = {}
        return self._channel

    def _call(self, channel: grpc.Channel, request: type) -> Any:
        if request not in self._calls:
            self._calls[request] = unary_call(channel, request, _ANSWERS[request])
        return self._calls[request]


def _ask(call: Any, request: Any, metadata: tuple[tuple[str, str], ...], end: float) -> Any:
    left = max(end - time.monotonic(), 0.001)
    if isinstance(request, GetClusterInfoRequest):
        # Half of the time is for the call that needs no database.
        left /= 2
    return call(request, timeout=left, metadata=metadata)


def _cluster_facts(answer: Any, gaps: tuple[Failure, ...]) -> Facts:
    return cluster_facts(
        version=answer.server_version,
        persistence=answer.persistence_store,
        visibility=answer.visibility_store,
        details={
            "cluster_id": answer.cluster_id,
            "cluster_name": answer.cluster_name,
            "history_shard_count": str(answer.history_shard_count or ""),
            "initial_failover_version": str(answer.initial_failover_version or ""),
            "recommended_version": answer.version_info.recommended.version,
            "alerts": alerts(alert.message for alert in answer.version_info.alerts),
        },
        gaps=gaps,
    )


def _system_facts(answer: Any, gaps: tuple[Failure, ...]) -> Facts:
    return system_facts(answer.server_version, gaps)
