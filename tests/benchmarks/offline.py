"""What needs no server: judging, planning and starting."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable

from agent.config import load_config
from agent.demo import Demo
from agent.matrix import Matrix, load
from agent.polling.cluster_poller import ClusterPoller
from agent.snapshot import Snapshot, take
from tests.benchmarks.table import Table
from tests.upgrade.building import same

_ROUNDS = 10_000
_STORES = "--persistence postgresql=15.4 --visibility postgresql=15.4 --plugin postgres12"
_SCHEMAS = "--schema persistence=1.19 --schema visibility=1.14"
_COMMANDS = {
    "`--version`": "--version",
    "`check` without network": f"check --server 1.31.2 {_STORES} {_SCHEMAS}",
    "`plan` without network, 1.20.4 to 1.31.2": f"plan --from 1.20.4 --to 1.31.2 {_STORES}",
}


def table() -> Table:
    """One row a figure."""
    found = Table("Without servers", ("", "measured"))
    began = time.perf_counter()
    matrix = load()
    loading = time.perf_counter() - began
    found.rows.append(
        (f"loading the matrix, {len(matrix.releases.all)} releases", f"{loading * 1000:.1f} ms")
    )
    found.rows.append(_planning())
    for name, arguments in _COMMANDS.items():
        command = [sys.executable, "-m", "agent.cli", *arguments.split()]

        def run(command: list[str] = command) -> object:
            return subprocess.run(command, check=True, capture_output=True)

        times = [_timed(run) for _ in range(7)]
        found.rows.append((f"{name}, in a new process", f"{statistics.median(times) * 1000:.0f} ms"))
    return found


def judging() -> tuple[float, float]:
    """Seconds of processor time to judge 10,000 rounds of three targets, without any probe.

    The first figure is for rounds that found the same as the round before, the second for first rounds.
    """
    matrix, sample = load(), _demo_snapshot()
    return _judging(matrix, sample, sample), _judging(matrix, sample, None)


def _judging(matrix: Matrix, sample: Snapshot, before: Snapshot | None) -> float:
    now = sample.taken
    assert now is not None
    began = time.process_time()
    for _ in range(_ROUNDS):
        take(matrix, sample.subject, sample.observations, now, before=before)
    return time.process_time() - began


def _planning() -> tuple[str, str]:
    """The plan of every pair of releases whose first one runs on these stores."""
    matrix = load()
    stores = same("mysql=8.0.33", "mysql")
    began = time.process_time()
    planner, gate = stores.planner, stores.gate
    read = [release for release in matrix.releases.all if release.was_read]
    starts = [start for start in read if gate.judge(start, stores.at(start)).start.would_start]
    plans = [planner.plan(start, target, stores.at(start)) for start in starts for target in read]
    spent = time.process_time() - began
    return f"plans of {len(plans):,} pairs of releases on MySQL", f"{spent:.2f} s of CPU"


def _demo_snapshot() -> Snapshot:
    with Demo(postgres=False) as stage:
        config = load_config(stage.config_file)
        cycle = ClusterPoller(config, config.clusters[0], load())
        snapshot = cycle.round()
        cycle.close()
    return snapshot


def _timed(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began
