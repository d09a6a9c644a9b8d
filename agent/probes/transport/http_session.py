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

from agent.config import Tls
from agent.probes.base import ProbeError
from agent.probes.transport.connection import open_connection
from agent.probes.transport.proxy import read_proxy, route, through_proxy
from agent.probes.transport.sockets import AbortHandle, Address, address_text

#: No honest answer has more before its body, in bytes.
_MAX_HEAD = 65536


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


class HeadTooLargeError(HTTPException):
    """More before the body than an honest answer has."""


class _Head:
    """An answer up to its body, line by line, all interim answers before it included."""

    def __init__(self, file: BufferedReader) -> None:
        self._file = file
        self._left = _MAX_HEAD

    def readline(self, most: int) -> bytes:
        line = self._file.readline(min(most, self._left + 1))
        self._left -= len(line)
        if self._left < 0:
            raise HeadTooLargeError(f"got more than {_MAX_HEAD} bytes before the body")
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
    """Opens connections as every probe does: to all addresses of a name, with the configured TLS, bounded.

    `end` is the monotonic time by which a connection must be open, `handle` ends it from another thread. By
    the proxy of `proxy_url`, if any: through a tunnel for https, with whole addresses for http.
    """

    def __init__(self, tls: Tls, proxy_url: str | None) -> None:
        self.end = 0.0
        self.handle = AbortHandle()
        self._tls = tls
        self._proxy_url = proxy_url
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        adapter = self

        class Http(HTTPConnection):
            response_class = _Response

            def connect(self) -> None:
                self.sock = adapter.open((self.host, self.port), None)

            def putrequest(self, method: str, url: str, *places: Any, **more: Any) -> None:
                proxy = read_proxy(adapter._proxy_url)
                if proxy is None:
                    return super().putrequest(method, url, *places, **more)
                # A proxy is given the whole address (RFC 9112, 3.2.2).
                place = address_text((self.host.strip("[]"), self.port))
                super().putrequest(method, f"http://{place}{url}", *places, **more)
                if proxy.authorization:
                    self.putheader("Proxy-Authorization", proxy.authorization)
                return None

        class Https(HTTPSConnection):
            response_class = _Response

            def connect(self) -> None:
                self.sock = adapter.open((self.host, self.port), adapter._tls)
                self.is_verified = True

        class HttpPool(HTTPConnectionPool):
            ConnectionCls = Http

        class HttpsPool(HTTPSConnectionPool):
            ConnectionCls = Https

        self.poolmanager.pool_classes_by_scheme = {"http": HttpPool, "https": HttpsPool}

    def cert_verify(self, *_arguments: Any) -> None:
        """Nothing: `open` reads the files and verifies."""

    def open(self, address: Address, tls: Tls | None) -> socket.socket:
        """A connection for one of the pools. Raises ProbeError."""
        target = address[0].strip("[]"), address[1]
        proxy = read_proxy(self._proxy_url)
        place, tls, before = route(proxy, target, tls, self.end)
        try:
            # Without TLS the proxy itself reads the request.
            return open_connection(place, tls, self.end, self.handle, before if tls else None)
        except ProbeError as error:
            raise error if proxy is None else through_proxy(proxy, error) from error
