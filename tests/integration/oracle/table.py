"""What the oracle saw, as the table of docs/oracle.md."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from agent.verdict import StartAnswer

PAGE = Path(__file__).parents[3] / "docs" / "oracle.md"


@dataclass(frozen=True)
class Seen:
    """One state of one release: whether the server started, and what the agent said before."""

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

`make test-full` prepares {states} states of {releases} releases on PostgreSQL 15 ({names}),
starts the real server on each, and compares with what the agent said before. The agent's user may read
`schema_version`, and nothing else; no server answers it, as in a crash loop.
`python -m tests.integration.oracle` writes this page; a test compares it. MySQL and Cassandra have tests of
their own, tests/integration/test_start_mysql.py and test_start_cassandra.py, on other releases.

| cell | server | agent |
| --- | --- | --- |
| starts | all services came up | would start: yes |
| exits | the process ended by itself | would start: no |
| …, not known | as it says | would start: not known, with what to look at |
| …, error | as it says | Temporal's own file lacks what the agent needs to find a store: exit code 2 |
| **…, wrong** | as it says | the opposite |

"""


def page(seen: Sequence[Seen]) -> str:
    """The whole page."""
    releases = list(dict.fromkeys(each.release for each in seen))
    cells = {(each.state, each.release): each.cell for each in seen}
    states = dict.fromkeys(state for state, _ in cells)
    lines = [f"| state | {' | '.join(releases)} |", "| --- |" + " --- |" * len(releases)]
    for state in states:
        row = " | ".join(cells.get((state, release), "") for release in releases)
        lines.append(f"| {state} | {row} |")
    head = _HEAD.format(states=len(seen), releases=len(releases), names=", ".join(releases))
    return head + "\n".join(lines) + "\n"
