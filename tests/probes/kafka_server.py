"""A broker that answers as it is told: what no real one here can be made to answer."""

from __future__ import annotations

import socket
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

Spoken = Mapping[int, tuple[int, int]]

METADATA, SASL_HANDSHAKE, API_VERSIONS, SASL_AUTHENTICATE = 3, 17, 18, 36


@dataclass
class Broker:
    """`spoken` is its answer to ApiVersions, `listed` are the brokers that it knows (none: itself).

    `instead` has bytes to send in place of the answer to a question, after their length; None: silence.
    `passwords`: who does not log in with one of them, by PLAIN, is hung up on.
    """

    spoken: Spoken
    listed: Sequence[tuple[int, str, int]] = ()
    passwords: set[str] = field(default_factory=set)
    instead: Mapping[int, bytes | None] = field(default_factory=dict)
    error: int = 0
    asked: list[int] = field(default_factory=list)
    logins: list[bytes] = field(default_factory=list)

    def __call__(self, connection: socket.socket) -> None:
        logged_in = not self.passwords
        port = connection.getsockname()[1]
        while True:
            (size,) = struct.unpack("!i", _exactly(connection, 4))
            question = _exactly(connection, size)
            key, _, number, name_length = struct.unpack("!hhih", question[:10])
            self.asked.append(key)
            body = question[10 + name_length :]
            if key in self.instead:
                answer = self.instead[key]
                if answer is None:
                    continue
            elif key == API_VERSIONS:
                answer = _spoken(self.error, self.spoken)
            elif key == SASL_HANDSHAKE:
                answer = _ways_to_log_in(body[2:], self.passwords)
            elif key == SASL_AUTHENTICATE:
                self.logins.append(body[4:])
                logged_in = body[4:].decode().split("\0")[-1] in self.passwords
                refusal = struct.pack("!h", 58) + _string(
                    "Authentication failed: Invalid username or password"
                )
                answer = (struct.pack("!hh", 0, -1) if logged_in else refusal) + struct.pack("!i", 0)
            elif not logged_in:
                return
            else:
                answer = metadata(self.listed or [(1, "127.0.0.1", port)])
            connection.sendall(struct.pack("!ii", len(answer) + 4, number) + answer)


def _ways_to_log_in(wanted: bytes, passwords: set[str]) -> bytes:
    """UNSUPPORTED_SASL_MECHANISM or, where nobody logs in, ILLEGAL_SASL_STATE (Kafka's protocol guide)."""
    if not passwords:
        return struct.pack("!hi", 34, 0)
    return struct.pack("!hi", 0 if wanted == b"PLAIN" else 33, 1) + _string("PLAIN")


def metadata(brokers: Sequence[tuple[int, str, int]]) -> bytes:
    """The answer to Metadata in its form 2, without topics."""
    listed = b"".join(
        struct.pack("!i", node) + _string(host) + struct.pack("!ih", port, -1) for node, host, port in brokers
    )
    return struct.pack("!i", len(brokers)) + listed + _string("cluster") + struct.pack("!ii", 1, 0)


def _spoken(error: int, spoken: Spoken) -> bytes:
    apis = b"".join(struct.pack("!hhh", key, *versions) for key, versions in spoken.items())
    return struct.pack("!hi", error, len(spoken)) + apis


def _string(text: str) -> bytes:
    return struct.pack("!h", len(text.encode())) + text.encode()


def _exactly(connection: socket.socket, size: int) -> bytes:
    received = b""
    while len(received) < size:
        part = connection.recv(size - len(received))
        if not part:
            raise ConnectionError
        received += part
    return received
