"""Clusters for tests of time and failure: the demo's frontend and stores, and probes that misbehave."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from agent.demo.frontend import Frontend
from agent.demo.stores import make_store
from agent.model.observation import Facts, Node


@contextmanager
def frontend(version: str = "1.31.2", name: str = "test") -> Iterator[Frontend]:
    server = Frontend(version, name)
    try:
        yield server
    finally:
        server.close()


def cluster(folder: Path, name: str, address: str, schema: str = "0.11") -> dict[str, Any]:
    """A cluster on its own SQLite stores, as the configuration has it."""
    stores = {}
    for role, database, version in (
        ("persistence", "temporal", schema),
        ("visibility", "temporal_visibility", "0.1"),
    ):
        path = folder / f"{name}-{database}" / f"{database}.db"
        path.parent.mkdir(exist_ok=True)
        if not path.exists():
            make_store(path, version)
        stores[role] = {"sqlite": {"path": str(path), "database": database}}
    return {"name": name, "temporal": {"frontend": address}, **stores}


def write_config(folder: Path, clusters: list[dict[str, Any]], **settings: Any) -> Path:
    """The configuration file, with short times unless told otherwise."""
    path = folder / "agent.yaml"
    times = {"interval": "200ms", "timeout": "150ms", "max_age": "600ms"}
    path.write_text(yaml.safe_dump({**times, **settings, "clusters": clusters}))
    return path


class HangingProbe:
    """Ignores its deadline until it is let go: what a driver does when a peer falls silent.

    No real server makes a driver do so on demand, so this stands for the fault.
    """

    def __init__(self) -> None:
        self.let_go = threading.Event()
        self.reads = 0
        self.aborted = 0
        self.closed = 0

    def read(self, timeout: float) -> Facts:
        self.reads += 1
        self.let_go.wait(30)
        return Facts(component="temporal", nodes=(Node("1.31.2"),))

    def abort(self) -> None:
        self.aborted += 1

    def close(self) -> None:
        self.closed += 1


def no_thread(*_arguments: Any) -> None:
    """What starting a thread does where the system has none left."""
    raise RuntimeError("can't start new thread")


def eventually(condition: Callable[[], bool], seconds: float = 5.0) -> bool:
    """Whether the condition comes true in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.01)
    return condition()
