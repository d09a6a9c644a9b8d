"""What the last run of all doors measured: a file in the repository, and the table in README.md."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("record.json")


@dataclass(frozen=True)
class Step:
    """One command, or what a user does instead of one, and how long it took."""

    command: str
    seconds: float


@dataclass(frozen=True)
class Passage:
    """One door. `end`: where it ends on this machine.

    `waited`: seconds from the start of Prometheus to the alert.
    """

    door: str
    steps: tuple[Step, ...]
    waited: float
    end: str

    @property
    def seconds(self) -> float:
        """From the first command to the end."""
        return sum(step.seconds for step in self.steps) + self.waited


@dataclass(frozen=True)
class Record:
    """All doors. `date`: ISO 8601, of the last run of all; single doors may be of a later one."""

    date: str
    machine: str
    passages: tuple[Passage, ...]

    def updated(self, passages: Sequence[Passage]) -> Record:
        """The record with these doors in place of its own ones."""
        new = {each.door: each for each in passages}
        return replace(self, passages=tuple(new.get(each.door, each) for each in self.passages))

    def save(self) -> None:
        """Write the record to the repository."""
        FILE.write_text(json.dumps(asdict(self), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def load() -> Record:
    """The committed record."""
    read = json.loads(FILE.read_text(encoding="utf-8"))
    return Record(read["date"], read["machine"], tuple(map(_passage, read["passages"])))


def _passage(read: dict[str, Any]) -> Passage:
    return Passage(read["door"], tuple(Step(**step) for step in read["steps"]), read["waited"], read["end"])


def rows(record: Record) -> list[tuple[str, ...]]:
    """The rows of the table: door, number of commands, seconds, where it ends."""
    return [
        (
            passage.door,
            str(len(passage.steps)),
            f"{passage.seconds:.0f}",
            passage.end,
        )
        for passage in record.passages
    ]
