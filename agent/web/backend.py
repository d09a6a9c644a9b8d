"""The interface that pages, API and metrics read from."""

from __future__ import annotations

from typing import Protocol

from agent.matrix import Matrix
from agent.model.agent_status import AgentState
from agent.snapshot import Snapshot
from agent.upgrade import Plan


class AgentBackend(Protocol):
    """The part of the daemon that the HTTP application needs."""

    def names(self) -> tuple[str, ...]: ...
    def snapshots(self) -> tuple[Snapshot, ...]: ...
    def probe(self, name: str, timeout: float | None) -> Snapshot | None: ...
    def is_ready(self) -> bool: ...
    def state(self) -> AgentState: ...
    def reload(self) -> tuple[str, ...]: ...
    def plan(self, name: str, target: str) -> Plan | None: ...
    def matrix(self) -> Matrix: ...


def find(source: AgentBackend, name: str) -> Snapshot | None:
    """The snapshot of one cluster; None if there is no such cluster."""
    return next((snapshot for snapshot in source.snapshots() if snapshot.subject.name == name), None)
