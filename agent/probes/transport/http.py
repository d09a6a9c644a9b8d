"""HTTP for probes: one bounded GET, within one deadline, to nowhere else than asked."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterator, Mapping

import requests
from urllib3.exceptions import HTTPError

from agent.config import Tls
from agent.model.vocabulary import Reason
from agent.probes.base import MAX_ANSWER, ProbeError
from agent.probes.transport.http_session import HEAD_TOO_LARGE, Adapter, Session

_CHUNK = 65536

_NOT_RESOLVED = (
    "name or service not known",
    "name resolution",
    "failed to resolve",
    "label empty or too long",
)
_STATUS = {401: Reason.AUTHENTICATION_FAILED, 403: Reason.PERMISSION_DENIED, 404: Reason.NOT_IMPLEMENTED}


class HttpError(ProbeError):
    """An answer that is none; `status` is the HTTP status, 0 where none came."""

    def __init__(self, reason: Reason, text: str, status: int = 0) -> None:
        super().__init__(reason, text)
        self.status = status


class HttpClient:
    """Keeps one connection to one target."""

    def __init__(self, tls: Tls | None = None) -> None:
        self._session = Session()
        self._plain, self._secure = Adapter(), Adapter((tls and tls.server_name) or "")
        self._session.mount("http://", self._plain)
        self._session.mount("https://", self._secure)
        self._session.verify = (tls and tls.ca_file) or _system_authorities()
        if tls is not None and tls.cert_file and tls.key_file:
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
            # A server that wants TLS just hangs up, or answers with a record of TLS.
            broke = reason is Reason.UNREACHABLE and "Connection aborted" in str(error)
            hint = " (does it want https?)" if broke and url.startswith("http:") else ""
            raise HttpError(reason, f"GET {url}: {_cause(error)}{hint}") from error
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


def _system_authorities() -> str | bool:
    """Where this system keeps its authorities, which SSL_CERT_FILE and SSL_CERT_DIR may move.

    True, where it has none: those that requests brings along.
    """
    paths = ssl.get_default_verify_paths()
    return paths.cafile or paths.capath or True


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
    causes: list[BaseException] = [error]
    while len(causes) < 10 and (following := _inner(causes[-1])):
        causes.append(following)
    system = next((e for e in reversed(causes) if isinstance(e, OSError) and e.strerror), None)
    return str(system.strerror) if system is not None else str(error)


def _inner(error: BaseException) -> BaseException | None:
    inner = getattr(error, "reason", None) or error.__cause__ or error.__context__
    if not isinstance(inner, BaseException) and error.args:
        inner = error.args[-1]
    return inner if isinstance(inner, BaseException) else None


def _reason(error: Exception) -> Reason:
    text = str(error).lower()
    if isinstance(error, requests.exceptions.SSLError):
        return Reason.TLS_FAILED
    if isinstance(error, requests.Timeout) or "timed out" in text:
        return Reason.TIMEOUT
    if HEAD_TOO_LARGE in text:
        return Reason.ANSWER_TOO_LARGE
    if any(words in text for words in _NOT_RESOLVED):
        return Reason.NAME_NOT_RESOLVED
    if isinstance(error, requests.ConnectionError):
        return Reason.UNREACHABLE
    return Reason.BAD_ANSWER
