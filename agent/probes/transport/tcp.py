"""One TCP connection at a time for what one read asks: under its deadline, up to 1 MB, ended from outside.

Nothing is kept from read to read, and no thread waits for anything.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from agent.config import Tls
from agent.config.secret import SecretUnreadableError
from agent.model.vocabulary import Reason
from agent.probes.base import MAX_ANSWER, ProbeError
from agent.probes.transport.sockets import places, seconds_left, tls_context

#: Host and port.
Address = tuple[str, int]

#: The first that fits.
_REASONS: tuple[tuple[type[Exception], Reason], ...] = (
    (SecretUnreadableError, Reason.SECRET_UNREADABLE),
    (TimeoutError, Reason.TIMEOUT),
    (ssl.SSLError, Reason.TLS_FAILED),
    (OSError, Reason.UNREACHABLE),
)


def address_of(text: str) -> Address:
    """`host:port` or `[address]:port`, as the configuration checks it."""
    host, _, port = text.rpartition(":")
    return host.strip("[]"), int(port)


def address_text(address: Address) -> str:
    host, port = address
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


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
        self._aborted = False

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
            self._connect(address, tls)
            yield
        except Exception as error:
            raise self._as_probe_error(error) from error
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
        received = self._waiting().recv(min(65536, self._share.size + 1))
        if not received:
            raise ClosedError("the server closed the connection")
        self._received += len(received)
        if self._received > self._share.size:
            raise ProbeError(Reason.ANSWER_TOO_LARGE, f"an answer of more than {self._share.size} bytes")
        return received

    def abort(self) -> None:
        """End it from another thread: a socket that is shut down wakes whoever waits for it."""
        self._aborted = True
        if self._socket is not None:
            try:
                # Not TLS' own, which would first say goodbye.
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)
            except OSError:
                return

    def _waiting(self) -> socket.socket:
        assert self._socket is not None
        self._socket.settimeout(seconds_left(self._share.until))
        return self._socket

    def _connect(self, address: Address, tls: Tls | None) -> None:
        context = tls_context(tls) if tls is not None else None
        name = (tls.server_name if tls is not None else None) or address[0]
        problem: OSError | None = None
        for family, kind, protocol, _, place in places(*address):
            self._socket = socket.socket(family, kind, protocol)
            try:
                if self._aborted:
                    raise TimeoutError("ended while connecting")
                self._waiting().connect(place)
                if context is not None:
                    self._socket = context.wrap_socket(
                        self._socket, server_hostname=name, do_handshake_on_connect=False
                    )
                    self._socket.do_handshake()
                return
            except OSError as error:
                problem = error
                self._socket.close()
        raise problem or ConnectionError("the name has no address")

    def _as_probe_error(self, error: Exception) -> ProbeError:
        if self._aborted:
            return ProbeError(Reason.TIMEOUT, "ended at its deadline")
        if isinstance(error, ProbeError):
            return error
        for kind, reason in _REASONS:
            if isinstance(error, kind):
                return ProbeError(reason, getattr(error, "strerror", None) or str(error) or kind.__name__)
        # What a reader makes of an answer that is none.
        return ProbeError(Reason.BAD_ANSWER, f"{type(error).__name__}: {error}")
