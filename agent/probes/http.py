"""HTTP for probes: one bounded GET, within one deadline, to nowhere else than asked."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator, Mapping
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from agent.config import Tls
from agent.probes.base import MAX_ANSWER, ProbeError
from agent.vocabulary import Reason

_CHUNK = 65536

_NOT_RESOLVED = (
    "name or service not known",
    "name resolution",
    "failed to resolve",
    "label empty or too long",
)
_STATUS = {401: Reason.AUTHENTICATION_FAILED, 403: Reason.PERMISSION_DENIED, 404: Reason.NOT_IMPLEMENTED}


class _Adapter(HTTPAdapter):
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
            def connect(self) -> None:
                super().connect()
                adapter._socket = self.sock

        class Https(HTTPSConnection):
            def connect(self) -> None:
                super().connect()
                adapter._socket = self.sock

        class HttpPool(HTTPConnectionPool):
            ConnectionCls = Http

        class HttpsPool(HTTPSConnectionPool):
            ConnectionCls = Https

        self.poolmanager.pool_classes_by_scheme = {"http": HttpPool, "https": HttpsPool}

    def abort(self) -> None:
        if self._socket is not None:
            try:
                # The socket's own way, also under TLS: whoever reads from it wakes.
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)
            except OSError:
                return


class HttpError(ProbeError):
    """An answer that is none; `status` is the HTTP status, 0 where none came."""

    def __init__(self, reason: Reason, text: str, status: int = 0) -> None:
        super().__init__(reason, text)
        self.status = status


class HttpClient:
    """Keeps one connection to one target."""

    def __init__(self, tls: Tls | None = None) -> None:
        self._session = requests.Session()
        # Proxies and .netrc of the agent's environment are not meant for its targets.
        self._session.trust_env = False
        self._plain, self._secure = _Adapter(), _Adapter((tls and tls.server_name) or "")
        self._session.mount("http://", self._plain)
        self._session.mount("https://", self._secure)
        if tls is not None:
            self._session.verify = tls.ca_file or True
            if tls.cert_file and tls.key_file:
                self._session.cert = (tls.cert_file, tls.key_file)

    def get(
        self,
        url: str,
        end: float,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        most: int = MAX_ANSWER,
    ) -> bytes:
        """The body of the answer, read until the monotonic time `end` and up to `most` bytes.

        Raises:
            HttpError: no answer, one that is not 200, too large or too slow.
        """
        return b"".join(self.chunks(url, end, headers, params, most))

    def chunks(
        self,
        url: str,
        end: float,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        most: int = MAX_ANSWER,
    ) -> Iterator[bytes]:
        """The same, piece by piece; to stop early is to drop the connection."""
        try:
            with self._session.get(
                url,
                timeout=max(end - time.monotonic(), 0.001),
                headers=headers,
                params=params,
                stream=True,
                allow_redirects=False,
            ) as response:
                if response.status_code != 200:
                    raise self._refused(url, response, end)
                yield from _bounded(response, end, most)
                if time.monotonic() > end:
                    # Also where the end was made by `abort`, in the middle of the headers.
                    raise HttpError(Reason.TIMEOUT, f"GET {url}: the answer came too slowly", 200)
        except (requests.RequestException, HTTPError) as error:
            reason = Reason.TIMEOUT if time.monotonic() > end else _reason(error)
            raise HttpError(reason, f"GET {url}: {error}") from error
        except OSError as error:
            # requests looks for the files of certificates itself.
            raise HttpError(Reason.SECRET_UNREADABLE, f"GET {url}: {error}") from error

    def abort(self) -> None:
        """End a read that hangs: a peer that sends a byte now and then outlasts every timeout."""
        self._plain.abort()
        self._secure.abort()

    def close(self) -> None:
        self._session.close()

    def _refused(self, url: str, response: requests.Response, end: float) -> HttpError:
        status = response.status_code
        if 300 <= status < 400:
            text = f"GET {url}: answers with a redirect ({status}), which is not followed"
            return HttpError(Reason.BAD_ANSWER, text, status)
        body = b"".join(_bounded(response, end, most=4096, strict=False))
        text = f"GET {url}: HTTP {status}: {body[:200].decode(errors='replace')}"
        return HttpError(_STATUS.get(status, Reason.BAD_ANSWER), text, status)


def _bounded(response: requests.Response, end: float, most: int, *, strict: bool = True) -> Iterator[bytes]:
    size = 0
    for chunk in response.iter_content(_CHUNK):
        size += len(chunk)
        if size > most:
            if strict:
                raise HttpError(Reason.ANSWER_TOO_LARGE, f"the answer is larger than {most} bytes", 200)
            return
        yield chunk
        # The timeout of requests is for each read; a target that drips would outlast it.
        if time.monotonic() > end:
            raise HttpError(Reason.TIMEOUT, "the answer came too slowly", 200)


def _reason(error: Exception) -> Reason:
    text = str(error).lower()
    if isinstance(error, requests.exceptions.SSLError):
        return Reason.TLS_FAILED
    if isinstance(error, requests.Timeout) or "timed out" in text:
        return Reason.TIMEOUT
    if any(words in text for words in _NOT_RESOLVED):
        return Reason.NAME_NOT_RESOLVED
    if isinstance(error, requests.ConnectionError):
        return Reason.UNREACHABLE
    return Reason.BAD_ANSWER
