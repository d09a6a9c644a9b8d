"""The steps of a trial, and the failures that are the combination's own."""

from __future__ import annotations

from temporalio.client import WorkflowFailureError
from temporalio.service import RPCError

from tests.integration.servers.commands import CommandError
from tests.integration.servers.process import ExitError


class WrongResultError(Exception):
    """The server answered, but not what it should."""


#: What a release does on a store that it does not work with. Anything else is a fault of the trial itself.
FAILURES = (CommandError, ExitError, RPCError, WorkflowFailureError, WrongResultError)


class Steps:
    """Which step runs, and which have ended well."""

    def __init__(self) -> None:
        self.current = ""
        self.finished: set[str] = set()

    def begin(self, name: str) -> None:
        """The current step ended well. From now on a failure is in this one."""
        self.finished.add(self.current)
        self.current = name
