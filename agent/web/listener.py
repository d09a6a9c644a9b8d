"""Accepts connections, so many in all and so many from one address, and serves an application on them.

uvicorn accepts without a bound and hears of a connection after its TLS handshake. So it is this server that
accepts: a connection is counted from its first moment to its last.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import socket
import ssl
from collections import Counter
from collections.abc import Coroutine
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from agent.web.connection import BoundedConnection, Limits

log = logging.getLogger(__name__)

#: Seconds to wait when the system has no descriptor left for a connection.
_PAUSE = 0.1

#: A network of this size is one client: whoever has an IPv6 address has as many as that.
_IPV6_PREFIX = 64


class Listener(uvicorn.Server):
    """uvicorn's server within `limits`, encrypted where there is `tls`."""

    def __init__(self, app: ASGIApp, limits: Limits, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(
            uvicorn.Config(
                app, log_config=None, access_log=False, lifespan="off", ws="none", timeout_graceful_shutdown=1
            )
        )
        self._limits = limits
        self._tls = tls
        self._open: Counter[str] = Counter()
        self._tasks: set[asyncio.Task[None]] = set()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Accept on these sockets from now on."""
        await self.lifespan.startup()
        self.servers = []
        for sock in sockets or []:
            sock.setblocking(False)
            task = self._start(self._accept(sock))
            # The listener does not outlive a socket that nobody accepts on.
            task.add_done_callback(lambda _task: setattr(self, "should_exit", True))
        self.started = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Accept no more, and let requests under way end."""
        for task in self._tasks:
            task.cancel()
        await super().shutdown(sockets)

    def _start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _accept(self, sock: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                connection, address = await loop.sock_accept(sock)
            except OSError as error:
                log.debug("connection not accepted", extra={"error": str(error)})
                await asyncio.sleep(_PAUSE)
                continue
            client = client_network(address[0])
            if self._is_full(client):
                connection.close()
            else:
                self._open[client] += 1
                self._start(self._serve_one(connection, client))

    def _is_full(self, client: str) -> bool:
        return (
            self._open.total() >= self._limits.connections
            or self._open[client] >= self._limits.connections_per_address
        )

    async def _serve_one(self, connection: socket.socket, client: str) -> None:
        protocol = self._protocol()
        try:
            await asyncio.get_running_loop().connect_accepted_socket(
                lambda: protocol,
                connection,
                ssl=self._tls,
                ssl_handshake_timeout=self._limits.request_time if self._tls else None,
                ssl_shutdown_timeout=self._limits.idle_time if self._tls else None,
            )
            await protocol.lost.wait()
        except OSError as error:
            log.debug("no TLS connection", extra={"error": str(error)})
        finally:
            connection.close()
            self._open[client] -= 1
            if not self._open[client]:
                del self._open[client]

    def _protocol(self) -> BoundedConnection:
        return BoundedConnection(
            self._limits,
            config=self.config,
            server_state=self.server_state,
            app_state=self.lifespan.state,
            _loop=asyncio.get_running_loop(),
        )


def client_network(address: str) -> str:
    """What counts as one client: an IPv4 address, or the /64 of an IPv6 address."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((found, _IPV6_PREFIX), strict=False))
