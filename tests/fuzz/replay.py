"""Plays pieces of a conversation to a probe: without a server where the probe lets us, else by TCP."""

from __future__ import annotations

import socket
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import grpc

from agent.config import Sqlite
from agent.model.observation import Facts
from agent.probes import Probe, ProbeError, open_probe
from tests.fuzz.recording import QUESTIONS
from tests.probes.contract import GRPC, HTTP, settings
from tests.probes.servers import Loopback

#: Seconds of a read, and those after which it has taken too long.
_TIMEOUT, _TOO_LONG = 1.0, 3.0


def breach(kind: str, pieces: Sequence[bytes], *, by_tcp: bool = False) -> str | None:
    """What a read of these pieces does that no read may do; None: it gives facts or a failure in time."""
    began = time.monotonic()
    try:
        with _player(kind, by_tcp)(kind, pieces) as probe:
            found = probe.read(_TIMEOUT)
            assert isinstance(found, Facts)
    except ProbeError:
        pass
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    took = time.monotonic() - began
    return f"took {took:.1f} s" if took > _TOO_LONG else None


def _player(kind: str, by_tcp: bool) -> Callable[[str, Sequence[bytes]], Any]:
    if kind == "sqlite":
        return _file
    # libpq and gRPC open their connections themselves.
    if by_tcp or kind == "postgresql":
        return _tcp
    return _messages if kind in GRPC else _pair


@contextmanager
def _opened(kind: str, given: Any) -> Iterator[Probe]:
    probe = open_probe(kind, given)
    try:
        yield probe
    finally:
        probe.close()


@contextmanager
def _pair(kind: str, pieces: Sequence[bytes]) -> Iterator[Probe]:
    """All that is said is there at once, and then the end: for HTTP one answer a connection."""
    ends: list[socket.socket] = []

    def connect(*_arguments: Any) -> socket.socket:
        mine, other = socket.socketpair()
        said = pieces[len(ends) // 2 % len(pieces)] if kind in HTTP else b"".join(pieces)
        other.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1_000_000)
        other.settimeout(0.5)
        other.sendall(said)
        other.shutdown(socket.SHUT_WR)
        mine.settimeout(_TIMEOUT)
        ends.extend((mine, other))
        return mine

    try:
        with (
            patch("agent.probes.transport.connection.connect", connect),
            patch("agent.probes.mysql.connect", connect),
            # PyMySQL reads the system's authorities for each connection, which takes most of the time.
            patch("ssl.SSLContext.set_default_verify_paths"),
            _opened(kind, settings(kind, 9)) as probe,
        ):
            yield probe
    finally:
        for end in ends:
            end.close()


@contextmanager
def _tcp(kind: str, pieces: Sequence[bytes]) -> Iterator[Probe]:
    """By question and answer, over a real connection."""

    def handle(connection: socket.socket) -> None:
        # A client that waits for the rest of a cut answer says nothing more.
        connection.settimeout(0.1)
        for piece in pieces:
            if not connection.recv(65536):
                return
            connection.sendall(piece)

    with Loopback(handle) as server, _opened(kind, settings(kind, server.port)) as probe:
        yield probe


class _RefusedError(grpc.RpcError):
    """As gRPC has it where an answer is not a message of the right type."""

    def code(self) -> grpc.StatusCode:
        return grpc.StatusCode.INTERNAL

    def details(self) -> str:
        return "Exception deserializing response!"


class _Channel:
    """A channel whose answers are these messages; gRPC itself takes them apart only with a server."""

    def __init__(self, pieces: Sequence[bytes]) -> None:
        self._answers = dict(zip(QUESTIONS, pieces, strict=True))

    def unary_unary(self, method: str, *, response_deserializer: Any, **_how: Any) -> Any:
        def call(_request: Any, **_options: Any) -> Any:
            try:
                return response_deserializer(self._answers[method.rpartition("/")[2]])
            except Exception as error:
                raise _RefusedError from error

        return call

    def __enter__(self) -> _Channel:
        return self

    def __exit__(self, *_error: object) -> None:
        """Nothing is open."""

    def close(self) -> None:
        """Nothing is open."""


@contextmanager
def _messages(kind: str, pieces: Sequence[bytes]) -> Iterator[Probe]:
    with (
        patch(f"agent.probes.{kind}.open_channel", lambda *_arguments: _Channel(pieces)),
        _opened(kind, settings(kind, 9)) as probe,
    ):
        yield probe


@contextmanager
def _file(kind: str, pieces: Sequence[bytes]) -> Iterator[Probe]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "temporal.db"
        path.write_bytes(b"".join(pieces))
        with _opened(kind, Sqlite(path=str(path), database="temporal")) as probe:
            yield probe
