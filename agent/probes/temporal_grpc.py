"""Temporal's frontend by gRPC.

GetClusterInfo tells the version and the plugins of the stores. GetSystemInfo tells the version alone,
but needs no rights and no database, so it stands in where the first is denied, missing or broken
(temporal.api.workflowservice.v1; GetSystemInfo exists from 1.15 on).
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import grpc
from temporalio.api.workflowservice.v1 import (
    GetClusterInfoRequest,
    GetSystemInfoRequest,
    WorkflowServiceStub,
)

from agent.config import Temporal, Tls
from agent.config.secret import Secret
from agent.observation import Facts, Failure
from agent.probes.base import MAX_ANSWER, ProbeError, one_line
from agent.probes.temporal_answer import alerts, cluster_facts, credentials, decisive, system_facts
from agent.vocabulary import Reason

_OPTIONS: list[tuple[str, str | int]] = [
    ("grpc.max_receive_message_length", MAX_ANSWER),
    ("grpc.enable_retries", 0),
    # A frontend that comes back is seen in the next round, not after gRPC's two minutes.
    ("grpc.max_reconnect_backoff_ms", 2000),
    # One channel a target, so that closing one ends its connection.
    ("grpc.use_local_subchannel_pool", 1),
]

_REASONS = {
    grpc.StatusCode.DEADLINE_EXCEEDED: Reason.TIMEOUT,
    grpc.StatusCode.PERMISSION_DENIED: Reason.PERMISSION_DENIED,
    grpc.StatusCode.UNAUTHENTICATED: Reason.AUTHENTICATION_FAILED,
    grpc.StatusCode.UNIMPLEMENTED: Reason.NOT_IMPLEMENTED,
}


#: Where asking again without the token may help.
_REFUSALS = (Reason.PERMISSION_DENIED, Reason.AUTHENTICATION_FAILED)


def open_probe(settings: Temporal) -> TemporalGrpc:
    """A probe of `settings.frontend`."""
    assert settings.frontend is not None
    return TemporalGrpc(settings.frontend, settings.tls, settings.secret)


class TemporalGrpc:
    """Keeps one channel; certificates are read again for every new one."""

    def __init__(self, address: str, tls: Tls | None, token: Secret | None) -> None:
        self._address = address
        self._tls = tls
        self._token = token
        self._channel: grpc.Channel | None = None
        self._stub: Any = None

    def read(self, timeout: float) -> Facts:
        """Ask for the cluster, else for the system; with the token, else without it."""
        end = time.monotonic() + timeout
        stub = self._connect()
        limits: list[Failure] = []
        tries = [(("authorization", value),) if value else () for value in credentials(self._token, limits)]
        for request in (GetClusterInfoRequest(), GetSystemInfoRequest()):
            for metadata in tries:
                try:
                    return self._ask(stub, request, metadata, end, tuple(limits))
                except grpc.RpcError as error:
                    limits.append(_failure(error, request))
                except ProbeError as error:
                    limits.append(error.failure)
                if limits[-1].reason not in _REFUSALS:
                    break
        self.close()
        failure = decisive(limits)
        raise ProbeError(failure.reason, failure.text)

    def abort(self) -> None:
        """Nothing to do: gRPC keeps its own deadlines."""

    def close(self) -> None:
        if self._channel is not None:
            self._channel.close()
            self._channel = None

    def _ask(
        self,
        stub: Any,
        request: Any,
        metadata: tuple[tuple[str, str], ...],
        end: float,
        limits: tuple[Failure, ...],
    ) -> Facts:
        left = max(end - time.monotonic(), 0.001)
        if isinstance(request, GetSystemInfoRequest):
            answer = stub.GetSystemInfo(request, timeout=left, metadata=metadata)
            return system_facts(answer.server_version, limits)
        # A half of the time is left for the question that needs no database.
        answer = stub.GetClusterInfo(request, timeout=left / 2, metadata=metadata)
        return cluster_facts(
            version=answer.server_version,
            persistence=answer.persistence_store,
            visibility=answer.visibility_store,
            details={
                "cluster_id": answer.cluster_id,
                "cluster_name": answer.cluster_name,
                "history_shard_count": str(answer.history_shard_count or ""),
                "recommended_version": answer.version_info.recommended.version,
                "alerts": alerts(alert.message for alert in answer.version_info.alerts),
            },
            limits=limits,
        )

    def _connect(self) -> Any:
        if self._channel is None:
            if self._tls is None:
                self._channel = grpc.insecure_channel(self._address, _OPTIONS)
            else:
                options = list(_OPTIONS)
                if self._tls.server_name:
                    options.append(("grpc.ssl_target_name_override", self._tls.server_name))
                self._channel = grpc.secure_channel(self._address, _tls(self._tls), options)
            # A stub has every method of the service: too many to make anew for each question.
            self._stub = WorkflowServiceStub(self._channel)
        return self._stub


def _tls(tls: Tls) -> grpc.ChannelCredentials:
    try:
        ca, key, cert = (
            Path(file).read_bytes() if file else None for file in (tls.ca_file, tls.key_file, tls.cert_file)
        )
    except OSError as error:
        raise ProbeError(Reason.SECRET_UNREADABLE, f"{error.filename}: {error.strerror}") from error
    return grpc.ssl_channel_credentials(ca, key, cert)


def _failure(error: grpc.RpcError, request: Any) -> Failure:
    code, text = error.code(), error.details() or ""
    name = type(request).__name__.removesuffix("Request")
    return Failure(_reason(code, text), one_line(f"{name}: {code.name}: {text}"))


def _reason(code: grpc.StatusCode, text: str) -> Reason:
    if code is grpc.StatusCode.UNAVAILABLE:
        return _unavailable(text.lower())
    if code is grpc.StatusCode.RESOURCE_EXHAUSTED and "larger than max" in text:
        # By the same code a frontend says that it has too many requests.
        return Reason.ANSWER_TOO_LARGE
    return _REASONS.get(code, Reason.BAD_ANSWER)


def _unavailable(text: str) -> Reason:
    # gRPC has one code for whatever keeps a connection from coming about, and the frontend uses the same
    # one for a database that does not answer; only the text tells them apart.
    if text.startswith(("dns resolution failed", "name resolution", "errors resolving")):
        return Reason.NAME_NOT_RESOLVED
    if not text.startswith(_NO_CONNECTION):
        return Reason.STORE_UNAVAILABLE
    is_tls = any(word in text for word in _TLS_WORDS)
    return Reason.TLS_FAILED if is_tls else Reason.UNREACHABLE


#: How texts of gRPC's core begin when there is no connection, or when it broke.
_NO_CONNECTION = (
    "failed to connect to all",
    "socket closed",
    "connection reset",
    "recvmsg",
    "endpoint",
    "goaway",
)

#: A refused client certificate comes, in TLS 1.3, as data that can't be unwrapped.
_TLS_WORDS = ("ssl", "tls", "certificate", "handshak", "verification check", "tsi_")
