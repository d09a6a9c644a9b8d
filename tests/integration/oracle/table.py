"""What the oracle saw, as the tables of docs/oracle.md."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
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


_RUNS = re.compile(r"^Last run: (.+)\.$", re.MULTILINE)

_HEAD = """# The oracle of "would start"

`make test-full` prepares {states} states of {releases} releases that no other test runs, starts the
real server on each, and compares with what the agent said before. No server answers the agent, as in a crash
loop. On PostgreSQL the agent's user may read `schema_version`, and nothing else; on the other stores, and for
changed files, the agent has the server's own file.
`python -m tests.integration.oracle` runs all states and writes this page; a test compares it. With `--kind`,
`--state` or releases it runs only these, and changes only their cells. Cassandra has a test of its own,
tests/integration/test_start_cassandra.py, on other releases.

Last run: {runs}.

| cell | server | agent |
| --- | --- | --- |
| starts | all services came up | would start: yes |
| exits | the process ended by itself | would start: no |
| …, not known | as it says | would start: not known, with what to look at |
| exits, error | the process ended by itself | the agent cannot read the file: exit code 2 |
| **…, wrong** | as it says | the opposite |
| empty | this release does not have the state | |
"""


@dataclass
class Page:
    """All cells of the page, by kind, state and release, and when each kind was run.

    `runs`: a text for each kind that was run, such as `all 456 cells on 2026-11-29`.
    """

    cells: dict[tuple[str, str, str], str] = field(default_factory=dict)
    runs: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, text: str) -> Page:
        """The page that was written before."""
        page, kind, releases = cls(), "", list[str]()
        found = _RUNS.search(text)
        for run in found[1].split("; ") if found else ():
            name, _, when = run.partition(": ")
            page.runs[name] = when
        for line in text.splitlines():
            if line.startswith("## "):
                kind, releases = line.removeprefix("## "), []
            elif kind and line.startswith("| ") and not line.startswith("| ---"):
                state, *cells = (cell.strip() for cell in line.strip("|").split(" | "))
                if not releases:
                    releases = cells
                else:
                    page.cells |= {
                        (kind, state.strip("| "), release): cell.strip("| ")
                        for release, cell in zip(releases, cells, strict=True)
                        if cell.strip("| ")
                    }
        return page

    def update(self, seen: Iterable[Seen], day: str) -> None:
        """Replace the cells of these states, which were run on this day."""
        new = {(each.kind, each.state, each.release): each.cell for each in seen}
        self.cells |= new
        for kind in dict.fromkeys(kind for kind, _, _ in new):
            count = sum(own == kind for own, _, _ in new)
            if count == sum(own == kind for own, _, _ in self.cells):
                self.runs[kind] = f"all {count} cells on {day}"
            else:
                before = self.runs.get(kind, "").partition(", then")[0]
                self.runs[kind] = f"{before}, then {count} again on {day}".removeprefix(", then ")

    def text(self) -> str:
        """The whole page."""
        releases = {release for _, _, release in self.cells}
        runs = "; ".join(f"{kind}: {when}" for kind, when in self.runs.items())
        head = _HEAD.format(states=len(self.cells), releases=len(releases), runs=runs)
        return "\n".join([head, *map(self._section, dict.fromkeys(kind for kind, _, _ in self.cells))])

    def _section(self, kind: str) -> str:
        own = [(state, release) for name, state, release in self.cells if name == kind]
        releases = list(dict.fromkeys(release for _, release in own))
        lines = [f"## {kind}", "", f"| state | {' | '.join(releases)} |"]
        lines.append("| --- |" + " --- |" * len(releases))
        for state in dict.fromkeys(state for state, _ in own):
            row = " | ".join(self.cells.get((kind, state, release), "") for release in releases)
            lines.append(f"| {state} | {row} |")
        return "\n".join(lines) + "\n"
