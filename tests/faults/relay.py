"""Stands between the agent and a server, and does to their conversation what a fault does."""

from __future__ import annotations

import select
import socket
import struct
from collections.abc import Callable
from contextlib import suppress

from tests.probes.servers import Handler, Loopback

#: What becomes of one piece that the server sends: `index` is the number of pieces before it on this
#: connection. It writes to the client what it likes; `HangUp` ends the connection.
Shape = Callable[[socket.socket, bytes, int], None]

#: Given the port of the healthy server, what serves one connection of the client.
Fault = Callable[[int], Handler]


class HangUp(Exception):  # noqa: N818 # an order, not an error
    """Both connections are to end."""


class Relay(Loopback):
    """Leads to the healthy server at `upstream`, until `use` makes it a faulty one."""

    def __init__(self, upstream: int) -> None:
        self._upstream = upstream
        self._current = healthy_path(upstream)
        super().__init__(lambda connection: self._current(connection))

    def __enter__(self) -> Relay:
        super().__enter__()
        return self

    def use(self, fault: Fault) -> None:
        """From now on. Open connections end, as those of a server that restarts."""
        self._current = fault(self._upstream)
        for connection in list(self._open):
            with suppress(OSError):
                socket.socket.shutdown(connection, socket.SHUT_RDWR)
        self._open.clear()


def through(shape: Shape) -> Fault:
    """The client's bytes reach the server; the server's pass through `shape`."""

    def fault(upstream: int) -> Handler:
        def handle(client: socket.socket) -> None:
            with socket.create_connection(("127.0.0.1", upstream)) as server, suppress(HangUp):
                _relay(client, server, shape)

        return handle

    return fault


def _relay(client: socket.socket, server: socket.socket, shape: Shape) -> None:
    """In one thread: a reset must not wait for another thread that reads from the same socket."""
    index = 0
    while True:
        ready, _, _ = select.select([client, server], [], [])
        if client in ready:
            asked = client.recv(65536)
            if not asked:
                return
            server.sendall(asked)
        if server in ready:
            piece = server.recv(65536)
            if not piece:
                return
            shape(client, piece, index)
            index += 1


def pass_on(client: socket.socket, piece: bytes, _index: int) -> None:
    """Changes nothing."""
    client.sendall(piece)


healthy_path = through(pass_on)


def reset(client: socket.socket) -> None:
    """End the connection by a reset, as a machine does that knows nothing of it."""
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()
    raise HangUp
