"""Names to addresses within a deadline. The system's own call takes as long as a resolver that hangs."""

from __future__ import annotations

import socket
import threading
import time
from concurrent.futures import Future
from typing import Any

_Key = tuple[str, int]


class Resolver:
    """Looks names up in threads: one for each name at most, and `limit` in all.

    A lookup that hangs is left behind. Others who want the same name wait for the same lookup.
    """

    def __init__(self, limit: int) -> None:
        self._lock = threading.Lock()
        self._free = threading.BoundedSemaphore(limit)
        self._under_way: dict[_Key, Future[list[Any]]] = {}

    def resolve(self, host: str, port: int, end: float) -> list[Any]:
        """As `socket.getaddrinfo`, before the monotonic time `end`.

        Raises:
            TimeoutError: the resolver does not answer in time.
            socket.gaierror: the name has no address.
            ValueError: the name is not valid.
        """
        if (known := _numeric(host, port)) is not None:
            return known
        return list(self._lookup((host, port), end).result(max(end - time.monotonic(), 0)))

    def _lookup(self, key: _Key, end: float) -> Future[list[Any]]:
        with self._lock:
            if (under_way := self._under_way.get(key)) is not None:
                return under_way
        if not self._free.acquire(timeout=max(end - time.monotonic(), 0)):
            raise TimeoutError
        with self._lock:
            if (under_way := self._under_way.get(key)) is not None:
                self._free.release()
                return under_way
            future = self._under_way[key] = Future()
        try:
            threading.Thread(target=self._run, args=(key, future), name="resolver", daemon=True).start()
        except RuntimeError as error:
            # The system has no thread left.
            self._end(key)
            future.set_exception(OSError(str(error)))
        return future

    def _run(self, key: _Key, future: Future[list[Any]]) -> None:
        try:
            found = socket.getaddrinfo(*key, type=socket.SOCK_STREAM)
        except BaseException as error:
            self._end(key)
            future.set_exception(error)
        else:
            self._end(key)
            future.set_result(list(found))

    def _end(self, key: _Key) -> None:
        with self._lock:
            self._under_way.pop(key, None)
        self._free.release()


def _numeric(host: str, port: int) -> list[Any] | None:
    """The answer for what is an address already, which needs no resolver."""
    for family, rest in ((socket.AF_INET, ()), (socket.AF_INET6, (0, 0))):
        try:
            socket.inet_pton(family, host)
        except (OSError, ValueError):
            continue
        return [(family, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (host, port, *rest))]
    return None


#: Of the whole process. Each lookup that hangs costs one thread.
RESOLVER = Resolver(limit=64)
