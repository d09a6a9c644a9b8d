"""A node that answers CQL as it is told: what no real one here can be made to answer."""

from __future__ import annotations

import ipaddress
import socket
import struct
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.probes.servers import Handler

Row = Mapping[str, Any]

_READY, _AUTHENTICATE, _SUPPORTED, _RESULT, _AUTH_SUCCESS = 0x02, 0x03, 0x06, 0x08, 0x10
_OPTIONS, _STARTUP, _QUERY, _AUTH_RESPONSE = 0x05, 0x01, 0x07, 0x0F


class SilenceError(Exception):
    """Instead of an answer: nothing more is said."""


@dataclass(frozen=True)
class Refusal:
    """Instead of rows: an error with its code."""

    code: int
    text: str


#: Of what is not there.
MISSING = Refusal(0x2200, "unconfigured table")


@dataclass
class Node:
    """The answer for each table, `system.local` and so on: rows, a Refusal, or bytes of no sense.

    What is not named is not there.
    """

    tables: Mapping[str, Any]
    passwords: set[str] = field(default_factory=set)
    protocols: tuple[int, ...] = (4, 5)
    silent_at: str = "nothing"
    seen: list[bytes] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)

    def __call__(self, connection: socket.socket) -> None:
        while True:
            head = _exactly(connection, 9)
            version, _, stream, opcode, length = struct.unpack("!BBhBI", head)
            body = _exactly(connection, length)
            try:
                answer = self._answer(version, opcode, body)
            except SilenceError:
                continue
            kind, text = answer
            connection.sendall(struct.pack("!BBhBI", 0x84, 0, stream, kind, len(text)) + text)

    def _answer(self, version: int, opcode: int, body: bytes) -> tuple[int, bytes]:
        if version not in self.protocols:
            return 0x00, struct.pack("!I", 0x000A) + _string(f"Rejecting Protocol Version V{version}")
        if opcode == _OPTIONS:
            return _SUPPORTED, struct.pack("!H", 2) + _multi("CQL_VERSION", "3.4.5") + _multi("COMPRESSION")
        if opcode == _STARTUP:
            if not self.passwords:
                return _READY, b""
            return _AUTHENTICATE, _string("org.apache.cassandra.auth.PasswordAuthenticator")
        if opcode == _AUTH_RESPONSE:
            self.seen.append(body[4:])
            if body[4:].decode().split("\0")[2] in self.passwords:
                return _AUTH_SUCCESS, struct.pack("!i", -1)
            return 0x00, struct.pack("!I", 0x0100) + _string(
                "Provided username and/or password are incorrect"
            )
        assert opcode == _QUERY
        (length,) = struct.unpack("!I", body[:4])
        question = body[4 : 4 + length].decode()
        self.questions.append(question)
        table = question.split(" FROM ")[1].split()[0]
        if table == self.silent_at:
            raise SilenceError
        found = self.tables.get(table, MISSING)
        if isinstance(found, Refusal):
            return 0x00, struct.pack("!I", found.code) + _string(found.text) + b"\0\x01" + b"\0" * 8
        return _RESULT, found if isinstance(found, bytes) else _rows(found)


def error(code: int, text: str) -> bytes:
    """An ERROR that answers the first request of a connection (native protocol v4, 4.2.1)."""
    body = struct.pack("!I", code) + _string(text)
    return struct.pack("!BBhBI", 0x84, 0, 0, 0x00, len(body)) + body


def _rows(rows: list[Row]) -> bytes:
    columns = dict.fromkeys(name for row in rows for name in row) or {"nothing": None}
    body = struct.pack("!III", 2, 1, len(columns)) + _string("keyspace") + _string("table")
    for name in columns:
        value = next((row[name] for row in rows if row.get(name) is not None), "")
        body += _string(name) + struct.pack("!H", _encoded(value)[0])
    body += struct.pack("!I", len(rows))
    for row in rows:
        for name in columns:
            value = row.get(name)
            encoded = b"" if value is None else _encoded(value)[1]
            body += struct.pack("!i", -1 if value is None else len(encoded)) + encoded
    return body


def _encoded(value: Any) -> tuple[int, bytes]:
    if isinstance(value, uuid.UUID):
        return 0x0C, value.bytes
    if isinstance(value, ipaddress.IPv4Address | ipaddress.IPv6Address):
        return 0x10, value.packed
    if isinstance(value, int):
        return 0x09, struct.pack("!i", value)
    return 0x0D, str(value).encode()


def _string(text: str) -> bytes:
    return struct.pack("!H", len(text.encode())) + text.encode()


def _multi(key: str, *values: str) -> bytes:
    return _string(key) + struct.pack("!H", len(values)) + b"".join(map(_string, values))


def _exactly(connection: socket.socket, size: int) -> bytes:
    received = b""
    while len(received) < size:
        part = connection.recv(size - len(received))
        if not part:
            raise ConnectionError
        received += part
    return received


def endless(prefix: bytes) -> Handler:
    """Begins an answer and never ends it."""

    def handle(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(prefix)
        while True:
            connection.sendall(b"x" * 65536)

    return handle


def says(answer: bytes) -> Callable[[socket.socket], None]:
    """Answers whatever comes with this, and goes."""

    def handle(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(answer)

    return handle
