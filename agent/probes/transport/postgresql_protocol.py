"""The first messages of PostgreSQL's protocol, on a connection of our own.

Source: https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-START-UP and
protocol-message-formats.html (StartupMessage, SSLRequest, ErrorResponse).
"""

from __future__ import annotations

import re
import socket
import struct
import time

from agent.model.vocabulary import Reason
from agent.probes.base import ProbeError
from agent.probes.transport.reasons import readable, sqlstate_reason
from agent.probes.transport.sockets import AbortHandle, Address, connect, seconds_left

#: The longest error before TLS that libpq itself accepts, in bytes (fe-connect.c: MAX_ERRLEN).
_MAX_REFUSAL = 30_000

#: Seconds for one attempt without TLS.
_ATTEMPT = 1.0

_PROTOCOL_3_0 = 196608

#: PostgreSQL refuses with 28000 (invalid_authorization_specification) what pg_hba.conf does not allow. The
#: agent has connected as this user to this database, so only the encryption differs.
_NOT_ALLOWED = "28000"
#: Poolers refuse with 08P01 (protocol_violation): pgbouncer's "SSL required".
_VIOLATION, _ABOUT_TLS = "08P01", re.compile(r"ssl|tls|encrypt|insecure", re.IGNORECASE)


def demands_tls(address: Address, user: str, database: str, end: float, handle: AbortHandle) -> bool | None:
    """Whether the server refuses this user of this database without TLS; None: not known.

    Sends no password and logs in nowhere. Takes at most a second, and half the time left until the monotonic
    time `end`.
    """
    parameters = ("user", user, "database", database)
    body = struct.pack("!I", _PROTOCOL_3_0) + b"".join(text.encode() + b"\0" for text in parameters) + b"\0"
    try:
        end = time.monotonic() + min(seconds_left(end) / 2, _ATTEMPT)
        with connect(address, end, handle) as opened:
            opened.sendall(struct.pack("!I", len(body) + 4) + body)
            return _is_tls_demand(opened)
    except (OSError, ProbeError):
        return None


def _is_tls_demand(opened: socket.socket) -> bool | None:
    head = opened.recv(5, socket.MSG_WAITALL).ljust(5, b"\0")
    kind, length = struct.unpack("!cI", head)
    if kind not in (b"R", b"E") or not 8 <= length <= _MAX_REFUSAL:
        return None
    # Closing with unread bytes would reset the connection, which PostgreSQL writes to its log.
    body = opened.recv(length - 4, socket.MSG_WAITALL)
    if kind == b"R":
        return False
    state, message = _fields(body)
    if state == _NOT_ALLOWED or (state == _VIOLATION and _ABOUT_TLS.search(message)):
        return True
    return None


def request_tls(opened: socket.socket) -> None:
    """Ask for TLS (PostgreSQL's protocol, SSLRequest)."""
    opened.sendall(struct.pack("!II", 8, 80877103))
    answer = opened.recv(1)
    if answer == b"N":
        raise ProbeError(Reason.TLS_FAILED, "the server offers no TLS, but `tls` is configured")
    if not answer:
        raise ProbeError(Reason.UNREACHABLE, "the server closed the connection")
    if answer == b"E":
        raise _refusal(opened)
    if answer != b"S":
        raise ProbeError(Reason.BAD_ANSWER, "the answer is not PostgreSQL's")


class RefusedError(ProbeError):
    """The server's error in place of its answer to the request for TLS."""


def _refusal(opened: socket.socket) -> ProbeError:
    """The error, of which the first byte has been read.

    A server that cannot start a process for the connection writes a line of text without a length
    (PostgreSQL 15.4: src/backend/postmaster/postmaster.c, report_fork_failure_to_client).
    """
    head = opened.recv(4, socket.MSG_WAITALL).ljust(4, b"\0")
    (length,) = struct.unpack("!I", head)
    if not 8 <= length <= _MAX_REFUSAL:
        text = readable((head + opened.recv(1000)).rstrip(b"\n\0"))
        return RefusedError(Reason.UNREACHABLE, f"the server refuses the connection: {text}")
    state, message = _fields(opened.recv(length - 4, socket.MSG_WAITALL))
    if not state or not message:
        return ProbeError(Reason.BAD_ANSWER, "the answer is not PostgreSQL's")
    return RefusedError(sqlstate_reason(state), f"{message} (SQLSTATE {state})")


def _fields(body: bytes) -> tuple[str, str]:
    """SQLSTATE and message of an ErrorResponse."""
    fields = {part[:1]: part[1:].decode(errors="replace") for part in body.split(b"\0")}
    return fields.get(b"C", ""), fields.get(b"M", "")
