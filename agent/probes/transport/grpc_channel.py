"""A channel to a Temporal frontend, and what its errors mean."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from functools import lru_cache
from queue import Empty, SimpleQueue
from typing import Any

import grpc

from agent.config import Tls
from agent.model.observation import Failure
from agent.model.reasons import REASONS
from agent.model.vocabulary import Reason
from agent.probes.base import MAX_ANSWER, ProbeError, one_line
from agent.probes.transport.connection import BeforeTls, diagnose, open_connection
from agent.probes.transport.http2 import ALPN, StreamEnd, stream_end
from agent.probes.transport.proxy import Proxy, route, through_proxy
from agent.probes.transport.reasons import GRPC_STATUS
from agent.probes.transport.sockets import AbortHandle, Address, address_of
from agent.probes.transport.tls import read_files, tls_context

#: Seconds after which a channel shows in its state that its connection was lost.
_SETTLED = 0.25
#: Seconds for looking at who ends the stream of a request.
_LOOK = 1.0

#: Codes that a server sends, and that gRPC also gives for streams that are reset or have no status (grpc's
#: doc/statuscodes.md and doc/PROTOCOL-HTTP2.md). PERMISSION_DENIED is left out: INADEQUATE_SECURITY, which
#: becomes it, is only for TLS that HTTP/2 forbids, and frontends with an authorizer often send it.
_AMBIGUOUS = frozenset({"CANCELLED", "UNKNOWN", "INTERNAL", "UNAVAILABLE", "RESOURCE_EXHAUSTED"})

#: The service of each package that has requests of probes.
_SERVICES = {
    "temporal.api.workflowservice.v1": "WorkflowService",
    "temporal.api.operatorservice.v1": "OperatorService",
}

_OPTIONS: dict[str, str | int] = {
    "grpc.max_receive_message_length": MAX_ANSWER,
    "grpc.enable_retries": 0,
    # A frontend that comes back is seen in the next round, not after gRPC's two minutes.
    "grpc.max_reconnect_backoff_ms": 2000,
    # One channel a target, so that closing one ends its connection.
    "grpc.use_local_subchannel_pool": 1,
    # Nobody reads the records that gRPC keeps of each channel: 3 kB.
    "grpc.enable_channelz": 0,
    "grpc.max_channel_trace_event_memory_per_node": 0,
    # A ping with each answer, to learn how much may be under way. Answers are small.
    "grpc.http2.bdp_probe": 0,
    # Proxies of the agent's environment are not meant for its targets.
    "grpc.enable_http_proxy": 0,
}


@dataclass(frozen=True)
class Server:
    """A frontend, how its connection is encrypted, and the proxy in between, if any."""

    address: str
    tls: Tls | None
    proxy: Proxy | None = None


def open_channel(server: Server) -> grpc.Channel:
    """A new channel, by the certificates as they are now.

    Raises:
        ProbeError: a certificate's file can't be read, or holds no certificate.
    """
    address, tls = server.address, server.tls
    options = dict(_OPTIONS)
    if server.proxy is not None:
        # gRPC reads it before `no_proxy`, which is for other programs and could leave out the proxy.
        os.environ["no_grpc_proxy"] = "none.invalid"  # noqa: SIM112
        options |= {"grpc.enable_http_proxy": 1, "grpc.http_proxy": server.proxy.url}
    if tls is None:
        return grpc.insecure_channel(address, list(options.items()))
    tls_context(tls)
    files = read_files(tls)
    if tls.server_name:
        options["grpc.ssl_target_name_override"] = tls.server_name
    credentials = grpc.ssl_channel_credentials(files.ca, files.key, files.cert)
    return grpc.secure_channel(address, credentials, list(options.items()))


def unary_call(channel: grpc.Channel, request: Any, answer: Any) -> Any:
    """The call of these types on this channel. An answer with the bytes of the last one is the same object.

    A stub would have every method of its service, which costs 100 kB and 4 ms for each channel.
    """
    return channel.unary_unary(
        _path(request),
        request_serializer=request.SerializeToString,
        response_deserializer=lru_cache(1)(answer.FromString),
    )


def rpc_failure(
    error: grpc.RpcError, request: Any, channel: grpc.Channel, server: Server, end: float
) -> Failure:
    """Why a request to this server failed: its name and a sentence, with gRPC's own words as details."""
    code, text = error.code(), error.details() or ""
    name = type(request).__name__.removesuffix("Request")
    reason = _reason(code, text)
    broke = False
    if code is grpc.StatusCode.UNAVAILABLE:
        broke = not _keeps_connection(channel)
        if found := _no_connection(server, end):
            return Failure(found.reason, one_line(f"{name}: {found.text}"))
    if not broke and code.name in _AMBIGUOUS and reason is not Reason.ANSWER_TOO_LARGE:
        found_end = _stream_end(request, server, end)
        # A request that succeeds now was unavailable for a moment only: its connection was lost.
        was_lost = code is grpc.StatusCode.UNAVAILABLE and found_end is StreamEnd.MESSAGE
        broke = was_lost or found_end is StreamEnd.BROKEN
    if broke:
        reason = Reason.UNREACHABLE
    title = REASONS[reason].title
    said = one_line(f"{code.name}: {text}")
    return Failure(reason, f"{name}: {title[0].lower()}{title[1:]}", said)


def _keeps_connection(channel: grpc.Channel) -> bool:
    """Whether the connection outlives the failure: after a reset or GOAWAY the channel becomes idle."""
    states: SimpleQueue[grpc.ChannelConnectivity] = SimpleQueue()
    channel.subscribe(states.put)
    until = time.monotonic() + _SETTLED
    try:
        while True:
            if states.get(timeout=max(until - time.monotonic(), 0)) is not grpc.ChannelConnectivity.READY:
                return False
    except Empty:
        return True
    finally:
        channel.unsubscribe(states.put)


def _stream_end(request: Any, server: Server, end: float) -> StreamEnd:
    """How the server ends the stream of this request, on a connection of our own.

    The token is not sent: a frontend that refuses the request without it ends the stream with a status, too.
    """
    try:
        end = min(end, time.monotonic() + _LOOK)
        place, tls, before = _route(server, end)
        with open_connection(place, tls, end, AbortHandle(), before, ALPN) as opened:
            return stream_end(opened, _path(request), server.address, end, is_secure=tls is not None)
    except (ValueError, ProbeError):
        return StreamEnd.SILENCE


def _path(request: Any) -> str:
    package, _, message = request.DESCRIPTOR.full_name.rpartition(".")
    return f"/{package}.{_SERVICES[package]}/{message.removesuffix('Request')}"


def _route(server: Server, end: float) -> tuple[Address, Tls | None, BeforeTls | None]:
    return route(server.proxy, address_of(server.address), server.tls, end)


def _no_connection(server: Server, end: float) -> Failure | None:
    """gRPC has one code for whatever keeps a connection from being made, so a connection of our own looks."""
    now = time.monotonic()
    end = now + max(end - now, 0) / 2
    try:
        place, tls, before = _route(server, end)
    except ValueError:
        # An address that a cluster stores of another one may be in any of gRPC's forms.
        return None
    error = diagnose(place, tls, end, before)
    if error is not None and server.proxy is not None:
        error = through_proxy(server.proxy, error)
    # What takes long to look at says nothing: gRPC was refused at once.
    return error.failure if error is not None and error.failure.reason is not Reason.TIMEOUT else None


def _reason(code: grpc.StatusCode, text: str) -> Reason:
    if code is grpc.StatusCode.RESOURCE_EXHAUSTED and "larger than max" in text:
        # With the same code a frontend reports too many requests.
        return Reason.ANSWER_TOO_LARGE
    return GRPC_STATUS.get(code.name, Reason.BAD_ANSWER)
