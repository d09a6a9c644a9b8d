"""As much of MySQL's protocol as it takes to say what some server said, or to fail in it."""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

Rows = Sequence[Sequence[str | int | None]]

# PROTOCOL_41, CONNECT_WITH_DB, TRANSACTIONS, SECURE_CONNECTION, PLUGIN_AUTH: no TLS.
_CAPABILITIES = 0x200 | 0x8 | 0x2000 | 0x8000 | 0x80000
SALT = b"abcdefghijklmnopqrst"
OK = b"\x00\x00\x00\x02\x00\x00\x00"
EOF = b"\xfe\x00\x00\x02\x00"


def packet(number: int, body: bytes) -> bytes:
    return struct.pack("<I", len(body))[:3] + bytes([number]) + body


def error(code: int, text: str, state: str = "HY000") -> bytes:
    return b"\xff" + struct.pack("<H", code) + f"#{state}{text}".encode()


def receive(connection: socket.socket) -> bytes:
    """The body of the next packet; raises ConnectionError where there is none."""
    head = _exactly(connection, 4)
    return _exactly(connection, int.from_bytes(head[:3], "little"))


def _exactly(connection: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        received = connection.recv(size - len(data))
        if not received:
            raise ConnectionError
        data += received
    return data


def greeting(version: str = "8.0.33", *, tls: bool = False) -> bytes:
    capabilities = _CAPABILITIES | (0x800 if tls else 0)
    return packet(
        0,
        b"\x0a"
        + version.encode()
        + b"\0"
        + struct.pack("<I", 7)
        + SALT[:8]
        + b"\0"
        + struct.pack("<HBHHB", capabilities & 0xFFFF, 45, 2, capabilities >> 16, 21)
        + bytes(10)
        + SALT[8:]
        + b"\0mysql_native_password\0",
    )


def let_in(connection: socket.socket, greets: str | bytes = "8.0.33") -> bytes:
    """Greet, and believe whatever password comes; gives what the client said of itself."""
    connection.sendall(greeting(greets) if isinstance(greets, str) else packet(0, greets))
    said = receive(connection)
    connection.sendall(packet(2, OK))
    return said


def refuse(code: int, text: str) -> Callable[[socket.socket], None]:
    """Turn everybody away after the greeting."""

    def handle(connection: socket.socket) -> None:
        connection.sendall(greeting())
        receive(connection)
        connection.sendall(packet(2, error(code, text)))

    return handle


def answer_each(connection: socket.socket, choose: Callable[[str], bytes]) -> None:
    """Answer each statement by the bytes chosen for it; what only sets up a session is fine."""
    while True:
        request = receive(connection)
        statement = request[1:].decode(errors="replace")
        quiet = request[:1] != b"\x03" or statement.startswith(("SET ", "START ", "ROLLBACK"))
        connection.sendall(packet(1, OK) if quiet else choose(statement))


def table(rows: Rows, columns: int) -> bytes:
    """A result as it goes over the wire."""
    bodies = [bytes([columns]), *[column(index, rows) for index in range(columns)], EOF]
    bodies += [b"".join(b"\xfb" if cell is None else _text(str(cell)) for cell in row) for row in rows]
    return b"".join(packet(number % 256, body) for number, body in enumerate([*bodies, EOF], 1))


def _text(text: str) -> bytes:
    raw = text.encode()
    return (bytes([len(raw)]) if len(raw) < 251 else b"\xfc" + struct.pack("<H", len(raw))) + raw


def column(index: int, rows: Rows = ()) -> bytes:
    """The definition of one column of these rows, as it goes over the wire."""
    kind = 0x08 if any(isinstance(row[index], int) for row in rows) else 0xFD
    names = b"".join(_text(text) for text in ("def", "", "", "", f"c{index}", f"c{index}"))
    return names + b"\x0c" + struct.pack("<HIBHB", 45, 1024, kind, 0, 0) + bytes(2)


@dataclass
class Speaker:
    """Says what one server said: its greeting, version(), version_comment, variables, tables and schema row.

    A greeting in bytes goes out as it is; a text is the version in one of our own making.
    """

    greets: str | bytes = "8.0.33"
    version: str | None = "8.0.33"
    comment: str | None = "MySQL Community Server - GPL"
    variables: Mapping[str, str | None] = field(default_factory=dict)
    schema: Rows | bytes = (("temporal", "1.19", 1),)
    tables: Rows | bytes = (("schema_version", 0),)
    asked: list[str] = field(default_factory=list)

    def __call__(self, connection: socket.socket) -> None:
        let_in(connection, self.greets)
        answer_each(connection, self.answer)

    def answer(self, statement: str) -> bytes:
        """What goes over the wire for a statement."""
        self.asked.append(statement)
        if "version()" in statement:
            return table([(self.version, self.comment)], 2)
        if "SHOW GLOBAL" in statement:
            return table(list(self.variables.items()), 2)
        if "information_schema.tables" in statement:
            return packet(1, self.tables) if isinstance(self.tables, bytes) else table(self.tables, 2)
        return packet(1, self.schema) if isinstance(self.schema, bytes) else table(self.schema, 3)
