"""What every probe shares: its shape, and the one way in which it says that it could not read."""

from __future__ import annotations

from typing import Protocol

from agent.model.observation import Facts, Failure
from agent.model.vocabulary import Reason

#: No honest answer of a target is larger, in bytes.
MAX_ANSWER = 1_000_000


class ProbeError(Exception):
    """A target could not be read, for an expected reason. The round turns it into a Failure."""

    def __init__(self, reason: Reason, text: str) -> None:
        super().__init__(text)
        self.failure = Failure(reason, one_line(text))


class Probe(Protocol):
    """Reads one target. It may keep one connection from read to read."""

    def read(self, timeout: float) -> Facts:
        """Ask the target, within `timeout` seconds.

        Raises:
            ProbeError: nothing could be read.
        """

    def abort(self) -> None:
        """End a read that overran its deadline; called from another thread."""

    def close(self) -> None:
        """Give up the connection."""


def clean(text: str) -> str:
    """A text from JSON without lone surrogates, which no encoding can write."""
    return text.encode(errors="replace").decode()


def one_line(text: str, most: int = 300) -> str:
    """An error text for people: one line, not too long, without control characters."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= most else line[: most - 1] + "…"
