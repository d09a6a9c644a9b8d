"""What a fleet costs in the running daemon: `python -m tests.benchmarks.fleet [CLUSTERS...]`.

Every cluster has the frontend of a real Temporal server and two databases of a real PostgreSQL behind
pgbouncer. One round begins in 60 milliseconds whatever the size, as with 1,000 clusters a minute. For each
size it prints the processor time of the whole process for one round, alone and while it is scraped, its
memory and its threads.
"""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.integration.agents import AgentProcess, cluster
from tests.integration.servers.pgbouncer import PgBouncer, pgbouncer_home
from tests.integration.servers.postgres import PostgresServer
from tests.integration.servers.postgres_build import postgres_15_home
from tests.integration.servers.stores import Stores, create_stores
from tests.integration.servers.temporal import TemporalServer
from tests.integration.servers.temporal_build import temporal_binaries

SIZES = (10, 100, 1000)
_SECONDS_A_ROUND = 0.06
#: How long each figure is measured at least, and how often a Prometheus scrapes, in seconds.
_DURATION = 30.0
_SCRAPE_EVERY = 15.0


def main(sizes: tuple[int, ...]) -> None:
    binaries = temporal_binaries("1.31.2")
    with PostgresServer(postgres_15_home(), "15") as postgres:
        stores = create_stores(postgres, binaries.sql_tool, "bench")
        with TemporalServer(binaries, stores) as server, PgBouncer(pgbouncer_home(), postgres) as pooler:
            for size in sizes:
                clusters = list(_clusters(size, stores, server.grpc_address, pooler.port))
                print(_measured(clusters, postgres.password), flush=True)


def _clusters(size: int, stores: Stores, frontend: str, port: int) -> Iterator[dict[str, Any]]:
    for number in range(size):
        described = cluster(stores, {"frontend": frontend}, f"cluster-{number}")
        for role in ("persistence", "visibility"):
            described[role]["postgresql"]["port"] = port
        yield described


def _measured(clusters: list[dict[str, Any]], password: str) -> str:
    interval = max(round(len(clusters) * _SECONDS_A_ROUND), 1)
    times = {"interval": f"{interval}s", "timeout": "900ms", "max_age": f"{interval * 5}s"}
    began = time.perf_counter()
    with AgentProcess(clusters, password, **times) as agent:
        first = time.perf_counter() - began
        # Every cluster has a second round, so that connections, caches and texts are there.
        time.sleep(interval)
        duration = max(interval, _DURATION)
        alone, scraped = _cost(agent, duration, duration), _cost(agent, duration, _SCRAPE_EVERY)
        status = Path(f"/proc/{agent.pid}/status").read_text()
    memory, threads = (int(re.findall(rf"{name}:\s+(\d+)", status)[0]) for name in ("VmHWM", "Threads"))
    return (
        f"{len(clusters)} clusters: {alone * 1000:.2f} ms CPU a round, {scraped * 1000:.2f} ms while scraped"
        f" every {_SCRAPE_EVERY:g} s; all known in {first:.1f} s; {memory / 1024:.0f} MB, {threads} threads"
    )


def _cost(agent: AgentProcess, duration: float, scrape_every: float) -> float:
    """Processor time for one round, in seconds, with a scrape at the beginning and then every so often."""
    rounds = _rounds(agent)
    spent, end = processor_time(agent.pid), time.monotonic() + duration
    while (left := end - time.monotonic()) > 0:
        time.sleep(min(scrape_every, left))
        if scrape_every < duration:
            _rounds(agent)
    spent = processor_time(agent.pid) - spent
    return spent / (_rounds(agent) - rounds)


def _rounds(agent: AgentProcess) -> int:
    """The number of all rounds so far, from a scrape."""
    found = re.search(r"^temporal_compat_rounds_total (\S+)$", agent.get("/metrics").text, re.MULTILINE)
    assert found
    return int(float(found[1]))


def processor_time(pid: int) -> float:
    """Seconds of user and system time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main(tuple(map(int, sys.argv[1:])) or SIZES)
