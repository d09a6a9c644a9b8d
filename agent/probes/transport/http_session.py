"""The connections of HTTP probes: bounded where requests and http.client are not."""

from __future__ import annotations

import socket
from http.client import HTTPException, HTTPResponse
from http.cookiejar import DefaultCookiePolicy
from io import BufferedReader
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

#: No honest answer has more before its body, in bytes.
_MAX_HEAD = 65536

#: The words of the error where one has, or more than a hundred headers.
HEAD_TOO_LARGE = "got more than"


class Session(requests.Session):
    """Goes nowhere else, remembers nothing, and takes nothing of the agent's surroundings."""

    def __init__(self) -> None:
        super().__init__()
        # Proxies and .netrc of the agent's environment are not meant for its targets.
        self.trust_env = False
        # A page of a login may set cookies for ever, and a probe needs none.
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))

    def get_redirect_target(self, resp: requests.Response) -> None:
        """None: else requests prepares the next step of a redirect, and reads all of this answer for it."""


class _Head:
    """An answer up to its body, line by line, all interim answers before it included."""

    def __init__(self, file: BufferedReader) -> None:
        self._file = file
        self._left = _MAX_HEAD

    def readline(self, most: int) -> bytes:
        line = self._file.readline(min(most, self._left + 1))
        self._left -= len(line)
        if self._left < 0:
            raise HTTPException(f"{HEAD_TOO_LARGE} {_MAX_HEAD} bytes before the body")
        return line

    def close(self) -> None:
        self._file.close()


class _Response(HTTPResponse):
    """http.client would keep a hundred headers of 64 KB, several times over."""

    fp: Any

    def begin(self) -> None:
        file = self.fp
        self.fp = _Head(file)
        try:
            super().begin()
        finally:
            if self.fp is not None:  # not given up as another protocol
                self.fp = file


class Adapter(HTTPAdapter):
    """Knows the socket of its newest connection. May verify another name than that of the address."""

    def __init__(self, name: str = "") -> None:
        self._name = name
        self._socket: socket.socket | None = None
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        if self._name:
            kwargs |= {"server_hostname": self._name, "assert_hostname": self._name}
        super().init_poolmanager(*args, **kwargs)
        adapter = self

        class Http(HTTPConnection):
            response_class = _Response

            def connect(self) -> None:
                super().connect()
                adapter._socket = self.sock

        class Https(HTTPSConnection):
            response_class = _Response

            def connect(self) -> None:
                super().connect()
                adapter._socket = self.sock

        class HttpPool(HTTPConnectionPool):
            ConnectionCls = Http

        class HttpsPool(HTTPSConnectionPool):
            ConnectionCls = Https

        self.poolmanager.pool_classes_by_scheme = {"http": HttpPool, "https": HttpsPool}

    def abort(self) -> None:
        """Wake whoever reads from that socket; nothing where there is none."""
        if self._socket is not None:
            try:
                # The socket's own way, also under TLS: whoever reads from it wakes.
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)
            except OSError:
                return
