"""One TCP connection at a time for what one read asks: under its deadline, up to 1 MB, ended from outside.

Nothing is kept from read to read, and no thread waits for anything.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from agent.config import Tls
from agent.model.vocabulary import Reason
from agent.probes.base import MAX_ANSWER, ProbeError
from agent.probes.transport.connection import open_connection, receive_first
from agent.probes.transport.reasons import probe_error
from agent.probes.transport.sockets import AbortHandle, Address, seconds_left


class ClosedError(ConnectionError):
    """The other side has closed the connection instead of answering."""


@dataclass(frozen=True)
class Share:
    """What one of several may use: until a moment on the monotonic clock, and this many bytes."""

    until: float
    size: int


class Line:
    """What one read of `timeout` seconds may use."""

    def __init__(self, timeout: float) -> None:
        self._end = time.monotonic() + timeout
        self._left = MAX_ANSWER
        self._share = Share(self._end, self._left)
        self._received = 0
        self._socket: socket.socket | None = None
        #: Where the connection without TLS leads; None: it is encrypted.
        self._plain: Address | None = None
        self._handle = AbortHandle()

    def share(self, among: int) -> Share:
        """The part of one of so many in what is left: who is slow or says much leaves the others theirs.

        Raises:
            ProbeError: the time is over.
        """
        try:
            return Share(time.monotonic() + seconds_left(self._end) / among, self._left // among)
        except TimeoutError as error:
            raise ProbeError(Reason.TIMEOUT, "the time was over before it was asked") from error

    @contextmanager
    def call(self, address: Address, tls: Tls | None, share: Share) -> Iterator[None]:
        """Be connected, within this share.

        Raises:
            ProbeError: for whatever goes wrong while it lasts.
        """
        self._share, self._received = share, 0
        try:
            self._plain = address if tls is None else None
            self._socket = open_connection(address, tls, share.until, self._handle)
            yield
        except Exception as error:
            if self._handle.is_aborted:
                raise ProbeError(Reason.TIMEOUT, "the read was ended at its deadline") from error
            raise probe_error(error) from error
        finally:
            self._left -= self._received
            if self._socket is not None:
                self._socket.close()

    def send(self, data: bytes) -> None:
        self._waiting().sendall(data)

    def receive(self) -> bytes:
        """What has come, at least one byte.

        Raises:
            ClosedError: nothing more will come.
        """
        size = min(65536, self._share.size + 1)
        opened = self._waiting()
        if self._plain is not None and not self._received:
            received = receive_first(opened, size, self._plain, self._share.until, self._handle)
        else:
            received = opened.recv(size)
        if not received:
            raise ClosedError("the server closed the connection")
        self._received += len(received)
        if self._received > self._share.size:
            raise ProbeError(Reason.ANSWER_TOO_LARGE, f"an answer of more than {self._share.size} bytes")
        return received

    def abort(self) -> None:
        """End it from another thread."""
        self._handle.abort()

    def _waiting(self) -> socket.socket:
        assert self._socket is not None
        self._socket.settimeout(seconds_left(self._share.until))
        return self._socket
