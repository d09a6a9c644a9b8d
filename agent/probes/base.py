"""What all probes share: their interface, and the exception for a target that cannot be read."""

from __future__ import annotations

from typing import Protocol

from agent.model.observation import Facts, Failure
from agent.model.vocabulary import Reason

#: Largest answer that a probe reads, in bytes. A valid answer is always smaller.
MAX_ANSWER = 1_000_000


class ProbeError(Exception):
    """A target could not be read, for an expected reason. The polling round turns it into a Failure."""

    def __init__(self, reason: Reason, text: str, details: str = "") -> None:
        super().__init__(text)
        self.failure = Failure(reason, one_line(text), details)


class Probe(Protocol):
    """Reads one target. It may keep one connection open between reads."""

    def read(self, timeout: float) -> Facts:
        """Read the target within `timeout` seconds.

        Raises:
            ProbeError: the target could not be read.
        """

    def abort(self) -> None:
        """End a read that exceeded its deadline. Called from another thread."""

    def close(self) -> None:
        """Close the connection."""


def clean(text: str) -> str:
    """A text from JSON without lone surrogates, which UTF-8 cannot encode."""
    return text.encode(errors="replace").decode()


def one_line(text: str, max_length: int = 300) -> str:
    """An error text for people: one line of at most `max_length` characters, no control characters."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= max_length else line[: max_length - 1] + "…"
