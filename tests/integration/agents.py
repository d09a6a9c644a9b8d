"""The agent under test: once in this process, or as a process of its own."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests
import yaml

from agent.config import load_config
from agent.matrix import load
from agent.model.vocabulary import Check, Role
from agent.polling.cluster_poller import ClusterPoller
from agent.snapshot import Snapshot
from agent.verdict import Result

from .servers.process import Process, free_port, temporary_folder
from .servers.running import Running
from .servers.stores import Stores
from .servers.temporal import TemporalServer

MATRIX = load()


def store(stores: Stores, database: str, **settings: Any) -> dict[str, Any]:
    """One database as the configuration has it; the test or `AgentProcess` sets the password's variable."""
    postgres = stores.postgres
    return {
        "postgresql": {
            "host": postgres.host,
            "port": postgres.port,
            "database": database,
            "user": postgres.user,
            "password": "${TEMPORAL_STORE_PASSWORD}",
            **settings,
        }
    }


def cluster(stores: Stores, temporal: dict[str, Any], name: str = "orders-live") -> dict[str, Any]:
    """A cluster on these stores."""
    return {
        "name": name,
        "product": "orders",
        "environment": "live",
        "temporal": temporal,
        "persistence": store(stores, stores.default),
        "visibility": store(stores, stores.visibility),
    }


def every_endpoint(server: TemporalServer) -> dict[str, Any]:
    """All the ways in which a server can be asked."""
    return {
        "frontend": server.grpc_address,
        "http": server.http_url,
        "metrics": [server.metrics_url],
    }


def write_config(folder: Path, clusters: list[dict[str, Any]], **settings: Any) -> Path:
    """A configuration file."""
    path = folder / "agent.yaml"
    path.write_text(yaml.safe_dump({**settings, "clusters": clusters}))
    return path


@contextmanager
def one_cycle(folder: Path, described: dict[str, Any], **settings: Any) -> Iterator[ClusterPoller]:
    """The cycle of this one cluster; its rounds are the daemon's."""
    config = load_config(write_config(folder, [described], **settings))
    cycle = ClusterPoller(config, config.clusters[0], MATRIX)
    try:
        yield cycle
    finally:
        cycle.close()


def observe(folder: Path, described: dict[str, Any], **settings: Any) -> Snapshot:
    """One round of this one cluster."""
    with one_cycle(folder, described, **settings) as cycle:
        return cycle.round()


def until(
    ask: Callable[[], Snapshot], condition: Callable[[Snapshot], bool], seconds: float = 30
) -> Snapshot:
    """The first snapshot for which the condition holds, or the last one before time ran out."""
    end = time.monotonic() + seconds
    while not condition(snapshot := ask()) and time.monotonic() < end:
        time.sleep(0.2)
    return snapshot


def result(snapshot: Snapshot, role: Role, check: Check) -> Result:
    """The answer to one check."""
    return next(r for r in snapshot.judgement.results if (r.role, r.check) == (role, check))


class AgentProcess(Running):
    """`temporal-compat-agent run` on a free port. Starts when entered as a context."""

    def __init__(
        self, clusters: list[dict[str, Any]], password: str, flags: Sequence[str] = (), **settings: Any
    ) -> None:
        self.port = free_port()
        self._folder = temporary_folder("agent")
        times = {"interval": "1s", "timeout": "900ms", "max_age": "10s"}
        self.config = write_config(self._folder, clusters, **{**times, **settings})
        command: list[str | Path] = [
            *(Path(sys.executable).parent / "temporal-compat-agent", "run"),
            *("--config.file", self.config, "--web.listen-address", self.address),
            *flags,
        ]
        self._process = Process("agent", command, self._folder, env={"TEMPORAL_STORE_PASSWORD": password})

    @property
    def address(self) -> str:
        """Its `host:port`."""
        return f"127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start and wait for the end of the first rounds."""
        self._process.start(self._ready, timeout=120)

    def stop(self, *, kill: bool = False) -> None:
        """End it, with SIGTERM unless it is to be killed."""
        self._process.stop(kill=kill)

    def close(self) -> None:
        """End it and remove its files."""
        self._process.stop(kill=True)
        shutil.rmtree(self._folder)

    def get(self, path: str) -> requests.Response:
        """GET one of its pages."""
        return requests.get(f"http://{self.address}{path}", timeout=10)

    def cluster(self, name: str = "orders-live") -> dict[str, Any]:
        """What the API tells of a cluster."""
        document: dict[str, Any] = self.get(f"/api/v1/clusters/{name}").json()
        return document

    @property
    def pid(self) -> int:
        """The id of its process."""
        return self._process.pid

    def log_text(self) -> str:
        """All that it has logged."""
        return self._process.log_text()

    def _ready(self) -> bool:
        try:
            return self.get("/-/ready").ok
        except requests.RequestException:
            return False
