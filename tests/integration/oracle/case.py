"""One release on stores that a state has changed, and what the server and the agent make of them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from agent.verdict import StartAnswer

from ..server_files import judge_file
from ..servers.process import ExitError
from ..servers.temporal import TemporalServer
from ..servers.temporal_build import TemporalBinaries


@dataclass
class Case(ABC):
    """Stores that a state may change."""

    binaries: TemporalBinaries

    @abstractmethod
    def datastores(self) -> dict[str, Any]:
        """The stores as the server's configuration has them."""

    def judge(self, file: Path) -> StartAnswer | None:
        """What the agent says with the server's own file; None where that has an error for the agent."""
        return judge_file(self.binaries.version, file)

    def run(self) -> tuple[StartAnswer | None, bool]:
        """What the agent says, and then whether the real server starts."""
        server = TemporalServer(self.binaries, self)
        try:
            return self.judge(server.config_file), _starts(server)
        finally:
            server.close()


def _starts(server: TemporalServer) -> bool:
    try:
        server.start_services(timeout=45)
    except ExitError:
        return False
    return True


#: The name of a state, and the stores that it has changed.
States = Iterator[tuple[str, Callable[[], AbstractContextManager[Case]]]]


class Kind(Protocol):
    """The states of one kind of stores."""

    @property
    def title(self) -> str:
        """For the page."""

    def states(self, binaries: TemporalBinaries) -> States:
        """The states of this release."""
