"""HTTP APIs that may be behind a login: one deadline and one bound over all the questions of a read."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from typing import Any

from agent.config import WebApi
from agent.model.vocabulary import Reason
from agent.probes.base import MAX_ANSWER, ProbeError
from agent.probes.transport.http import HttpClient, HttpError
from agent.probes.transport.secrets import basic_login, read_header_secret

#: A line of an honest answer is shorter, in bytes.
_LONGEST_LINE = 65_536


class Asking:
    """The questions of one read, within `timeout` seconds. Secrets are read again."""

    def __init__(self, client: HttpClient, settings: WebApi, timeout: float) -> None:
        self._client = client
        self._url = settings.url.rstrip("/")
        self._end = time.monotonic() + timeout
        self._headers = _headers(settings)
        self._left = MAX_ANSWER

    def json(self, path: str, params: Mapping[str, str] | None = None) -> dict[str, Any]:
        """The JSON object that `GET path` answers.

        Raises:
            HttpError: there is no answer, or a refusal.
            ProbeError: the answer is something else, such as a login page.
        """
        body = self.body(path, params, "application/json")
        try:
            answer = json.loads(body)
        except (ValueError, RecursionError) as error:
            what = "a page, perhaps to log in at" if body.lstrip()[:1] == b"<" else f"no JSON: {error}"
            raise ProbeError(Reason.BAD_ANSWER, f"GET {self._url}{path}: the answer is {what}") from error
        if not isinstance(answer, dict):
            raise ProbeError(Reason.BAD_ANSWER, f"GET {self._url}{path}: the answer is not a JSON object")
        return answer

    def body(self, path: str, params: Mapping[str, str] | None = None, kind: str = "*/*") -> bytes:
        """The body of the answer to `GET path`. Raises HttpError."""
        return b"".join(self._chunks(path, params, kind))

    def lines(self, path: str) -> Iterator[str]:
        """The same, line by line; the caller stops when it has found its line."""
        rest = b""
        for chunk in self._chunks(path, None, "text/plain"):
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                yield line.decode(errors="replace")
            if len(rest) > _LONGEST_LINE:
                raise ProbeError(Reason.BAD_ANSWER, f"GET {self._url}{path}: the answer has no lines")
        yield rest.decode(errors="replace")

    def _chunks(self, path: str, params: Mapping[str, str] | None, kind: str) -> Iterator[bytes]:
        headers = {"Accept": kind, **self._headers}
        try:
            for chunk in self._client.chunks(self._url + path, self._end, headers, params, self._left):
                self._left -= len(chunk)
                yield chunk
        except HttpError as error:
            if error.failure.reason is not Reason.ANSWER_TOO_LARGE:
                raise
            self._left = 0
            text = f"GET {self._url}{path}: the answers of one read are larger than {MAX_ANSWER} bytes"
            raise HttpError(Reason.ANSWER_TOO_LARGE, text, error.status) from error


def is_final(error: ProbeError) -> bool:
    """Whether further queries are useless: the target is silent, too slow, or its answers are too large."""
    silent = isinstance(error, HttpError) and error.status == 0
    return silent or error.failure.reason in (Reason.TIMEOUT, Reason.ANSWER_TOO_LARGE)


def _headers(settings: WebApi) -> dict[str, str]:
    if settings.bearer is not None:
        return {"Authorization": f"Bearer {read_header_secret(settings.bearer, 'token')}"}
    if settings.secret is not None:
        return {"Authorization": basic_login(settings.user, settings.secret)}
    return {}
