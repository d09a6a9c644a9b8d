"""`make bench`: what the agent costs, against real servers that are started for this run.

Prints the tables of docs/performance.md, in about 15 minutes. `--write docs/performance.md` also writes them
between the markers of that page. `--sizes 10,100` measures smaller fleets.
"""

from __future__ import annotations

import argparse
import os
import platform
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from tests.benchmarks import offline, single
from tests.benchmarks.exporters import (
    PeerCost,
    bare_cost,
    query_exporter_cost,
    sql_exporter_cost,
)
from tests.benchmarks.fleet import (
    SIZES,
    Cost,
    Requests,
    Servers,
    measured_requests,
    running_fleet,
    servers,
)
from tests.benchmarks.processes import PLAIN, requests_of
from tests.benchmarks.served import Served, generated_by_prometheus_client, served_by_nginx
from tests.benchmarks.table import Table, write
from tests.integration.servers.commands import UnavailableError

#: How many clusters the peers read.
_PEER_SIZE = 100


def main() -> None:
    arguments = argparse.ArgumentParser(prog="python -m tests.benchmarks")
    arguments.add_argument("--write", type=Path, metavar="PAGE", help="write the tables into this page")
    arguments.add_argument("--sizes", default=",".join(map(str, SIZES)), help="clusters of the fleets")
    chosen = arguments.parse_args()
    sizes = sorted(map(int, chosen.sizes.split(",")))
    parts = [_machine()]
    with servers(max(sizes[-1], _PEER_SIZE)) as running:
        parts += [table.markdown() for table in _fleet(running, sizes)]
        _note("stores one by one")
        columns = ("frontend and", "a warm round", "bare script, same drivers")
        parts.append(
            Table("CPU of one warm round, store by store", columns, list(single.rows(running))).markdown()
        )
    parts.append(offline.table().markdown())
    text = "\n".join(parts)
    print(text)
    if chosen.write:
        write(chosen.write, text)


def _machine() -> str:
    now = datetime.now(UTC)
    load = os.getloadavg()[0]
    return (
        f"`make bench` on {now:%Y-%m-%d %H:%M} UTC: {platform.machine()}, {os.cpu_count()} CPUs,"
        f" Python {platform.python_version()}, load {load:.1f} before the run.\n"
    )


def _fleet(running: Servers, sizes: list[int]) -> list[Table]:
    growth = Table(
        "Growth",
        (
            "clusters",
            "CPU a round",
            "bytes of /metrics",
            "threads",
            "connections to stores",
            "memory",
            "start",
        ),
    )
    for size in sizes:
        _note(f"{size} clusters")
        with running_fleet(running, size) as (agent, cost):
            growth.rows.append(_growth(cost))
            if size == sizes[-1]:
                requests = measured_requests(agent, cost)
                plain = requests_of(agent.address, "/metrics", PLAIN, 0).body
                _note("nginx")
                served = served_by_nginx(plain)
    _note("prometheus_client")
    generated = generated_by_prometheus_client(plain)
    reaches = Table(f"{sizes[-1]} clusters", ("", "measured", "reach", "in the same run"))
    reaches.rows.extend(_reaches(cost, requests, served, generated, _peers(running)))
    return [reaches, growth]


def _growth(cost: Cost) -> tuple[str, ...]:
    return (
        f"{cost.clusters:,}",
        f"{cost.cpu_a_round * 1000:.2f} ms",
        f"{cost.bytes_a_cluster:,.0f} a cluster",
        str(cost.threads),
        f"{cost.connections / (2 * cost.clusters):g} a store",
        f"{cost.memory:.0f} MB, peak {cost.peak:.0f}",
        f"{cost.first_rounds:.1f} s",
    )


def _reaches(
    cost: Cost, requests: Requests, served: Served, generated: float, peers: str
) -> list[tuple[str, ...]]:
    plain, packed = (len(latency.body) / 1e6 for latency in (requests.plain, requests.gzip))
    ratio = requests.plain.p50 / served.plain.p50
    return [
        ("CPU of a cluster's round, in the daemon", f"{cost.cpu_a_round * 1000:.2f} ms", "≤ 1.5 ms", peers),
        (
            "share of one core, not scraped / scraped every 15 s with gzip",
            f"{cost.share:.1%} / {requests.share:.1%}",
            "≤ 4 % / ≤ 6 %",
            "",
        ),
        (
            "GET /metrics with gzip, p50 / p99, while rounds go on",
            f"{requests.gzip} for {packed:.2f} MB; every 15 s: {requests.rare.p50:.1f} ms",
            "p50 ≤ 15 ms, p99 ≤ 50 ms",
            f"nginx with gzip_static: {served.packed}",
        ),
        ("CPU of a scrape with gzip", f"{requests.cpu_a_scrape * 1000:.1f} ms", "≤ 10 ms", ""),
        (
            "GET /metrics without gzip, p50 / p99",
            f"{requests.plain} for {plain:.1f} MB ({ratio:.1f} x nginx)",
            "≤ 2 x nginx, ≤ 5.5 MB",
            f"nginx: {served.plain}; prometheus_client writes the same in {generated:.2f} s of CPU",
        ),
        ("resident memory, peak", f"{cost.memory:.0f} MB, {cost.peak:.0f} MB", "≤ 200 MB", ""),
        ("start to the end of all first rounds", f"{cost.first_rounds:.1f} s", "≤ 15 s", ""),
        ("overview page, p50 / p99", str(requests.page), "≤ 100 ms", ""),
        ("API of all clusters, p50 / p99", str(requests.api), "≤ 100 ms", ""),
        (
            "10,000 rounds judged that found nothing new / first rounds",
            " / ".join(f"{seconds:.2f} s" for seconds in offline.judging()),
            "≤ 0.5 s",
            "",
        ),
    ]


def _peers(running: Servers) -> str:
    """What others take for the same reads."""
    measures: dict[str, Callable[[Servers, int], PeerCost]] = {
        "bare script with psycopg and gRPC": bare_cost,
        "query-exporter, two reads": query_exporter_cost,
        "sql_exporter (Go), two reads": sql_exporter_cost,
    }
    return f"at {_PEER_SIZE} clusters: " + "; ".join(
        f"{name}: {_peer(name, measure, running)}" for name, measure in measures.items()
    )


def _peer(name: str, measure: Callable[[Servers, int], PeerCost], running: Servers) -> str:
    _note(name)
    try:
        cost = measure(running, _PEER_SIZE)
    except UnavailableError as error:
        return f"not measured ({error})"
    return f"{cost.cpu_a_round * 1000:.2f} ms, {cost.memory:.0f} MB"


def _note(text: str) -> None:
    print(f"... {text}", flush=True)


if __name__ == "__main__":
    main()
