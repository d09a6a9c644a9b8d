"""Accepts connections, up to a limit in total and per address, and serves an application on them.

uvicorn accepts without a limit and sees a connection only after its TLS handshake. So this server accepts the
connections itself, and counts each from its beginning to its end.
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

#: Time to wait if the system has no file descriptor left for a connection, in seconds.
_ACCEPT_RETRY_PAUSE = 0.1


class Listener(uvicorn.Server):
    """uvicorn's server within `limits`, with the TLS settings that `web` has when a client connects."""

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
        """Start to accept on these sockets."""
        await self.lifespan.startup()
        self.servers = []
        for sock in sockets or []:
            sock.setblocking(False)
            task = self._start(self._accept(sock))
            # The listener ends if it stops to accept on a socket.
            task.add_done_callback(lambda _task: setattr(self, "should_exit", True))
        self.started = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop accepting, and let active requests finish."""
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
                log.debug("cannot accept a connection", extra={"error": str(error)})
                await asyncio.sleep(_ACCEPT_RETRY_PAUSE)
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
            log.debug("TLS handshake failed", extra={"error": str(error)})
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
