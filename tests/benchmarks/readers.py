"""What readers cost the others: `python -m tests.benchmarks.readers [SECONDS]`.

1,000 clusters that are probed all the time; 500 of them have a target that never answers. 20 open pages, and
8 clients that read the API in a loop. At the same time Prometheus scrapes and a kubelet asks for health.
Prints how long each of them waits, and the memory. The two who measure have a process of their own, so that
the crowd does not delay their clocks.
"""

from __future__ import annotations

import asyncio
import http.client
import multiprocessing
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import yaml

from tests.benchmarks.processes import processor_time
from tests.fleets import cluster

CLUSTERS = 1000
PAGES = 20
API_CLIENTS = 8
#: How often an open page looks for news, in seconds.
PAGE_EVERY = 10.0

_BUILD = b'build_information{server_version="1.31.2",go_version="go1.26.8"} 1\n'
_SCRAPE = {"Accept": "application/openmetrics-text; version=1.0.0", "Accept-Encoding": "gzip"}


class MetricsEndpoint(BaseHTTPRequestHandler):
    """A replica's metrics endpoint."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.send_header("Content-Length", str(len(_BUILD)))
        self.end_headers()
        self.wfile.write(_BUILD)

    def log_message(self, *_arguments: object) -> None:
        """Nobody reads it."""


class Readers:
    """Clients of one agent, and how long their requests took."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []
        self.took: dict[str, list[float]] = {}
        self.statuses: dict[str, set[int]] = {}

    def start(self, name: str, path: str, every: float, headers: dict[str, str]) -> None:
        """Ask for the path once in `every` seconds, or without a pause if it is 0."""
        took = self.took.setdefault(name, [])
        statuses = self.statuses.setdefault(name, set())

        def loop() -> None:
            while not self._stop.is_set():
                began = time.perf_counter()
                statuses.add(self._get(path, headers))
                took.append(time.perf_counter() - began)
                self._stop.wait(max(every - (time.perf_counter() - began), 0))

        self._threads.append(threading.Thread(target=loop))
        self._threads[-1].start()

    def _get(self, path: str, headers: dict[str, str]) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        try:
            connection.request("GET", path, headers=headers)
            reply = connection.getresponse()
            while reply.read(1 << 20):
                pass
            return reply.status
        finally:
            connection.close()

    def print_and_stop(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()
        for name, took in self.took.items():
            p99 = statistics.quantiles(took, n=100)[98]
            print(
                f"  {name}: median {statistics.median(took) * 1000:.0f} ms, p99 {p99 * 1000:.0f} ms,"
                f" {len(took)} requests, statuses {sorted(self.statuses[name])}",
                flush=True,
            )


class Hanging:
    """Accepts connections and never answers."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        server = self._loop.run_until_complete(asyncio.start_server(_wait_for_end, "127.0.0.1", 0))
        self.port: int = server.sockets[0].getsockname()[1]
        threading.Thread(target=self._loop.run_forever, daemon=True).start()


async def _wait_for_end(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while await reader.read(1024):
        pass
    writer.close()


def main(seconds: float = 60.0) -> None:
    with tempfile.TemporaryDirectory() as folder:
        target = ThreadingHTTPServer(("127.0.0.1", 0), MetricsEndpoint)
        threading.Thread(target=target.serve_forever, daemon=True).start()
        config = _configuration(Path(folder), target.server_address[1], Hanging().port)
        command = [sys.executable, "-m", "agent.cli", "run", "--config.file", str(config)]
        with subprocess.Popen(
            [*command, "--web.listen-address", "127.0.0.1:0", "--log.level", "info"],
            stderr=subprocess.PIPE,
            text=True,
        ) as agent:
            try:
                _measure(agent, seconds)
            finally:
                agent.terminate()


def half_hanging(folder: Path, port: int, hanging: int, count: int) -> list[dict[str, Any]]:
    """This many clusters on SQLite with metrics at `port`. Half of them also have a target at `hanging`."""
    sample = cluster(folder, "sample", "")
    clusters = []
    for number in range(count):
        ports = [port, hanging] if number < count / 2 else [port]
        described: dict[str, Any] = {
            "name": f"cluster-{number}",
            "temporal": {"metrics": [f"http://127.0.0.1:{each}/metrics" for each in ports]},
        }
        for role in ("persistence", "visibility"):
            store = dict(sample[role]["sqlite"])
            copied = folder / f"{number}-{role}.db"
            shutil.copyfile(store["path"], copied)
            described[role] = {"sqlite": {**store, "path": str(copied)}}
        clusters.append(described)
    return clusters


def _configuration(folder: Path, port: int, hanging: int) -> Path:
    clusters = half_hanging(folder, port, hanging, CLUSTERS)
    path = folder / "agent.yaml"
    path.write_text(yaml.safe_dump({"interval": "60s", "timeout": "10s", "clusters": clusters}))
    return path


def _measure(agent: subprocess.Popen[str], seconds: float) -> None:
    assert agent.stderr is not None
    port = next(int(found[1]) for line in agent.stderr if (found := re.search(r"listening port=(\d+)", line)))
    threading.Thread(target=lambda log: [None for _ in log], args=(agent.stderr,), daemon=True).start()
    readers = Readers(port)
    while readers._get("/-/ready", {}) != 200:
        time.sleep(0.5)
    readers._get("/metrics", _SCRAPE)  # The first scrape renders every cluster.
    processes = multiprocessing.get_context("spawn")
    for crowd in (0.0, seconds):
        print(f"{CLUSTERS} clusters, {CLUSTERS // 2} hanging targets, {_CROWD if crowd else 'nobody else'}:")
        spent = processor_time(agent.pid)
        began = time.perf_counter()
        clients = [
            processes.Process(target=_crowd, args=(port, crowd)),
            processes.Process(target=_watch, args=(port, seconds)),
        ]
        for client in clients:
            client.start()
        for client in clients:
            client.join()
        share = (processor_time(agent.pid) - spent) / (time.perf_counter() - began)
        print(f"  the agent: {share:.0%} of a processor, at most {_memory(agent.pid):.0f} MB", flush=True)


_CROWD = f"{PAGES} open pages, {API_CLIENTS} API clients"


def _crowd(port: int, seconds: float) -> None:
    readers = Readers(port)
    if seconds:
        for _ in range(PAGES):
            readers.start("page", "/", PAGE_EVERY, {"Accept-Encoding": "gzip"})
            time.sleep(min(PAGE_EVERY, seconds / 2) / PAGES)
        for _ in range(API_CLIENTS):
            readers.start("api", "/api/v1/clusters", 0.0, {"Accept-Encoding": "gzip"})
        time.sleep(seconds)
    readers.print_and_stop()


def _watch(port: int, seconds: float) -> None:
    readers = Readers(port)
    time.sleep(min(PAGE_EVERY, seconds / 2))  # Until the crowd is there.
    readers.start("scrape", "/metrics", 0.25, _SCRAPE)
    readers.start("healthy", "/-/healthy", 0.05, {})
    time.sleep(seconds)
    readers.print_and_stop()


def _memory(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"^VmHWM:\s+(\d+) kB", status, re.MULTILINE)
    assert found
    return int(found[1]) / 1024


if __name__ == "__main__":
    main(*map(float, sys.argv[1:2]))
