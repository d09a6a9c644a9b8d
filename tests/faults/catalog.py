"""The faults of targets: each by its name, with what the agent meets. None of them depends on the kind."""

from __future__ import annotations

import random
import re
import socket
from collections.abc import Callable, Mapping
from contextlib import suppress

from tests.faults.healthy import VERSIONS
from tests.faults.relay import Fault, HangUp, healthy_path, reset, through
from tests.probes.servers import Answer, Handler, silence, slowly

_HTML = b"<!DOCTYPE html><html><title>Log in</title></html>"
_PIECE = 65536


# Instead of the server: what listens there is another program, or a broken one


def _instead(handler: Handler) -> Fault:
    return lambda _upstream: handler


def _says(answer: bytes) -> Fault:
    """Says this to each question, and to who waits for the server to speak first."""

    def handle(client: socket.socket) -> None:
        client.settimeout(0.2)
        with suppress(TimeoutError):
            client.recv(_PIECE)
        client.sendall(answer)
        client.settimeout(None)
        while client.recv(_PIECE):
            client.sendall(answer)

    return _instead(handle)


def _endless(piece: Callable[[], bytes]) -> Fault:
    def handle(client: socket.socket) -> None:
        while True:
            client.sendall(piece())

    return _instead(handle)


def _echo(client: socket.socket) -> None:
    while received := client.recv(_PIECE):
        client.sendall(received)


def _reset_at_once(client: socket.socket) -> None:
    try:
        reset(client)
    except HangUp:
        return


def _noise() -> Callable[[], bytes]:
    return lambda: random.Random(4).randbytes(_PIECE)


# Between the two: the conversation of a healthy server, damaged


def ends_at(piece: int, kept: Callable[[bytes], bytes], end: Callable[[socket.socket], None]) -> Fault:
    """Up to this piece all is well; of it a part is kept, and then comes the end."""

    def shape(client: socket.socket, received: bytes, index: int) -> None:
        if index == piece:
            client.sendall(kept(received))
            end(client)
        client.sendall(received)

    return through(shape)


def close(_client: socket.socket) -> None:
    raise HangUp


def _fall_silent(client: socket.socket) -> None:
    silence(client)
    raise HangUp


def _pour(client: socket.socket) -> None:
    while True:
        client.sendall(bytes(_PIECE))


def nothing(_piece: bytes) -> bytes:
    return b""


def half(piece: bytes) -> bytes:
    return piece[: len(piece) // 2]


def _drip(client: socket.socket, piece: bytes, _index: int) -> None:
    for byte in slowly((bytes([byte]) for byte in piece), 0.05):
        client.sendall(byte)


def _changed(change: Callable[[bytes], bytes]) -> Fault:
    """Every piece of the server goes through `change`."""
    return through(lambda client, piece, _index: client.sendall(change(piece)))


def _without_middle(piece: bytes) -> bytes:
    return piece[: len(piece) // 2] + piece[len(piece) // 2 + 1 :]


def _utf16(piece: bytes) -> bytes:
    return b"".join(bytes([byte, 0]) for byte in piece)


def _rewritten(change: Callable[[bytes], bytes]) -> Fault:
    """Every version that a healthy server here writes is another one, of the same length."""
    versions = re.compile(b"|".join(re.escape(version) for version in sorted(set(VERSIONS.values()))))
    return _changed(lambda piece: versions.sub(lambda found: change(found[0]), piece))


def _every_second_connection_fails() -> Fault:
    turn = 0

    def fault(upstream: int) -> Handler:
        well = healthy_path(upstream)

        def handle(client: socket.socket) -> None:
            nonlocal turn
            turn += 1
            if turn % 2 == 0:
                well(client)

        return handle

    return fault


def _in_two_parts(client: socket.socket, piece: bytes, _index: int) -> None:
    """A slow network is no fault: an answer in pieces is read as one."""
    for part in slowly([half(piece), piece[len(piece) // 2 :]], 0.002):
        client.sendall(part)


FAULTS: Mapping[str, Callable[[], Fault]] = {
    # Another program, or none that works
    "accepts connections and says nothing": lambda: _instead(silence),
    "closes each connection at once": lambda: _instead(lambda _client: None),
    "resets each connection at once": lambda: _instead(_reset_at_once),
    "returns what it receives": lambda: _instead(_echo),
    "sends NUL bytes without end": lambda: _endless(lambda: bytes(_PIECE)),
    "sends letters without end": lambda: _endless(lambda: b"x" * _PIECE),
    "sends empty lines without end": lambda: _endless(lambda: b"\r\n" * (_PIECE // 2)),
    "sends random bytes without end": lambda: _endless(_noise()),
    "SSH": lambda: _says(b"SSH-2.0-OpenSSH_9.2p1\r\n"),
    "SMTP": lambda: _says(b"220 mail.example ESMTP Postfix\r\n"),
    "Redis": lambda: _says(b"-ERR unknown command\r\n"),
    "a TLS alert": lambda: _says(b"\x15\x03\x03\x00\x02\x02\x28"),
    "the login page of a proxy": lambda: _says(Answer(_HTML, headers={"Content-Type": "text/html"}).wire),
    "HTTP 401": lambda: _says(Answer(b"no", 401).wire),
    "HTTP 403": lambda: _says(Answer(b"no", 403).wire),
    "HTTP 404": lambda: _says(Answer(b"no", 404).wire),
    "HTTP 429": lambda: _says(Answer(b"slow down", 429, {"Retry-After": "60"}).wire),
    "HTTP 500": lambda: _says(Answer(b"sorry", 500).wire),
    "HTTP 502 of a load balancer": lambda: _says(Answer(_HTML, 502).wire),
    "HTTP 503": lambda: _says(Answer(b"sorry", 503).wire),
    "a redirect to itself": lambda: _says(Answer(b"", 302, {"Location": "/"}).wire),
    "HTTP 200 with nothing in it": lambda: _says(Answer(b"").wire),
    "too many connections, as MySQL says it": lambda: _says(b"\x17\0\0\0\xff\x10\x04Too many connections"),
    "too many connections, as PostgreSQL says it": lambda: _says(
        b"E\0\0\0\x37SFATAL\0VFATAL\0C53300\0Msorry, too many clients already\0\0"
    ),
    # The first answer breaks off
    "hangs up instead of an answer": lambda: ends_at(0, nothing, close),
    "resets instead of an answer": lambda: ends_at(0, nothing, reset),
    "hangs up after one byte": lambda: ends_at(0, lambda piece: piece[:1], close),
    "falls silent after one byte": lambda: ends_at(0, lambda piece: piece[:1], _fall_silent),
    "hangs up in the middle of an answer": lambda: ends_at(0, half, close),
    "resets in the middle of an answer": lambda: ends_at(0, half, reset),
    "falls silent in the middle of an answer": lambda: ends_at(0, half, _fall_silent),
    "hangs up before the last byte": lambda: ends_at(0, lambda piece: piece[:-1], close),
    "falls silent before the last byte": lambda: ends_at(0, lambda piece: piece[:-1], _fall_silent),
    "never ends its answer": lambda: ends_at(0, lambda piece: piece[:-1], _pour),
    "drips: a byte every 50 ms": lambda: through(_drip),
    # A later answer breaks off
    "hangs up instead of the second answer": lambda: ends_at(1, nothing, close),
    "falls silent instead of the second answer": lambda: ends_at(1, nothing, _fall_silent),
    "hangs up in the middle of the second answer": lambda: ends_at(1, half, close),
    # Answers that are damaged
    "NUL bytes instead of every answer": lambda: _changed(lambda piece: bytes(len(piece))),
    "a NUL byte instead of each digit": lambda: _changed(lambda piece: re.sub(rb"[0-9]", b"\0", piece)),
    "the highest bit of each byte is set": lambda: _changed(lambda piece: bytes(b | 0x80 for b in piece)),
    "answers in UTF-16": lambda: _changed(_utf16),
    "answers backwards": lambda: _changed(lambda piece: piece[::-1]),
    "another first byte": lambda: _changed(lambda piece: bytes([piece[0] ^ 0xFF]) + piece[1:]),
    "another last byte": lambda: _changed(lambda piece: piece[:-1] + bytes([piece[-1] ^ 0xFF])),
    "0xff in the first four bytes": lambda: _changed(lambda piece: b"\xff" * 4 + piece[4:]),
    "a byte is missing": lambda: _changed(_without_middle),
    "a byte too many": lambda: _changed(lambda piece: half(piece) + b"\0" + piece[len(piece) // 2 :]),
    "every answer twice": lambda: _changed(lambda piece: piece * 2),
    # Answers that are whole and say something else
    "a version without digits": lambda: _rewritten(lambda found: re.sub(rb"[0-9]", b"x", found)),
    "a version of no release": lambda: _rewritten(lambda found: re.sub(rb"[0-9]", b"9", found)),
    "a version of other digits": lambda: _rewritten(
        lambda found: b"\xd9\xa1" * (len(found) // 2) + b"." * (len(found) % 2)
    ),
    # What is no fault for long, or none
    "a restart between two rounds": lambda: healthy_path,
    "every second connection is closed": _every_second_connection_fails,
    "answers in two parts": lambda: through(_in_two_parts),
}
