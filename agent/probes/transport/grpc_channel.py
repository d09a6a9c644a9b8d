"""A channel to a Temporal frontend, and what its errors mean."""

from __future__ import annotations

from pathlib import Path

import grpc

from agent.config import Tls
from agent.model.observation import Failure
from agent.model.vocabulary import Reason
from agent.probes.base import MAX_ANSWER, ProbeError, one_line

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


def open_channel(address: str, tls: Tls | None) -> grpc.Channel:
    """A new channel, by the certificates as they are now.

    Raises:
        ProbeError: a certificate's file can't be read.
    """
    if tls is None:
        return grpc.insecure_channel(address, _OPTIONS)
    options = list(_OPTIONS)
    if tls.server_name:
        options.append(("grpc.ssl_target_name_override", tls.server_name))
    return grpc.secure_channel(address, _tls(tls), options)


def rpc_failure(error: grpc.RpcError, request: object) -> Failure:
    """Why a request failed: its name, and what came back."""
    code, text = error.code(), error.details() or ""
    name = type(request).__name__.removesuffix("Request")
    return Failure(_reason(code, text), one_line(f"{name}: {code.name}: {text}"))


def _tls(tls: Tls) -> grpc.ChannelCredentials:
    try:
        ca, key, cert = (
            Path(file).read_bytes() if file else None for file in (tls.ca_file, tls.key_file, tls.cert_file)
        )
    except OSError as error:
        raise ProbeError(Reason.SECRET_UNREADABLE, f"{error.filename}: {error.strerror}") from error
    return grpc.ssl_channel_credentials(ca, key, cert)


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
