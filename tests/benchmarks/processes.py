"""What the benchmarks read of a process, and how long requests to it take."""

from __future__ import annotations

import http.client
import os
import re
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

GZIP = {"Accept": "application/openmetrics-text; version=1.0.0", "Accept-Encoding": "gzip"}
PLAIN = {"Accept": "text/plain", "Accept-Encoding": "identity"}

_ESTABLISHED = "01"
#: How long the agent keeps a connection without a request.
_IDLE_SECONDS = 5.0


def processor_time(pid: int) -> float:
    """Seconds of user and system time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def status(pid: int, field: str) -> int:
    """A number of /proc/PID/status: `Threads`, or `VmRSS` and `VmHWM` in KiB."""
    found = re.search(rf"^{field}:\s+(\d+)", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    assert found
    return int(found[1])


def connections(pid: int, port: int) -> int:
    """How many connections the process has to this port of loopback."""
    inodes = set()
    for link in Path(f"/proc/{pid}/fd").iterdir():
        try:
            inodes.add(str(link.readlink()))
        except FileNotFoundError:
            continue  # Closed since it was listed.
    rows = (line.split() for line in Path(f"/proc/{pid}/net/tcp").read_text().splitlines()[1:])
    return sum(
        int(row[2].rpartition(":")[2], 16) == port
        and row[3] == _ESTABLISHED
        and f"socket:[{row[9]}]" in inodes
        for row in rows
    )


@dataclass(frozen=True)
class Latency:
    """Requests to one address: seconds for each, and the last answer."""

    took: Sequence[float]
    body: bytes

    @property
    def p50(self) -> float:
        """Milliseconds."""
        return statistics.median(self.took) * 1000

    @property
    def p99(self) -> float:
        """Milliseconds."""
        return statistics.quantiles(self.took, n=100, method="inclusive")[98] * 1000

    def __str__(self) -> str:
        return f"{self.p50:.1f} / {self.p99:.1f} ms"


def requests_of(
    address: str, path: str, headers: dict[str, str], seconds: float, every: float = 0.25
) -> Latency:
    """One GET every so often for this long, on one kept connection where the agent keeps it so long."""
    host, _, port = address.rpartition(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=60)
    took: list[float] = []
    body = b""
    end = time.monotonic() + seconds
    try:
        while not took or time.monotonic() < end:
            began = time.perf_counter()
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            body = answer.read()
            took.append(time.perf_counter() - began)
            assert answer.status == 200, answer.status
            if every >= _IDLE_SECONDS:
                connection.close()
            time.sleep(max(min(every - took[-1], end - time.monotonic()), 0))
    finally:
        connection.close()
    return Latency(took, body)
