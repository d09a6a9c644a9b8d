"""What pages, API and metrics read from."""

from __future__ import annotations

from typing import Protocol

from agent.matrix import Matrix
from agent.model.agent_status import AgentState
from agent.snapshot import Snapshot
from agent.upgrade import Plan


class Source(Protocol):
    """The daemon, as those see it who serve what it knows."""

    def names(self) -> tuple[str, ...]: ...
    def snapshots(self) -> tuple[Snapshot, ...]: ...
    def probe(self, name: str, timeout: float | None) -> Snapshot | None: ...
    def is_ready(self) -> bool: ...
    def state(self) -> AgentState: ...
    def reload(self) -> tuple[str, ...]: ...
    def plan(self, name: str, target: str) -> Plan | None: ...
    def matrix(self) -> Matrix: ...


def find(source: Source, name: str) -> Snapshot | None:
    """The snapshot of one cluster; None: no such cluster is watched."""
    return next((snapshot for snapshot in source.snapshots() if snapshot.subject.name == name), None)
