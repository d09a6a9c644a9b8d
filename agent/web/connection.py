"""One HTTP connection with limits on memory and time for each client, before any login.

httptools collects the head of a request in memory without a limit, so the bytes are counted here first.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

#: Bytes that the parser gets at a time. A limit is exceeded by less than this.
_SLICE_SIZE = 4096

#: Time in which a refused client can still read the answer, in seconds.
_LINGER_TIME = 0.5

_VERSIONS = ("1.0", "1.1")


@dataclass(frozen=True)
class Limits:
    """Limits of connections. Sizes are in bytes, times in seconds."""

    #: Request line and headers. nginx allows the same by default.
    head: int = 32 * 1024
    headers: int = 100
    #: After the head. No path reads a body.
    body: int = 64 * 1024
    #: From the first byte of a request to its last; the same for the TLS handshake.
    request_time: float = 10.0
    #: Between two requests.
    idle_time: float = 5.0
    #: How long a client may wait before it reads its answer.
    write_time: float = 60.0
    #: Requests on one connection that wait for the answer to an earlier request.
    pipelined: int = 16
    #: Open at once. Prometheus has the same default.
    connections: int = 512

    @property
    def connections_per_address(self) -> int:
        """One client leaves room for others."""
        return max(self.connections // 4, 1)


class BoundedConnection(HttpToolsProtocol):
    """uvicorn's protocol within `Limits`: it refuses a request beyond one, and closes the connection."""

    def __init__(
        self, limits: Limits, admits: Callable[[Mapping[str, Any] | None], bool], **uvicorn: Any
    ) -> None:
        """`admits`: whether a client with this certificate may connect. Other arguments go to uvicorn."""
        super().__init__(**uvicorn)
        self._admits = admits
        self.lost = asyncio.Event()
        self._limits = limits
        self.timeout_keep_alive = limits.idle_time  # type: ignore[assignment]
        self._received = 0
        self._is_done_reading = False
        self._in_head = True
        self._refusal = HTTPStatus.BAD_REQUEST
        self._request_timer: asyncio.TimerHandle | None = None
        self._write_timer: asyncio.TimerHandle | None = None

    # Called by the transport

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._start_request_timer()
        if not self._admits(transport.get_extra_info("peercert")):
            self._close()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_request_timer()
        self._stop_write_timer()
        self._unset_keepalive_if_required()
        self.pipeline.clear()
        super().connection_lost(exc)
        self.lost.set()

    def data_received(self, data: bytes) -> None:
        for start in range(0, len(data), _SLICE_SIZE):
            if self.transport.is_closing() or self._is_done_reading:
                return
            self._feed(data[start : start + _SLICE_SIZE])

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stop_write_timer()
        self._write_timer = self.loop.call_later(self._limits.write_time, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._stop_write_timer()

    # Called by the parser. An exception ends the parsing.

    def on_message_begin(self) -> None:
        self._unset_keepalive_if_required()
        self._start_request_timer()
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        if len(self.headers) >= self._limits.headers:
            self._refusal = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
            raise ValueError("too many headers")
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._in_head = False
        if self.parser.get_http_version() not in _VERSIONS:
            self._refusal = HTTPStatus.HTTP_VERSION_NOT_SUPPORTED
            raise ValueError("unsupported HTTP version")
        if len(self.pipeline) >= self._limits.pipelined:
            raise ValueError("too many requests before the first answer")
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._received = 0
        self._in_head = True
        self._stop_request_timer()
        super().on_message_complete()

    # Limits
    def _feed(self, data: bytes) -> None:
        self._received += len(data)
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            # The request itself is answered. After it comes another protocol, which is not supported.
            self._is_done_reading = True
            self._stop_request_timer()
            self.cycle.keep_alive = False
        except httptools.HttpParserError:
            self._refuse(self._refusal)
        else:
            self._check_size()

    def _check_size(self) -> None:
        if self._in_head and self._received > self._limits.head:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        elif self._received > self._limits.head + self._limits.body:
            self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)

    def _refuse(self, status: HTTPStatus) -> None:
        """Answer, unless an earlier answer is being sent, and close."""
        is_answering = self.cycle is not None and not self.cycle.response_complete
        if not is_answering or not (self.pipeline or self.cycle.response_started):
            text = f"{status.phrase}\n".encode()
            head = f"HTTP/1.1 {status.value} {status.phrase}\r\ncontent-type: text/plain; charset=utf-8\r\n"
            head += f"content-length: {len(text)}\r\nconnection: close\r\n\r\n"
            self.transport.write(head.encode() + text)
        self._close()

    def _close(self) -> None:
        if self.cycle is not None:
            self.cycle.disconnected = True
        self.pipeline.clear()
        # With TLS, a client that continues to send would keep the connection open until the shutdown times
        # out.
        self.transport.pause_reading()
        self.transport.close()
        self.loop.call_later(_LINGER_TIME, self.transport.abort)

    def _start_request_timer(self) -> None:
        if self._request_timer is None:
            self._request_timer = self.loop.call_later(self._limits.request_time, self._too_slow)

    def _too_slow(self) -> None:
        if self._received:
            self._refuse(HTTPStatus.REQUEST_TIMEOUT)
        else:
            self._close()

    def _stop_request_timer(self) -> None:
        if self._request_timer is not None:
            self._request_timer.cancel()
            self._request_timer = None

    def _stop_write_timer(self) -> None:
        if self._write_timer is not None:
            self._write_timer.cancel()
            self._write_timer = None
