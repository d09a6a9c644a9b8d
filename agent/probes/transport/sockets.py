"""Sockets of probes: every address of a name tried within one deadline, and an end from another thread."""

from __future__ import annotations

import os
import selectors
import socket
import time
from contextlib import suppress
from typing import Any
from weakref import WeakSet

from agent.model.vocabulary import Reason
from agent.probes.base import ProbeError
from agent.probes.transport.reasons import error_text
from agent.probes.transport.resolver import RESOLVER

#: Host and port.
Address = tuple[str, int]

#: Seconds before the next address of a name is tried while the ones before have not answered (RFC 8305, 5).
_NEXT_ADDRESS = 0.25


def address_of(text: str) -> Address:
    """`host:port` or `[address]:port`, as the configuration checks it."""
    host, _, port = text.rpartition(":")
    return host.strip("[]"), int(port)


def address_text(address: Address) -> str:
    host, port = address
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


class AbortHandle:
    """The sockets of one read. Another thread ends them, which wakes the thread that waits for one."""

    def __init__(self) -> None:
        self.is_aborted = False
        # The code that opened a socket decides how long it lives.
        self._sockets: WeakSet[socket.socket] = WeakSet()

    def watch(self, opened: socket.socket) -> None:
        """From now on `abort` ends this socket, too."""
        self._sockets.add(opened)
        if self.is_aborted:
            self.abort()

    def abort(self) -> None:
        self.is_aborted = True
        for opened in list(self._sockets):
            with suppress(OSError):
                # Not TLS' own way, which would wait for the other side's goodbye.
                socket.socket.shutdown(opened, socket.SHUT_RDWR)

    def reset(self) -> None:
        """A new read begins; it may use a connection that is kept."""
        self.is_aborted = False

    def check(self) -> None:
        """Raises TimeoutError after an abort."""
        if self.is_aborted:
            raise TimeoutError("the read was ended at its deadline")


def connect(address: Address, end: float, handle: AbortHandle) -> socket.socket:
    """A TCP connection to the first address of a name that accepts one ("happy eyeballs").

    Raises:
        ProbeError: the name has no address, or none accepts a connection before `end`.
    """
    found = places(*address, end)
    try:
        opened = _Race(found, end, handle).run()
    except OSError as error:
        reason = Reason.TIMEOUT if isinstance(error, TimeoutError) else Reason.UNREACHABLE
        raise ProbeError(reason, error_text(error)) from error
    opened.settimeout(max(end - time.monotonic(), 0.001))
    opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    return opened


def places(host: str, port: int, end: float) -> list[Any]:
    """Every address of a name, as `socket.getaddrinfo` gives it, before the monotonic time `end`.

    Raises:
        ProbeError: it has none, there is no such port, or the resolver does not answer in time.
    """
    if not 0 < port < 65536:
        # The system would take the number modulo 65536.
        raise ProbeError(Reason.BAD_ANSWER, f"{port} is not a port")
    if "\0" in host:
        # The system would look up the part before it.
        raise ProbeError(Reason.NAME_NOT_RESOLVED, "the host's name is not valid")
    try:
        return RESOLVER.resolve(host, port, end)
    except TimeoutError as error:
        raise ProbeError(Reason.TIMEOUT, "the resolver did not answer before the deadline") from error
    except (socket.gaierror, ValueError) as error:
        text = getattr(error, "strerror", None) or "the host's name is not valid"
        raise ProbeError(Reason.NAME_NOT_RESOLVED, text) from error


def seconds_left(end: float) -> float:
    """The time until the monotonic time `end`.

    Raises:
        TimeoutError: it has come.
    """
    left = end - time.monotonic()
    if left <= 0:
        raise TimeoutError("no answer before the deadline")
    return left


class _Race:
    """Connection attempts to several addresses, each begun while the ones before may still succeed."""

    def __init__(self, found: list[Any], end: float, handle: AbortHandle) -> None:
        self._waiting = found
        self._end = end
        self._handle = handle
        self._problem: OSError | None = None
        self._selector: selectors.BaseSelector

    def run(self) -> socket.socket:
        """The connection that is made first. Raises OSError."""
        step = min(_NEXT_ADDRESS, seconds_left(self._end) / len(self._waiting))
        with selectors.DefaultSelector() as self._selector:
            try:
                while self._waiting or self._selector.get_map():
                    self._handle.check()
                    self._begin_next()
                    until = min(self._end, time.monotonic() + step) if self._waiting else self._end
                    if winner := self._first_until(until):
                        return winner
                    seconds_left(self._end)
            finally:
                for key in list(self._selector.get_map().values()):
                    self._drop(key.fileobj)
        raise self._problem or ConnectionError("the name has no address")

    def _begin_next(self) -> None:
        if not self._waiting:
            return
        family, kind, protocol, _, place = self._waiting.pop(0)
        try:
            attempt = socket.socket(family, kind, protocol)
        except OSError as error:
            # This machine has no such family of addresses.
            self._problem = self._problem or error
            return
        attempt.setblocking(False)
        self._handle.watch(attempt)
        self._selector.register(attempt, selectors.EVENT_WRITE)
        try:
            attempt.connect(place)
        except BlockingIOError:
            return
        except OSError as error:
            self._problem = self._problem or error
            self._drop(attempt)

    def _first_until(self, until: float) -> socket.socket | None:
        while self._selector.get_map() and (left := until - time.monotonic()) > 0:
            for key, _ in self._selector.select(min(left, _NEXT_ADDRESS)):
                attempt: Any = key.fileobj
                number = attempt.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                if number == 0 and not self._handle.is_aborted:
                    self._selector.unregister(attempt)
                    return attempt  # type: ignore[no-any-return] # the selector keeps what it was given
                self._problem = self._problem or OSError(number, os.strerror(number))
                self._drop(attempt)
                if self._waiting:
                    return None
            self._handle.check()
        return None

    def _drop(self, attempt: Any) -> None:
        self._selector.unregister(attempt)
        attempt.close()
