"""HTTP for probes: one bounded GET, within one deadline, to nowhere else than asked."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from http.client import HTTPException, IncompleteRead, LineTooLong
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import HTTPError, InvalidChunkLength
from urllib3.exceptions import TimeoutError as TimeoutErrorOfPool

from agent.config import Tls
from agent.model.vocabulary import Reason
from agent.probes.base import MAX_ANSWER, ProbeError
from agent.probes.transport.connection import speaks_tls
from agent.probes.transport.http_session import Adapter, HeadTooLargeError, Session
from agent.probes.transport.reasons import HTTP_STATUS, causes, error_text, probe_error, readable
from agent.probes.transport.secrets import remember_url

_CHUNK = 65536


class HttpError(ProbeError):
    """An answer that is none; `status` is the HTTP status, 0 where none came."""

    def __init__(self, reason: Reason, text: str, status: int = 0) -> None:
        super().__init__(reason, text)
        self.status = status


class HttpClient:
    """Keeps one connection to one target."""

    def __init__(self, tls: Tls | None = None, proxy_url: str | None = None) -> None:
        self._session = Session()
        self._adapter = Adapter(tls or Tls(), proxy_url)
        self._is_direct = proxy_url is None
        self._session.mount("http://", self._adapter)
        self._session.mount("https://", self._adapter)

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
        remember_url(url)
        self._adapter.end = end
        self._adapter.handle.reset()
        try:
            yield from self._answer(url, end, headers, params, most)
        except HttpError as error:
            if error.status == 400 and "https" in str(error).lower() and self._wants_tls(url, end):
                raise _wants_https(url) from error
            raise
        except ProbeError as error:
            raise HttpError(error.failure.reason, f"GET {url}: {error}") from error
        except (requests.RequestException, HTTPError, OSError) as error:
            late = time.monotonic() > end or self._adapter.handle.is_aborted
            reason = Reason.TIMEOUT if late else _reason(error)
            if reason is Reason.UNREACHABLE and self._wants_tls(url, end):
                raise _wants_https(url) from error
            raise HttpError(reason, f"GET {url}: {_cause(error)}") from error

    def _answer(
        self,
        url: str,
        end: float,
        headers: Mapping[str, str] | None,
        params: Mapping[str, str] | None,
        most: int,
    ) -> Iterator[bytes]:
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

    def _wants_tls(self, url: str, end: float) -> bool:
        parts = urlsplit(url)
        is_plain = self._is_direct and parts.scheme == "http"
        return is_plain and speaks_tls((parts.hostname or "", parts.port or 80), end)

    def abort(self) -> None:
        """End a read that hangs: a peer that sends a byte now and then outlasts every timeout."""
        self._adapter.handle.abort()

    def close(self) -> None:
        self._session.close()

    def _refused(self, url: str, response: requests.Response, end: float) -> HttpError:
        status = response.status_code
        if 300 <= status < 400:
            text = f"GET {url}: answers with a redirect ({status}), which is not followed"
            return HttpError(Reason.BAD_ANSWER, text, status)
        body = b"".join(_bounded(response, end, most=4096, strict=False))
        text = f"GET {url}: HTTP {status}: {readable(body)}"
        return HttpError(HTTP_STATUS.get(status, Reason.BAD_ANSWER), text, status)


def _wants_https(url: str) -> HttpError:
    return HttpError(Reason.TLS_FAILED, f"GET {url}: the port speaks TLS: write https:// in the address")


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


def _cause(error: BaseException) -> str:
    """What the system said, without the libraries' own words around it."""
    chain = list(causes(error))
    system = next((e for e in reversed(chain) if isinstance(e, OSError) and e.strerror), None)
    return error_text(system) if system is not None else str(error)


def _is_bad_chunk(error: IncompleteRead) -> bool:
    """Whether the length of a chunk is not a number; an empty one is the end of the connection."""
    return isinstance(error, InvalidChunkLength) and bool(error.length)


def _reason(error: Exception) -> Reason:
    chain = list(causes(error))
    for cause in reversed(chain):
        # http.client has no class of its own for more than a hundred headers.
        if isinstance(cause, HeadTooLargeError | LineTooLong) or type(cause) is HTTPException:
            return Reason.ANSWER_TOO_LARGE
        if isinstance(cause, IncompleteRead) and not _is_bad_chunk(cause):
            # Fewer bytes than announced.
            return Reason.UNREACHABLE
        if isinstance(cause, OSError) and not isinstance(cause, requests.RequestException):
            return probe_error(cause).failure.reason
    if isinstance(error, requests.exceptions.InvalidURL):
        return Reason.NAME_NOT_RESOLVED
    if any(isinstance(cause, requests.Timeout | TimeoutError | TimeoutErrorOfPool) for cause in chain):
        return Reason.TIMEOUT
    return Reason.UNREACHABLE if isinstance(error, requests.ConnectionError) else Reason.BAD_ANSWER
