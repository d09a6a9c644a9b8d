"""`make bench`: what the agent costs, against real servers started for this run.

Prints one line a measurement, with what ran against what. CPU is this process' own, all threads.
"""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from agent.demo import Demo
from agent.matrix import load
from agent.metrics.exposition import OPENMETRICS
from agent.model.agent_status import AgentState
from agent.polling.cluster_poller import ClusterPoller
from agent.snapshot import Snapshot, take
from agent.web.scrapes import Exposition
from tests.integration.agents import cluster, one_cycle
from tests.integration.servers.postgres import PostgresServer
from tests.integration.servers.postgres_build import postgres_15_home
from tests.integration.servers.stores import create_stores
from tests.integration.servers.temporal import TemporalServer
from tests.integration.servers.temporal_build import temporal_binaries
from tests.upgrade.building import same

ROUNDS = 300
CLUSTERS = 10_000


def main() -> None:
    cpus = os.cpu_count()
    print(f"Python {platform.python_version()} on {platform.machine()}, {cpus} CPUs; medians unless told")
    round_cost()
    judging()
    scraping()
    planning()
    starting()


def round_cost() -> None:
    """A connected round: frontend by gRPC and two PostgreSQL stores."""
    binaries = temporal_binaries("1.31.2")
    with PostgresServer(postgres_15_home(), "15") as postgres, tempfile.TemporaryDirectory() as folder:
        os.environ["TEMPORAL_STORE_PASSWORD"] = postgres.password
        stores = create_stores(postgres, binaries.sql_tool, "bench")
        with (
            TemporalServer(binaries, stores) as server,
            one_cycle(Path(folder), cluster(stores, {"frontend": server.grpc_address})) as cycle,
        ):
            snapshot = cycle.round()
            cpu, wall = [], []
            for _ in range(ROUNDS):
                cpu_before, wall_before = time.process_time(), time.perf_counter()
                snapshot = cycle.round(snapshot)
                cpu.append(time.process_time() - cpu_before)
                wall.append(time.perf_counter() - wall_before)
            assert snapshot.judgement.verdict == "supported", snapshot.judgement
    print(
        f"round: {statistics.median(cpu) * 1000:.2f} ms CPU, {statistics.median(wall) * 1000:.2f} ms wall;"
        f" {ROUNDS} connected rounds, Temporal 1.31.2 by gRPC and two databases of PostgreSQL 15"
    )


def judging() -> None:
    """Loading the matrix and judging many clusters, without any probe."""
    began = time.perf_counter()
    matrix = load()
    loading = time.perf_counter() - began
    print(f"matrix: loaded in {loading * 1000:.1f} ms, {len(matrix.releases.all)} releases (once)")
    sample = _demo_snapshot()
    now = sample.taken
    assert now is not None
    began = time.process_time()
    for _ in range(CLUSTERS):
        take(matrix, sample.subject, sample.observations, now)
    print(f"judge: {time.process_time() - began:.2f} s CPU for {CLUSTERS} clusters of three targets (once)")


def scraping() -> None:
    """/metrics of a large fleet: rendered anew, and joined from what is rendered."""
    sample = _demo_snapshot()
    snapshots = [_renamed(sample, index) for index in range(1000)]
    exposition = Exposition()
    first = _timed(lambda: exposition.metrics(_state(), snapshots, OPENMETRICS))
    again = [_timed(lambda: exposition.metrics(_state(), snapshots, OPENMETRICS)) for _ in range(20)]
    size = len(exposition.metrics(_state(), snapshots, OPENMETRICS).plain())
    print(
        f"scrape: {first * 1000:.0f} ms when all 1000 clusters have changed (once),"
        f" {statistics.median(again) * 1000:.1f} ms when none has; {size / 1e6:.1f} MB"
    )


def planning() -> None:
    """The plan of every pair of releases whose first one runs on these stores."""
    matrix = load()
    stores = same("mysql=8.0.33", "mysql")
    began = time.process_time()
    planner, gate = stores.planner, stores.gate
    read = [release for release in matrix.releases.all if release.was_read]
    starts = [start for start in read if gate.judge(start, stores.at(start)).start.would_start]
    plans = [planner.plan(start, target, stores.at(start)) for start in starts for target in read]
    print(
        f"plan: {time.process_time() - began:.2f} s CPU for {len(plans)} pairs of releases on MySQL,"
        f" {sum(len(plan.hops) for plan in plans)} hops (once)"
    )


def starting() -> None:
    """The command line, from a cold interpreter."""
    stores = "--persistence postgresql=15.4 --visibility postgresql=15.4 --plugin postgres12"
    schemas = "--schema persistence=1.19 --schema visibility=1.14"
    commands = {
        "`--version`": "--version",
        "`check` without network": f"check --server 1.31.2 {stores} {schemas}",
        "`plan` without network, 1.20.4 to 1.31.2": f"plan --from 1.20.4 --to 1.31.2 {stores}",
    }
    for name, arguments in commands.items():
        command = [sys.executable, "-m", "agent.cli", *arguments.split()]

        def run(command: list[str] = command) -> object:
            return subprocess.run(command, check=True, capture_output=True)

        times = [_timed(run) for _ in range(7)]
        print(f"start: {statistics.median(times) * 1000:.0f} ms for {name}, in a new process")


def _demo_snapshot() -> Snapshot:
    from agent.config import load_config

    with Demo(postgres=False) as stage:
        config = load_config(stage.config_file)
        cycle = ClusterPoller(config, config.clusters[0], load())
        snapshot = cycle.round()
        cycle.close()
    return snapshot


def _renamed(sample: Snapshot, index: int) -> Snapshot:
    from dataclasses import replace

    return replace(sample, subject=replace(sample.subject, name=f"cluster-{index}"))


def _state() -> AgentState:
    matrix = load()
    newest = matrix.releases.newest_published
    assert newest.published is not None
    return AgentState(
        version="bench",
        python_version=platform.python_version(),
        matrix_digest=matrix.digest,
        newest_release=newest.name,
        newest_release_published=newest.published,
        matrix_published=matrix.published,
        clusters=1000,
        rounds=0,
        rounds_skipped=0,
        last_round=None,
        config_ok=True,
        config_loaded=0.0,
    )


def _timed(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
