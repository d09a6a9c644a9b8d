"""A request in plain frames of HTTP/2: what ends its stream."""

from __future__ import annotations

import socket
import struct
import time

from agent.probes.transport.http2 import StreamEnd, stream_end
from tests.laws import law
from tests.probes.http2_server import frame
from tests.probes.servers import Loopback

HEAD = frame(1, 4, 1, b"\x88")
END = frame(1, 5, 1, b"\x88")
GOAWAY = struct.pack("!II", 1, 0)

ANSWERS: dict[str, tuple[bytes, StreamEnd]] = {
    "a status": (END, StreamEnd.STATUS),
    "a status in trailers": (HEAD + END, StreamEnd.STATUS),
    "a page of a proxy": (HEAD + frame(0, 1, 1, b"<html>"), StreamEnd.STATUS),
    "settings and a ping before": (
        frame(4, 0, 0) + frame(4, 1, 0) + frame(6, 0, 0, bytes(8)) + END,
        StreamEnd.STATUS,
    ),
    "a server that goes away after this request": (frame(7, 0, 0, GOAWAY) + END, StreamEnd.STATUS),
    "a message": (HEAD + frame(0, 0, 1, bytes(5)) + END, StreamEnd.MESSAGE),
    "a reset of the stream": (HEAD + frame(3, 0, 1, bytes(4)), StreamEnd.BROKEN),
    "a server that goes away before this request": (frame(7, 0, 0, bytes(8)), StreamEnd.BROKEN),
    "a frame without end": (frame(0, 0, 1, b"x" * 16000) * 100, StreamEnd.BROKEN),
    "another protocol": (b"HTTP/1.1 400 Bad Request\r\n\r\n", StreamEnd.SILENCE),
    "silence": (b"", StreamEnd.SILENCE),
}


@law(ANSWERS)
def test_each_end_of_a_stream_is_recognized(case: str) -> None:
    answer, expected = ANSWERS[case]

    def handle(connection: socket.socket) -> None:
        connection.sendall(answer)
        while connection.recv(65536):
            pass

    with Loopback(handle) as server, socket.create_connection(("127.0.0.1", server.port)) as opened:
        end = time.monotonic() + (0.1 if expected is StreamEnd.SILENCE else 5.0)
        assert stream_end(opened, "/a/b", server.address, end, is_secure=False) is expected


def test_a_server_that_hangs_up_breaks_the_stream() -> None:
    with Loopback(lambda _connection: None) as server:
        opened = socket.create_connection(("127.0.0.1", server.port))
        with opened:
            found = stream_end(opened, "/a/b", "a:1", time.monotonic() + 5.0, is_secure=False)
    assert found is StreamEnd.BROKEN


@law([1, 126, 127, 254, 255, 300])
def test_a_field_of_any_length_is_written_as_hpack_has_it(length: int) -> None:
    """RFC 7541, 5.1: up to 126 in one byte, more in groups of seven bits."""
    seen: list[bytes] = []

    def handle(connection: socket.socket) -> None:
        seen.append(connection.recv(65536))
        connection.sendall(END)

    path = "/" + "a" * (length - 1)
    with Loopback(handle) as server, socket.create_connection(("127.0.0.1", server.port)) as opened:
        end = time.monotonic() + 5.0
        assert stream_end(opened, path, "a:1", end, is_secure=True) is StreamEnd.STATUS
    (request,) = seen
    after = request[request.index(b":path") + 5 :]
    read, index, shift = after[0] & 0x7F, 1, 0
    while read >= 127 and index:
        read += (after[index] & 0x7F) << shift
        index, shift = (index + 1, shift + 7) if after[index] & 0x80 else (0, 0)
    begin = after.index(b"/")
    assert (read, after[begin : begin + length]) == (length, path.encode())
