"""One gRPC request in plain frames of HTTP/2 (RFC 9113): who ends its stream, the server or a fault.

gRPC's library has the same status codes for a status that the server sends and for a stream that is reset
(grpc's doc/statuscodes.md, "HTTP2 Error Codes"), and only the text differs.
"""

from __future__ import annotations

import socket
import struct
from enum import StrEnum

from agent.probes.base import MAX_ANSWER
from agent.probes.transport.sockets import seconds_left

#: What a client names in TLS to speak HTTP/2 (RFC 9113, 3.3).
ALPN = ("h2",)

_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
_DATA, _HEADERS, _RST_STREAM, _SETTINGS, _PING, _GOAWAY = 0, 1, 3, 4, 6, 7
#: Flags: the same bit is END_STREAM for data and headers, and ACK for settings and pings.
_END_STREAM = _ACK = 1
_END_HEADERS = 4
_STREAM = 1

#: A message of gRPC without fields: not compressed, no bytes (grpc's doc/PROTOCOL-HTTP2.md).
_EMPTY_MESSAGE = bytes(5)


class StreamEnd(StrEnum):
    """How a server ends the stream of a request."""

    STATUS = "a status of the server, without a message"
    MESSAGE = "a message"
    BROKEN = "the stream or the connection breaks"
    SILENCE = "nothing in time"


def stream_end(opened: socket.socket, path: str, authority: str, end: float, *, is_secure: bool) -> StreamEnd:
    """Send an empty request to this gRPC path, and wait until the monotonic time `end` for what ends it."""
    fields = {
        ":method": "POST",
        ":scheme": "https" if is_secure else "http",
        ":path": path,
        ":authority": authority,
        "te": "trailers",
        "content-type": "application/grpc",
    }
    block = b"".join(_field(name.encode(), value.encode()) for name, value in fields.items())
    try:
        opened.settimeout(seconds_left(end))
        opened.sendall(
            _PREFACE
            + _frame(_SETTINGS, 0, 0)
            + _frame(_HEADERS, _END_HEADERS, _STREAM, block)
            + _frame(_DATA, _END_STREAM, _STREAM, _EMPTY_MESSAGE)
        )
        return _answered(opened, end)
    except TimeoutError:
        return StreamEnd.SILENCE
    except OSError:
        return StreamEnd.BROKEN


def _answered(opened: socket.socket, end: float) -> StreamEnd:
    left = MAX_ANSWER
    while left > 0:
        head = _exactly(opened, 9, end)
        size, kind, flags = int.from_bytes(head[:3], "big"), head[3], head[4]
        body = _exactly(opened, size, end)
        left -= 9 + size
        if kind in (_SETTINGS, _PING) and not flags & _ACK:
            opened.sendall(_frame(kind, _ACK, 0, body if kind == _PING else b""))
        elif kind == _RST_STREAM or (kind == _GOAWAY and _last_stream(body) < _STREAM):
            return StreamEnd.BROKEN
        elif kind == _DATA and body[:1] == b"\0":
            # The flag of a message; an error page of a proxy begins otherwise.
            return StreamEnd.MESSAGE
        elif kind in (_DATA, _HEADERS) and flags & _END_STREAM:
            return StreamEnd.STATUS
    return StreamEnd.BROKEN


def _last_stream(goaway: bytes) -> int:
    return int.from_bytes(goaway[:4], "big")


def _exactly(opened: socket.socket, size: int, end: float) -> bytes:
    received = b""
    while len(received) < min(size, MAX_ANSWER):
        opened.settimeout(seconds_left(end))
        piece = opened.recv(min(size - len(received), 65536))
        if not piece:
            raise ConnectionResetError("the server closed the connection")
        received += piece
    return received


def _frame(kind: int, flags: int, stream: int, body: bytes = b"") -> bytes:
    return struct.pack("!I", len(body))[1:] + bytes((kind, flags)) + struct.pack("!I", stream) + body


def _field(name: bytes, value: bytes) -> bytes:
    """A literal header field without indexing (RFC 7541, 6.2.2)."""
    return b"\0" + _text(name) + _text(value)


def _text(text: bytes) -> bytes:
    """Its length in the form of RFC 7541, 5.1 (seven bits, then more), and its bytes."""
    length = len(text)
    if length < 127:
        return bytes([length]) + text
    rest, head = length - 127, b"\x7f"
    while rest >= 128:
        head, rest = head + bytes([rest % 128 + 128]), rest // 128
    return head + bytes([rest]) + text
