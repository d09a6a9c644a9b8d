"""One bounded GET of a file, which is not trusted until its checksum is verified."""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from urllib.parse import urljoin, urlsplit

import requests
from urllib3.exceptions import HTTPError

_CHUNK = 65536
MAX_REDIRECTS = 5


class FetchError(Exception):
    """The file could not be fetched; the message says why."""


class Fetcher:
    """Fetches one file at a time. A hanging fetch is abandoned, and blocks new ones until it has ended."""

    def __init__(self, seconds: float = 10.0) -> None:
        self._seconds = seconds
        self._current: Future[bytes] | None = None

    def fetch(self, url: str, max_bytes: int, ca_file: str | None = None) -> bytes:
        """The file at an https address, at most `max_bytes`, within the fetcher's time limit.

        Follows redirects, but only to https. Uses a proxy from the environment (HTTPS_PROXY).

        Raises:
            FetchError: the file could not be fetched.
        """
        if self._current is not None and not self._current.done():
            raise FetchError("the previous attempt is still running")
        future: Future[bytes] = Future()
        self._current = future
        end = time.monotonic() + self._seconds

        def run() -> None:
            try:
                future.set_result(_get(url, max_bytes, ca_file, end))
            except Exception as error:
                future.set_exception(error)

        # Name resolution and slow headers have no time limit, so the thread is abandoned instead.
        threading.Thread(target=run, name="matrix-fetch", daemon=True).start()
        try:
            return future.result(self._seconds)
        except FutureTimeoutError as error:
            raise FetchError(f"no complete response within {self._seconds:g} seconds") from error
        except (requests.RequestException, HTTPError, OSError, ValueError) as error:
            # ValueError: an invalid address, for example from a redirect.
            raise FetchError(str(error)) from error


class _Session(requests.Session):
    """Does not follow redirects."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        """None: otherwise requests prepares the next redirect and reads the whole response for it."""


def _get(url: str, max_bytes: int, ca_file: str | None, end: float) -> bytes:
    with _Session() as session:
        # Keep requests from sending a login from .netrc.
        session.auth = lambda request: request
        for _ in range(MAX_REDIRECTS + 1):
            _must_be_https(url)
            with session.get(
                url,
                stream=True,
                allow_redirects=False,
                verify=ca_file or True,
                timeout=max(end - time.monotonic(), 0.001),
                headers={"Accept-Encoding": "identity"},
            ) as response:
                if response.is_redirect:
                    url = urljoin(url, response.headers["Location"])
                    continue
                if response.status_code != 200:
                    raise FetchError(f"the server answers with HTTP {response.status_code}")
                return _body(response, max_bytes, end)
    raise FetchError(f"there are more than {MAX_REDIRECTS} redirects")


def _must_be_https(url: str) -> None:
    if urlsplit(url).scheme != "https":
        raise FetchError("refused an address that is not https; check the server's redirects")


def _body(response: requests.Response, max_bytes: int, end: float) -> bytes:
    body = b""
    for chunk in response.iter_content(_CHUNK):
        body += chunk
        if len(body) > max_bytes:
            raise FetchError(f"the file is larger than {max_bytes} bytes")
        if time.monotonic() > end:
            raise FetchError("the download is too slow")
    return body
