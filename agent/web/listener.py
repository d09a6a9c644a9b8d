"""Accepts connections, so many in all and so many from one address, and serves an application on them.

uvicorn accepts without a bound and hears of a connection after its TLS handshake. So it is this server that
accepts: a connection is counted from its first moment to its last.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections import Counter
from collections.abc import Coroutine
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from agent.web.client import client_network
from agent.web.connection import BoundedConnection, Limits
from agent.web.web_file import WebFile

log = logging.getLogger(__name__)

#: Seconds to wait when the system has no descriptor left for a connection.
_PAUSE = 0.1


class Listener(uvicorn.Server):
    """uvicorn's server within `limits`, protected as `web` says at the time of a connection."""

    def __init__(self, app: ASGIApp, limits: Limits, web: WebFile) -> None:
        super().__init__(
            uvicorn.Config(
                app, log_config=None, access_log=False, lifespan="off", ws="none", timeout_graceful_shutdown=1
            )
        )
        self._limits = limits
        self._web = web
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
        try:
            protocol, tls = self._protocol(), self._web.tls
            await asyncio.get_running_loop().connect_accepted_socket(
                lambda: protocol,
                connection,
                ssl=tls,
                ssl_handshake_timeout=self._limits.request_time if tls else None,
                ssl_shutdown_timeout=self._limits.idle_time if tls else None,
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
            self._web.admits,
            config=self.config,
            server_state=self.server_state,
            app_state=self.lifespan.state,
            _loop=asyncio.get_running_loop(),
        )
