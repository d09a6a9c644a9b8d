"""Stands between the agent and a server, and does to their conversation what a fault does."""

from __future__ import annotations

import socket
import struct
import threading
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
            with socket.create_connection(("127.0.0.1", upstream)) as server:
                pump = threading.Thread(target=_pump, args=(client, server), daemon=True)
                pump.start()
                index = 0
                with suppress(HangUp):
                    while piece := server.recv(65536):
                        shape(client, piece, index)
                        index += 1
                with suppress(OSError):
                    server.shutdown(socket.SHUT_RDWR)
                with suppress(OSError):
                    socket.socket.shutdown(client, socket.SHUT_RDWR)
                pump.join(5)

        return handle

    return fault


def _pump(client: socket.socket, server: socket.socket) -> None:
    with suppress(OSError):
        while piece := client.recv(65536):
            server.sendall(piece)
        server.shutdown(socket.SHUT_WR)


def pass_on(client: socket.socket, piece: bytes, _index: int) -> None:
    """Changes nothing."""
    client.sendall(piece)


healthy_path = through(pass_on)


def reset(client: socket.socket) -> None:
    """End the connection by a reset, as a machine does that knows nothing of it."""
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()
    raise HangUp
