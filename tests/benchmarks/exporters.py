"""Two exporters that run queries, and a bare script with the agent's drivers, on the databases of a fleet.

Each reads, of both stores of every cluster, the server's version and the schema's: one statement a store.
"""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
import yaml

from tests.benchmarks.fleet import SECONDS_A_ROUND, Servers
from tests.benchmarks.processes import processor_time, status
from tests.integration.servers import cache
from tests.integration.servers.commands import run, which
from tests.integration.servers.process import Process, free_port, temporary_folder

STATEMENT = (
    "SELECT current_setting('server_version') AS server, curr_version AS schema, 1 AS store_up"
    " FROM schema_version"
)
#: What is installed, as it was when this was written.
_QUERY_EXPORTER = ("query-exporter==5.0.2", "psycopg[binary]==3.3.9")
# Without prepared statements, as the agent: pgbouncer gives each transaction another connection.
_START = (
    "import functools, psycopg; psycopg.connect = functools.partial(psycopg.connect, prepare_threshold=None);"
    " from query_exporter.main import script; script()"
)
_SQL_EXPORTER = "prometheus-sql-exporter"
_ROOT = Path(__file__).parents[2]
_DURATION = 24.0


@dataclass(frozen=True)
class PeerCost:
    """`cpu_a_round` in seconds for one cluster, `memory` in MiB."""

    cpu_a_round: float
    memory: float


def query_exporter() -> Path:
    """The Python of a virtual environment in the cache that has query-exporter; raises UnavailableError."""
    inputs = [sys.version.encode(), *(name.encode() for name in _QUERY_EXPORTER)]
    return cache.entry("query-exporter", "pypi", inputs, _install) / "bin" / "python"


def _install(folder: Path) -> None:
    run([sys.executable, "-m", "venv", folder])
    pip: list[str | Path] = [
        folder / "bin" / "python",
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
    ]
    run([*pip, *_QUERY_EXPORTER])


def sql_exporter() -> Path:
    """Debian's sql_exporter (Go), unpacked into the cache; raises UnavailableError."""
    inputs = [_SQL_EXPORTER.encode()]
    return cache.entry(_SQL_EXPORTER, "debian", inputs, _unpack) / "usr" / "bin" / _SQL_EXPORTER


def _unpack(folder: Path) -> None:
    run([which("apt-get"), "download", "--quiet", _SQL_EXPORTER], cwd=folder)
    (package,) = folder.glob("*.deb")
    run([which("dpkg"), "-x", package, folder])
    package.unlink()


def query_exporter_cost(servers: Servers, size: int) -> PeerCost:
    """query-exporter on the databases of the first clusters."""
    urls = [url for pair in servers.urls(size, "postgresql+psycopg") for url in pair]
    names = [f"database-{number}" for number in range(len(urls))]
    query = {"interval": _interval(size), "databases": names, "metrics": ["store_up"], "sql": STATEMENT}
    config = {
        "databases": {name: {"dsn": url} for name, url in zip(names, urls, strict=True)},
        "metrics": {"store_up": {"type": "gauge", "labels": ["server", "schema"]}},
        "queries": {"versions": query},
    }

    def command(file: Path, port: int) -> list[str | Path]:
        return [query_exporter(), "-c", _START, "--config", file, "--port", str(port), "--log-level", "error"]

    return _cost_of("query-exporter", config, command, servers, size, transactions=2)


def sql_exporter_cost(servers: Servers, size: int) -> PeerCost:
    """sql_exporter on the databases of the first clusters."""
    urls = [f"{url}?sslmode=disable" for pair in servers.urls(size, "postgres") for url in pair]
    query = {"name": "store_up", "help": "Versions", "labels": ["server", "schema"], "values": ["store_up"]}
    job = {
        "name": "versions",
        "interval": _interval(size),
        "connections": urls,
        "queries": [{**query, "query": STATEMENT}],
    }

    def command(file: Path, port: int) -> list[str | Path]:
        return [sql_exporter(), "-config.file", file, "-web.listen-address", f"127.0.0.1:{port}"]

    return _cost_of("sql_exporter", {"jobs": [job]}, command, servers, size)


def bare_cost(servers: Servers, size: int) -> PeerCost:
    """A script with psycopg and gRPC, which asks the frontends too."""
    config = {
        "frontends": servers.frontends[:size],
        "urls": servers.urls(size),
        "statement": STATEMENT,
        "every": SECONDS_A_ROUND,
    }

    def command(file: Path, port: int) -> list[str | Path]:
        return [sys.executable, "-m", "tests.benchmarks.bare", file, str(port)]

    return _cost_of("bare script", config, command, servers, size)


def _interval(size: int) -> str:
    return f"{max(round(size * SECONDS_A_ROUND), 1)}s"


def _cost_of(
    name: str,
    config: dict[str, Any],
    command: Callable[[Path, int], list[str | Path]],
    servers: Servers,
    size: int,
    transactions: int = 1,
) -> PeerCost:
    """`transactions`: how many it takes for one read."""
    folder, port = temporary_folder("exporter"), free_port()
    file = folder / "config.yaml"
    file.write_text(yaml.safe_dump(config))
    process = Process(name, command(file, port), folder, env={"PYTHONPATH": str(_ROOT)})
    try:
        process.start(lambda: _answers(port))
        time.sleep(2 * size * SECONDS_A_ROUND)
        reads, spent = _reads(servers), processor_time(process.pid)
        time.sleep(_DURATION)
        spent, reads = processor_time(process.pid) - spent, _reads(servers) - reads
        rounds = reads / transactions / 2
        # On a loaded machine some fall behind their interval.
        assert rounds > 0.3 * _DURATION / SECONDS_A_ROUND, f"{name}: {rounds:.0f} rounds"
        return PeerCost(spent / rounds, status(process.pid, "VmHWM") / 1024)
    finally:
        process.stop(kill=True)
        shutil.rmtree(folder)


def _answers(port: int) -> bool:
    try:
        return requests.get(f"http://127.0.0.1:{port}/metrics", timeout=5).ok
    except requests.RequestException:
        return False


def _reads(servers: Servers) -> int:
    """How many transactions the two databases have had, by PostgreSQL's own account."""
    names = [servers.stores.default, servers.stores.visibility]
    statement = "SELECT sum(xact_commit + xact_rollback) FROM pg_stat_database WHERE datname = ANY(%s)"
    ((count,),) = servers.stores.postgres.sql(statement, (names,))
    return int(count)
