"""What the oracle saw, as the tables of docs/oracle.md."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from agent.verdict import StartAnswer

PAGE = Path(__file__).parents[3] / "docs" / "oracle.md"


@dataclass(frozen=True)
class Seen:
    """One state of one release: whether the server started, and what the agent said before.

    `kind`: the title of the kind of stores. `answer`: None where the file has an error for the agent.
    """

    kind: str
    release: str
    state: str
    starts: bool
    answer: StartAnswer | None

    @property
    def differs(self) -> bool:
        """Whether the agent was wrong. `not known` is not; an error in the configuration is a `no`."""
        said = self.answer.would_start if self.answer is not None else False
        return said is not None and said is not self.starts

    @property
    def cell(self) -> str:
        """For the table."""
        start = "starts" if self.starts else "exits"
        if self.differs:
            return f"**{start}, wrong**"
        if self.answer is None:
            return f"{start}, error"
        return start if self.answer.would_start is not None else f"{start}, not known"


_HEAD = """# The oracle of "would start"

`make test-full` prepares {states} states of {releases} releases that no other test runs, starts the
real server on each, and compares with what the agent said before. No server answers the agent, as in a crash
loop. On PostgreSQL the agent's user may read `schema_version`, and nothing else; on the other stores, and for
changed files, the agent has the server's own file.
`python -m tests.integration.oracle` writes this page; a test compares it. Cassandra has a test of its own,
tests/integration/test_start_cassandra.py, on other releases.

| cell | server | agent |
| --- | --- | --- |
| starts | all services came up | would start: yes |
| exits | the process ended by itself | would start: no |
| …, not known | as it says | would start: not known, with what to look at |
| exits, error | the process ended by itself | its file lacks what a probe needs: exit code 2 |
| **…, wrong** | as it says | the opposite |
| empty | this release does not have the state | |
"""


def page(seen: Sequence[Seen]) -> str:
    """The whole page."""
    kinds = dict.fromkeys(each.kind for each in seen)
    releases = {each.release for each in seen}
    head = _HEAD.format(states=len(seen), releases=len(releases))
    return "\n".join(
        [head, *(_section(kind, [each for each in seen if each.kind == kind]) for kind in kinds)]
    )


def _section(kind: str, seen: Sequence[Seen]) -> str:
    releases = list(dict.fromkeys(each.release for each in seen))
    cells = {(each.state, each.release): each.cell for each in seen}
    states = dict.fromkeys(state for state, _ in cells)
    lines = [f"## {kind}", "", f"| state | {' | '.join(releases)} |", "| --- |" + " --- |" * len(releases)]
    for state in states:
        row = " | ".join(cells.get((state, release), "") for release in releases)
        lines.append(f"| {state} | {row} |")
    return "\n".join(lines) + "\n"
