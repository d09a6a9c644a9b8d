"""As much of PostgreSQL's protocol as it takes to say what some server said, or to fail in it.

https://www.postgresql.org/docs/current/protocol-message-formats.html
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Sequence

from tests.probes.servers import Handler

Row = Sequence[str | None]

#: Requests for encryption: TLS and GSSAPI.
_ENCRYPTION = (80877103, 80877104)
_TEXT, _BOOLEAN = 25, 16


def message(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("!I", len(body) + 4) + body


def error(text: str, state: str, kind: bytes = b"E") -> bytes:
    fields = ((b"S", "ERROR"), (b"V", "ERROR"), (b"C", state), (b"M", text))
    return message(kind, b"".join(key + value.encode() + b"\0" for key, value in fields) + b"\0")


def greet(connection: socket.socket) -> bytes:
    """Refuse encryption; give what the client says of itself."""
    while True:
        body = _exactly(connection, struct.unpack("!I", _exactly(connection, 4))[0] - 4)
        if struct.unpack("!I", body[:4])[0] not in _ENCRYPTION:
            return body
        connection.sendall(b"N")


def let_in(connection: socket.socket, version: str = "15.4") -> None:
    """Greet, and be ready without a password."""
    greet(connection)
    parameters = {"server_version": version, "client_encoding": "UTF8", "standard_conforming_strings": "on"}
    connection.sendall(
        message(b"R", struct.pack("!I", 0))
        + b"".join(message(b"S", f"{key}\0{value}\0".encode()) for key, value in parameters.items())
        + message(b"K", struct.pack("!II", 1, 2))
        + _ready(b"I")
    )


def rows(*found: Row) -> bytes:
    """An answer of texts; `t` and `f` are truths, as the client reads them by their types."""
    width = len(found[0]) if found else 0
    types = [_BOOLEAN if value in ("t", "f") else _TEXT for value in (found[0] if found else ())]
    described = b"".join(b"c\0" + struct.pack("!IHIhih", 0, 0, oid, -1, -1, 0) for oid in types)
    return (
        message(b"T", struct.pack("!H", width) + described)
        + b"".join(map(data_row, found))
        + message(b"C", b"SELECT\0")
    )


def data_row(row: Row) -> bytes:
    values = (b"\xff" * 4 if v is None else struct.pack("!I", len(v.encode())) + v.encode() for v in row)
    return message(b"D", struct.pack("!H", len(row)) + b"".join(values))


def answering(
    version_answer: bytes, schema_answer: bytes = b"", *, version: str = "15.4", name: bytes = b""
) -> Handler:
    """Gives these answers to the probe's own statements, and says yes to what its libraries ask.

    `name`: the answer to SELECT version() alone.
    """

    def handle(connection: socket.socket) -> None:
        let_in(connection, version)
        statement = b""
        while True:
            kind = _exactly(connection, 1)
            body = _exactly(connection, struct.unpack("!I", _exactly(connection, 4))[0] - 4)
            if kind == b"P":
                statement = body
            elif kind == b"Q":
                answer = name if name and b"version()" in body else _to_libraries(body)
                connection.sendall(answer + _ready(b"T"))
            elif kind == b"S":
                answer = _to_libraries(statement)
                if b"schema_version" in statement:
                    answer = schema_answer
                elif b"version()" in statement:
                    answer = version_answer
                connection.sendall(message(b"1", b"") + message(b"2", b"") + answer + _ready(b"T"))

    return handle


def _to_libraries(statement: bytes) -> bytes:
    asks = any(word in statement.lower() for word in (b"select", b"show"))
    return rows(("on",)) if asks else message(b"C", b"OK\0")


def endless(piece: bytes, *, after: bytes = b"") -> Handler:
    """Answers the first statement, and never ends to do so."""

    def handle(connection: socket.socket) -> None:
        let_in(connection)
        connection.recv(65536)
        connection.sendall(after)
        while True:
            connection.sendall(piece)

    return handle


def _ready(status: bytes) -> bytes:
    return message(b"Z", status)


def _exactly(connection: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        received = connection.recv(size - len(data))
        if not received:
            raise ConnectionError
        data += received
    return data
