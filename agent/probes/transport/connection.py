"""A connection as configured: its TLS, and why there is none, also where a driver makes its own."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable, Sequence

from agent.config import Tls
from agent.model.vocabulary import Reason
from agent.probes.base import ProbeError
from agent.probes.transport.sockets import AbortHandle, Address, connect, seconds_left
from agent.probes.transport.tls import (
    TLS_RECORDS,
    client_hello,
    handshake_error,
    is_wrong_name,
    names_of,
    tls_context,
    wrong_name,
)

#: Seconds for finding out which protocol a port speaks.
_LOOK = 1.0
#: Seconds of silence before the port is checked.
_PATIENCE = 0.25
#: Seconds in which a server that refuses the agent's certificate says so; TLS 1.3 lets it do so late.
_REFUSAL = 0.2

#: Brings a connection to where TLS begins, or to where the protocol of the target begins: behind a proxy.
BeforeTls = Callable[[socket.socket], None]


def open_connection(
    address: Address,
    tls: Tls | None,
    end: float,
    handle: AbortHandle,
    before_tls: BeforeTls | None = None,
    alpn: Sequence[str] = (),
) -> socket.socket:
    """A connection, with TLS where that is configured, made before the monotonic time `end`.

    `alpn`: the protocols to name in the TLS handshake.

    Raises:
        ProbeError: it cannot be made; a file of `tls` is checked first.
    """
    context = tls_context(tls) if tls is not None else None
    if context is not None and alpn:
        context.set_alpn_protocols(alpn)
    opened = connect(address, end, handle)
    if tls is None or context is None:
        return _begun(opened, before_tls)
    name = tls.server_name or address[0]
    try:
        return _start_tls(opened, context, name, end, handle, before_tls)
    except (OSError, ValueError) as error:
        if handle.is_aborted:
            raise ProbeError(Reason.TIMEOUT, "the read was ended at its deadline") from error
        if is_wrong_name(error):
            presented = _presented_names(address, tls, end, handle, before_tls)
            raise wrong_name(name, presented) from error
        raise handshake_error(error, name) from error


def speaks_tls(address: Address, end: float, handle: AbortHandle | None = None) -> bool:
    """Whether the port answers the first message of a TLS client, on a separate connection."""
    try:
        end = min(end, time.monotonic() + _LOOK)
        with connect(address, end, handle or AbortHandle()) as opened:
            opened.sendall(client_hello())
            return opened.recv(2, socket.MSG_WAITALL) in TLS_RECORDS
    except (OSError, ProbeError):
        return False


def receive_first(
    opened: socket.socket, size: int, address: Address, end: float, handle: AbortHandle, flags: int = 0
) -> bytes:
    """The first bytes on a connection without TLS, as `socket.recv` gives them.

    A port that wants TLS hangs up, sends an alert, or waits for the client to begin.

    Raises:
        ProbeError: the port speaks TLS.
        OSError: there is no answer before `end`.
    """
    try:
        left = seconds_left(end)
        opened.settimeout(max(left / 2, min(left, _PATIENCE)))
        received = opened.recv(size, flags)
    except OSError as error:
        share = seconds_left(end) / 2 if isinstance(error, TimeoutError) else seconds_left(end)
        if speaks_tls(address, time.monotonic() + share, handle):
            raise wants_tls() from error
        if not isinstance(error, TimeoutError):
            raise
        opened.settimeout(seconds_left(end))
        received = opened.recv(size, flags)
    if received[:2] in TLS_RECORDS or (not received and speaks_tls(address, end, handle)):
        raise wants_tls()
    return received


def diagnose(
    address: Address, tls: Tls | None, end: float, before_tls: BeforeTls | None = None
) -> ProbeError | None:
    """Why a driver could not connect: what a connection of our own meets; None where that meets no fault."""
    end = min(end, time.monotonic() + _LOOK)
    try:
        with open_connection(address, tls, end, AbortHandle(), before_tls) as opened:
            if tls is not None:
                _wait_for_refusal(opened, end)
    except ProbeError as error:
        return error
    if tls is None and speaks_tls(address, end):
        return wants_tls()
    return None


def wants_tls() -> ProbeError:
    """The failure of a connection without TLS to a port that speaks it."""
    return ProbeError(Reason.TLS_FAILED, "the port speaks TLS, and `tls` is not configured for it")


def _begun(opened: socket.socket, before: BeforeTls | None) -> socket.socket:
    try:
        if before is not None:
            before(opened)
    except BaseException:
        opened.close()
        raise
    return opened


def _start_tls(
    opened: socket.socket,
    context: ssl.SSLContext,
    name: str,
    end: float,
    handle: AbortHandle,
    before_tls: BeforeTls | None,
) -> ssl.SSLSocket:
    _begun(opened, before_tls)
    try:
        secure = context.wrap_socket(opened, server_hostname=name, do_handshake_on_connect=False)
    except BaseException:
        opened.close()
        raise
    try:
        handle.watch(secure)
        secure.settimeout(seconds_left(end))
        secure.do_handshake()
    except BaseException:
        secure.close()
        raise
    return secure


def _presented_names(
    address: Address, tls: Tls, end: float, handle: AbortHandle, before_tls: BeforeTls | None
) -> list[str] | None:
    """The names in the certificate, on a second connection that leaves out the check of the name alone."""
    context = tls_context(tls)
    context.check_hostname = False
    try:
        opened = connect(address, end, handle)
        with _start_tls(opened, context, address[0], end, handle, before_tls) as secure:
            return names_of(secure)
    except (OSError, ValueError, ProbeError):
        return None


def _wait_for_refusal(opened: socket.socket, end: float) -> None:
    try:
        opened.settimeout(min(_REFUSAL, seconds_left(end)))
        opened.recv(1)
    except ssl.SSLError as error:
        raise handshake_error(error, "") from error
    except OSError:
        return
