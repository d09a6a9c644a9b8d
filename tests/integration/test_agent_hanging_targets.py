"""1,000 clusters, half of them with a target that accepts connections and never answers."""

from __future__ import annotations

import re
import threading
import time
from collections import defaultdict
from http.server import ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path

import pytest

from tests.benchmarks.processes import GZIP, PLAIN, requests_of, status
from tests.benchmarks.readers import Hanging, MetricsEndpoint, half_hanging

from .agents import AgentProcess

_CLUSTERS = 1000
_INTERVAL = 20.0
#: How late a round may be on a loaded machine, in seconds.
_LATE = 10.0
#: A round with a hanging target keeps a few threads for 4 s: of 500 in 20 s, 100 at once.
_MAX_THREADS = 600
_MAX_MIB = 500
_SUCCESS = re.compile(
    r'^temporal_compat_probe_last_success_timestamp_seconds\{(?=.*"persistence").*"cluster-(\d+)".*\} (\S+)$',
    re.MULTILINE,
)


@pytest.mark.full
def test_the_others_keep_their_interval_and_scrapes_their_time(tmp_path: Path) -> None:
    target = ThreadingHTTPServer(("127.0.0.1", 0), MetricsEndpoint)
    threading.Thread(target=target.serve_forever, daemon=True).start()
    clusters = half_hanging(tmp_path, target.server_address[1], Hanging().port, _CLUSTERS)
    times = {"interval": f"{_INTERVAL:g}s", "timeout": "4s", "max_age": "60s"}
    with AgentProcess(clusters, "", **times) as agent:
        time.sleep(_INTERVAL)
        successes: dict[str, set[float]] = defaultdict(set)
        end = time.monotonic() + 3 * _INTERVAL
        while time.monotonic() < end:
            body = requests_of(agent.address, "/metrics", PLAIN, 0).body.decode()
            for number, moment in _SUCCESS.findall(body):
                successes[number].add(float(moment))
            scrapes = requests_of(agent.address, "/metrics", GZIP, 3.0)
            assert scrapes.p99 < 2000, scrapes.took
            assert status(agent.pid, "Threads") <= _MAX_THREADS
        assert status(agent.pid, "VmHWM") / 1024 <= _MAX_MIB
    assert len(successes) == _CLUSTERS
    late = {number: sorted(moments) for number, moments in successes.items() if not _is_regular(moments)}
    assert late == {}
    target.shutdown()
    target.server_close()


def _is_regular(moments: set[float]) -> bool:
    ordered = sorted(moments)
    pauses = [after - before for before, after in pairwise(ordered)]
    return len(pauses) >= 1 and all(pause <= _INTERVAL + _LATE for pause in pauses)
