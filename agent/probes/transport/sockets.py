"""What probes share that open their own sockets: where a name leads, TLS as configured, the time left."""

from __future__ import annotations

import socket
import ssl
import time
from typing import Any

from agent.config import Tls
from agent.model.vocabulary import Reason
from agent.probes.base import ProbeError


def places(host: str, port: int) -> list[Any]:
    """Every address of a name, as `socket.getaddrinfo` gives it.

    Raises:
        ProbeError: it has none, or there is no such port.
    """
    if not 0 < port < 65536:
        # The system would take the number modulo 65536.
        raise ProbeError(Reason.BAD_ANSWER, f"{port} is no port")
    if "\0" in host:
        # The system would look up what stands before it.
        raise ProbeError(Reason.NAME_NOT_RESOLVED, "is no name")
    try:
        return list(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
    except (socket.gaierror, ValueError) as error:
        text = getattr(error, "strerror", None) or "is no name"
        raise ProbeError(Reason.NAME_NOT_RESOLVED, text) from error


def tls_context(tls: Tls) -> ssl.SSLContext:
    """Verifies by the configured authorities, and shows the configured certificate.

    Raises:
        ProbeError: one of their files can't be read.
    """
    try:
        context = ssl.create_default_context(cafile=tls.ca_file)
        if tls.cert_file is not None:
            context.load_cert_chain(tls.cert_file, tls.key_file)
    except OSError as error:
        raise ProbeError(Reason.TLS_FAILED, f"{tls.ca_file or ''} {tls.cert_file or ''}: {error}") from error
    return context


def seconds_left(end: float) -> float:
    """The time until the monotonic time `end`.

    Raises:
        TimeoutError: it has come.
    """
    left = end - time.monotonic()
    if left <= 0:
        raise TimeoutError("no answer before the deadline")
    return left
