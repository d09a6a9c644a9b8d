"""Servers for many clusters, and what the running daemon costs on them.

Every cluster has a frontend of its own, with its own cluster id, and two databases of a real PostgreSQL
behind pgbouncer. One round begins in 60 milliseconds whatever the size, as with 1,000 clusters a minute.
"""

from __future__ import annotations

import re
import shutil
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tests.benchmarks.processes import (
    GZIP,
    PLAIN,
    Latency,
    connections,
    processor_time,
    requests_of,
    status,
)
from tests.fleets import eventually
from tests.integration.agents import AgentProcess, cluster
from tests.integration.servers.pgbouncer import PgBouncer, pgbouncer_home
from tests.integration.servers.postgres import PostgresServer
from tests.integration.servers.postgres_build import postgres_15_home
from tests.integration.servers.process import Process, temporary_folder
from tests.integration.servers.stores import Stores, create_stores
from tests.integration.servers.temporal_build import temporal_binaries

SIZES = (10, 100, 1000)
SECONDS_A_ROUND = 0.06
#: How often a Prometheus scrapes, in seconds.
SCRAPE_EVERY = 15.0

_ROOT = Path(__file__).parents[2]
#: How long each figure is measured at least, and how long requests are timed, in seconds.
_DURATION = 24.0
_REQUESTS_DURATION = 20.0
#: Intervals after the first rounds before anything is measured.
_SETTLING_INTERVALS = 4
_CLUSTER_LABEL = b'="cluster-'


@dataclass(frozen=True)
class Servers:
    """Where the clusters are: frontends by cluster, and two databases behind one pooler."""

    stores: Stores
    pooler: PgBouncer
    frontends: list[str]

    @property
    def password(self) -> str:
        """That of the databases' user."""
        return self.stores.postgres.password

    def clusters(self, size: int) -> list[dict[str, Any]]:
        """The first clusters, as the configuration has them."""
        return [self._cluster(number) for number in range(size)]

    def _cluster(self, number: int) -> dict[str, Any]:
        described = cluster(self.stores, {"frontend": self.frontends[number]}, f"cluster-{number}")
        for role in ("persistence", "visibility"):
            described[role]["postgresql"]["port"] = self.pooler.port
        return described

    def urls(self, size: int, scheme: str = "postgresql") -> list[tuple[str, str]]:
        """The URLs of the two databases of the first clusters."""
        user, password = quote(self.stores.postgres.user), quote(self.password, safe="")
        begin = f"{scheme}://{user}:{password}@127.0.0.1:{self.pooler.port}"
        return [(f"{begin}/{self.stores.default}", f"{begin}/{self.stores.visibility}")] * size


@contextmanager
def servers(size: int) -> Iterator[Servers]:
    """All that this many clusters need."""
    tool = temporal_binaries("1.31.2").sql_tool
    with (
        PostgresServer(postgres_15_home(), "15") as postgres,
        PgBouncer(pgbouncer_home(), postgres) as pooler,
    ):
        stores = create_stores(postgres, tool, "bench")
        folder = temporary_folder("frontends")
        command = [sys.executable, "-m", "tests.frontends", str(size), stores.plugin]
        process = Process("frontends", command, folder, env={"PYTHONPATH": str(_ROOT)})
        try:
            process.start(lambda: process.log_text().count("\n") >= size)
            yield Servers(stores, pooler, process.log_text().split())
        finally:
            process.stop(kill=True)
            shutil.rmtree(folder)


@dataclass(frozen=True)
class Cost:
    """`cpu_a_round` in seconds; `first_rounds` in seconds from the start; `memory` and `peak` in MiB.

    `share`: of one core, while nothing asks for anything.
    """

    clusters: int
    cpu_a_round: float
    share: float
    first_rounds: float
    bytes_a_cluster: float
    threads: int
    connections: int
    memory: float
    peak: float


@contextmanager
def running_fleet(servers: Servers, size: int) -> Iterator[tuple[AgentProcess, Cost]]:
    """The daemon on this many clusters, and what it cost in a while after its first rounds."""
    interval = max(round(size * SECONDS_A_ROUND), 1)
    timeout = min(interval * 900, 10_000)
    times = {"interval": f"{interval}s", "timeout": f"{timeout}ms", "max_age": f"{interval * 5}s"}
    began = time.perf_counter()
    with AgentProcess(servers.clusters(size), servers.password, **times) as agent:
        first_rounds = time.perf_counter() - began
        # By then connections, caches and texts are there, and the threads of the first rounds have ended.
        time.sleep(_SETTLING_INTERVALS * interval)
        assert eventually(lambda: _verdicts(agent) == {"supported": size}, 60 + interval), _verdicts(agent)
        cpu_a_round, share = _cost(agent, max(interval, _DURATION))
        lines = requests_of(agent.address, "/metrics", PLAIN, 0).body.splitlines(keepends=True)
        size_in_bytes = sum(len(line) for line in lines if _CLUSTER_LABEL in line)
        yield (
            agent,
            Cost(
                size,
                cpu_a_round,
                share,
                first_rounds,
                size_in_bytes / size,
                status(agent.pid, "Threads"),
                connections(agent.pid, servers.pooler.port),
                status(agent.pid, "VmRSS") / 1024,
                status(agent.pid, "VmHWM") / 1024,
            ),
        )


@dataclass(frozen=True)
class Requests:
    """What requests to the daemon took while rounds went on. `cpu_a_scrape` in seconds, with gzip.

    `share` of one core and `rare`: while it is scraped every 15 seconds.
    """

    share: float
    rare: Latency
    gzip: Latency
    plain: Latency
    cpu_a_scrape: float
    page: Latency
    api: Latency


def measured_requests(agent: AgentProcess, cost: Cost) -> Requests:
    """Scrapes, pages and the API of a running daemon."""
    spent, began = processor_time(agent.pid), time.monotonic()
    rare = requests_of(agent.address, "/metrics", GZIP, SCRAPE_EVERY * 4, SCRAPE_EVERY)
    share = (processor_time(agent.pid) - spent) / (time.monotonic() - began)
    spent, began = processor_time(agent.pid), time.monotonic()
    gzip = requests_of(agent.address, "/metrics", GZIP, _REQUESTS_DURATION)
    spent = processor_time(agent.pid) - spent - cost.share * (time.monotonic() - began)
    return Requests(
        share,
        rare,
        gzip,
        requests_of(agent.address, "/metrics", PLAIN, _REQUESTS_DURATION),
        max(spent, 0.0) / len(gzip.took),
        requests_of(agent.address, "/", GZIP, 10, 1.0),
        requests_of(agent.address, "/api/v1/clusters", GZIP, 10, 1.0),
    )


def _verdicts(agent: AgentProcess) -> Counter[str]:
    return Counter(each["verdict"] for each in agent.get("/api/v1/clusters").json()["clusters"])


def _cost(agent: AgentProcess, duration: float) -> tuple[float, float]:
    """Processor time for one round, in seconds, and the share of one core."""
    rounds, spent, began = _rounds(agent), processor_time(agent.pid), time.monotonic()
    time.sleep(duration)
    spent = processor_time(agent.pid) - spent
    seconds = time.monotonic() - began
    return spent / (_rounds(agent) - rounds), spent / seconds


def _rounds(agent: AgentProcess) -> int:
    """The number of all rounds so far, from a scrape."""
    body = requests_of(agent.address, "/metrics", PLAIN, 0).body
    found = re.search(rb"^temporal_compat_rounds_total (\S+)$", body, re.MULTILINE)
    assert found
    return int(float(found[1]))
