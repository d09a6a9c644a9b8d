"""What a client without manners sends: bytes on a socket, and whatever comes back until the end."""

from __future__ import annotations

import socket
import ssl
from contextlib import suppress

from tests.probes.servers import slowly

HEALTHY = b"GET /-/healthy HTTP/1.1\r\nHost: agent\r\nConnection: close\r\n\r\n"


def connect(port: int, source: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> socket.socket:
    plain = socket.create_connection(("127.0.0.1", port), timeout=10, source_address=(source, 0))
    return tls.wrap_socket(plain) if tls else plain


def answer(connection: socket.socket) -> bytes:
    """All that comes until the other side closes."""
    whole = b""
    with suppress(OSError):
        while part := connection.recv(65536):
            whole += part
    return whole


def talk(
    port: int,
    data: bytes,
    *more: bytes,
    pause: float = 0.0,
    source: str = "127.0.0.1",
    tls: ssl.SSLContext | None = None,
) -> bytes:
    """Send the parts with pauses between them; all that comes back until the other side closes."""
    try:
        connection = connect(port, source, tls)
    except OSError:
        return b""
    with connection:
        with suppress(OSError):
            connection.sendall(data)
            for part in slowly(more, pause):
                connection.sendall(part)
        return answer(connection)


def status(whole: bytes) -> int:
    """The status of an answer; 0 where the connection was closed without one."""
    return int(whole.split(b" ", 2)[1]) if whole.startswith(b"HTTP/1.1 ") else 0


def flood(port: int, beginning: bytes, chunk: bytes, most: int, tls: ssl.SSLContext | None = None) -> int:
    """Send chunks until the other side has enough, or `most` bytes have gone; how many have gone."""
    gone = 0
    with connect(port, tls=tls) as connection, suppress(OSError):
        connection.sendall(beginning)
        while gone < most:
            gone += connection.send(chunk)
    return gone
