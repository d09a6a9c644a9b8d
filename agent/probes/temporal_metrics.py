"""One Temporal service, from the metric `build_information` on its /metrics.

The metrics of a busy server have many megabytes. So they are read line by line, and only up to the end of
this metric: the series of one metric are in one block.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from urllib.parse import urlsplit

from prometheus_client.parser import text_string_to_metric_families

from agent.config import MetricsTarget
from agent.model.observation import Facts
from agent.model.vocabulary import Reason
from agent.probes.base import MAX_ANSWER, ProbeError
from agent.probes.parsing.build_information import NAME, is_build_information, node
from agent.probes.transport.http import HttpClient

#: Maximum number of bytes to read. Only the lines of this metric are kept.
_MAX_BYTES = 64_000_000
_MAX_LINE_LENGTH = 65_536


#: What an address answers that is not the one of the metrics.
_NO_METRICS = frozenset({Reason.NOT_IMPLEMENTED, Reason.NO_SERIES, Reason.BAD_ANSWER})


def open_probe(settings: MetricsTarget) -> TemporalMetrics:
    """A probe of one /metrics address."""
    return TemporalMetrics(settings.url, settings.proxy_url)


class TemporalMetrics:
    """Keeps one connection to one service."""

    def __init__(self, url: str, proxy_url: str | None = None) -> None:
        self._url = url
        self._client = HttpClient(proxy_url=proxy_url)

    def read(self, timeout: float) -> Facts:
        """The replicas behind this address: one service, or all services of one process."""
        try:
            return self._read(time.monotonic() + timeout)
        except ProbeError as error:
            if error.failure.reason not in _NO_METRICS or urlsplit(self._url).path.strip("/"):
                raise
            hint = f"the URL has no path; Temporal serves its metrics at {self._url.rstrip('/')}/metrics"
            raise ProbeError(error.failure.reason, f"{error.failure.text}; {hint}") from error

    def _read(self, end: float) -> Facts:
        lines = list(_series(self._client.chunks(self._url, end, most=_MAX_BYTES)))
        try:
            families = list(text_string_to_metric_families("\n".join(lines) + "\n"))
        except (ValueError, IndexError) as error:
            raise ProbeError(
                Reason.BAD_ANSWER, f"{self._url}: the answer is not in the Prometheus text format: {error}"
            ) from error
        nodes = {
            found: None
            for family in families
            for sample in family.samples
            if is_build_information(sample.name) and (found := node(sample.labels))
        }
        if not nodes:
            raise ProbeError(Reason.NO_SERIES, f"{self._url} has no metric {NAME} with a version")
        return Facts(component="temporal", nodes=tuple(nodes))

    def abort(self) -> None:
        """End a read that hangs."""
        self._client.abort()

    def close(self) -> None:
        self._client.close()


def _series(chunks: Iterator[bytes]) -> Iterator[str]:
    """The lines of `build_information`, up to the first line of another metric after them."""
    found = 0
    for line in _lines(chunks):
        name = line.split("{", 1)[0].rstrip()
        if "{" in line and not line.startswith("#") and is_build_information(name):
            found += len(line)
            if found > MAX_ANSWER:
                raise ProbeError(Reason.ANSWER_TOO_LARGE, f"more than {MAX_ANSWER} bytes of {NAME}")
            yield line
        elif found:
            return


def _lines(chunks: Iterator[bytes]) -> Iterator[str]:
    rest = b""
    for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            yield line.decode("utf-8", errors="replace").rstrip("\r")
        if len(rest) > _MAX_LINE_LENGTH:
            raise ProbeError(
                Reason.BAD_ANSWER, "the answer is not in the Prometheus text format: it has no line breaks"
            )
    yield rest.decode("utf-8", errors="replace")
