"""One bounded GET of a file that is not trusted until its checksum was seen."""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future
from concurrent.futures import TimeoutError as Late
from urllib.parse import urljoin, urlsplit

import requests
from urllib3.exceptions import HTTPError

_CHUNK = 65536
_MOST_REDIRECTS = 5


class FetchError(Exception):
    """There is no file to have; the text says why."""


class Fetcher:
    """Fetches one file at a time. One that hangs is left behind, and no second one begins beside it."""

    def __init__(self, seconds: float = 10.0) -> None:
        self._seconds = seconds
        self._current: Future[bytes] | None = None

    def fetch(self, url: str, most: int, ca_file: str | None = None) -> bytes:
        """The file at an https address: `most` bytes at the most, within the time that there is.

        Redirects are followed, to https alone. A proxy of the environment (HTTPS_PROXY) is used.

        Raises:
            FetchError: it can't be had.
        """
        if self._current is not None and not self._current.done():
            raise FetchError("the attempt before this one has not ended yet")
        future: Future[bytes] = Future()
        self._current = future
        end = time.monotonic() + self._seconds

        def run() -> None:
            try:
                future.set_result(_get(url, most, ca_file, end))
            except Exception as error:
                future.set_exception(error)

        # Nothing bounds a name's resolution or headers that drip but to leave the thread behind.
        threading.Thread(target=run, name="matrix-fetch", daemon=True).start()
        try:
            return future.result(self._seconds)
        except Late as error:
            raise FetchError(f"no whole answer within {self._seconds:g} seconds") from error
        except (requests.RequestException, HTTPError, OSError, ValueError) as error:
            # ValueError: an address that is none, such as one that a redirect names.
            raise FetchError(str(error)) from error


class _Session(requests.Session):
    """Follows no redirect by itself."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        """None: else requests prepares the next step of a redirect, and reads all of this answer for it."""


def _get(url: str, most: int, ca_file: str | None, end: float) -> bytes:
    with _Session() as session:
        # .netrc is not meant for this.
        session.auth = lambda request: request
        for _ in range(_MOST_REDIRECTS + 1):
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
                    raise FetchError(f"answers with HTTP {response.status_code}")
                return _body(response, most, end)
    raise FetchError(f"leads through more than {_MOST_REDIRECTS} redirects")


def _must_be_https(url: str) -> None:
    if urlsplit(url).scheme != "https":
        raise FetchError("leads to an address that is not https")


def _body(response: requests.Response, most: int, end: float) -> bytes:
    body = b""
    for chunk in response.iter_content(_CHUNK):
        body += chunk
        if len(body) > most:
            raise FetchError(f"is larger than {most} bytes")
        if time.monotonic() > end:
            raise FetchError("comes too slowly")
    return body
