"""A gRPC server in plain frames of HTTP/2 (RFC 9113, 4.1), for what no real one sends on demand."""

from __future__ import annotations

import re
import socket
import struct
from collections.abc import Callable

from tests.probes.servers import Handler


def frame(kind: int, flags: int, stream: int, body: bytes = b"") -> bytes:
    return struct.pack("!I", len(body))[1:] + bytes([kind, flags]) + struct.pack("!I", stream) + body


def header(name: bytes, value: bytes) -> bytes:
    """A literal header field without indexing (RFC 7541, 6.2.2)."""
    return b"\0" + bytes([len(name)]) + name + bytes([len(value)]) + value


SETTINGS = frame(4, 0, 0)

#: A header block without a status.
HEAD = header(b":status", b"200") + header(b"content-type", b"application/grpc")


def status(code: int, text: bytes) -> bytes:
    """A header block with a status of the server. Its text is one that gRPC has for its own failures."""
    return HEAD + header(b"grpc-status", str(code).encode()) + header(b"grpc-message", text)


def to_each_request(answer: Callable[[int], bytes]) -> Handler:
    """Sends these frames for each request, which has this number of a stream."""

    def handle(connection: socket.socket) -> None:
        connection.sendall(SETTINGS)
        stream = 1
        while received := connection.recv(65536):
            for _ in range(len(re.findall(rb"Get(?:Cluster|System)Info|ListClusters", received))):
                connection.sendall(answer(stream))
                stream += 2

    return handle


def own_status(block: bytes) -> Handler:
    """Ends each stream with this header block."""
    return to_each_request(lambda stream: frame(1, 5, stream, block))


def rst_stream(error: int, *, after_headers: bool = False) -> Handler:
    """RST_STREAM with this error code (RFC 9113, 7), also after the head of an answer."""

    def answer(stream: int) -> bytes:
        head = frame(1, 4, stream, HEAD) if after_headers else b""
        return head + frame(3, 0, stream, struct.pack("!I", error))

    return to_each_request(answer)
