"""What the oracle saw, as the tables of docs/oracle.md."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from agent.verdict import StartAnswer

from ..servers.temporal_build import release_number

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


_MACHINE = re.compile(r"^Machine: (.+)\.$", re.MULTILINE)
_RUNS = "Runs"

_HEAD = """# The oracle of "would start"

`make test-full` prepares {states} states of {releases} releases that no other test runs, starts the
real server on each, and compares with what the agent said before. No server answers the agent, as in a crash
loop. On PostgreSQL the agent's user may read `schema_version`, and nothing else; on the other stores, and for
changed files, the agent has the server's own file.
`python -m tests.integration.oracle` runs all states and writes this page after each release; a test compares
it. With `--kind`, `--state` or releases it runs only these, and changes only their cells. `--resume` skips
what was run today. Cassandra has a test of its own: tests/integration/test_start_cassandra.py.

Machine: {machine}.

| cell | server | agent |
| --- | --- | --- |
| starts | all services came up | would start: yes |
| exits | the process ended by itself | would start: no |
| …, not known | as it says | would start: not known, with what to look at |
| exits, error | the process ended by itself | the agent cannot read the file: exit code 2 |
| **…, wrong** | as it says | the opposite |
| empty | this release does not have the state | |

## Tests of the seven kinds

Each kind of wrong green light that was reported in public has a test on a real server, in tests/integration:

- Compatible products: test_start_mysql.py and test_agent_mysql.py, on MariaDB 10.11. test_relatives.py has
  recorded answers of the others. TiDB and the managed databases could not be started here.
- Stores that take no writes: test_start_postgresql.py (settings, hot standby) and test_start_mysql.py.
- A schema that is only claimed: test_start_tables.py, and test_start_cassandra.py.
- `search_path`: test_postgresql_schemas.py.
- TLS that is demanded, verified or not: test_plan_tls.py, on MySQL and Cassandra; test_plan_commands.py, on
  PostgreSQL and Elasticsearch.
- Jumps: test_jumps.py. 1.31.2 starts on the stores of 1.8.2 as a new cluster, and `check` refuses it.
- Rows that no release has: test_would_start.py, and the states "schema ahead" and "version that is not one"
  below.

## Runs

The date of each release's states. A cell that was run again later is counted with its date.

{runs}"""


@dataclass
class Page:
    """All cells of the page, by kind, state and release, and when they were run.

    `runs`: the date of the states by kind and release, such as `2026-11-29` or `2026-11-29, 2 on 2026-11-30`.
    """

    cells: dict[tuple[str, str, str], str] = field(default_factory=dict)
    runs: dict[tuple[str, str], str] = field(default_factory=dict)
    machine: str = "not known"

    @classmethod
    def read(cls, text: str) -> Page:
        """The page that was written before."""
        page = cls()
        if machine := _MACHINE.search(text):
            page.machine = machine[1]
        for title, row, release, cell in _table_cells(text):
            if title == _RUNS:
                page.runs[row, release] = cell
            else:
                page.cells[title, row, release] = cell
        return page

    def update(self, seen: Iterable[Seen], day: str) -> None:
        """Replace the cells of these states, which were run on this day."""
        new = {(each.kind, each.state, each.release): each.cell for each in seen}
        self.cells |= new
        for own in dict.fromkeys((kind, release) for kind, _, release in new):
            count = sum((kind, release) == own for kind, _, release in new)
            if count == sum((kind, release) == own for kind, _, release in self.cells):
                self.runs[own] = day
            elif self.runs.get(own) != day:
                before = self.runs.get(own, "").partition(",")[0]
                self.runs[own] = f"{before}, {count} on {day}".removeprefix(", ")

    def text(self) -> str:
        """The whole page."""
        releases = sorted({release for _, _, release in self.cells}, key=release_number, reverse=True)
        kinds = dict.fromkeys(kind for kind, _, _ in self.cells)
        runs = _rows("kind of stores", kinds, releases, self.runs)
        head = _HEAD.format(states=len(self.cells), releases=len(releases), runs=runs, machine=self.machine)
        return "\n".join([head, *(self._section(kind, releases) for kind in kinds)])

    def _section(self, kind: str, releases: Sequence[str]) -> str:
        own = {(state, release): cell for (name, state, release), cell in self.cells.items() if name == kind}
        states = dict.fromkeys(state for state, _ in own)
        return f"## {kind}\n\n{_rows('state', states, releases, own)}"


def _table_cells(text: str) -> Iterator[tuple[str, str, str, str]]:
    """Heading, first column, release and text of each cell that is not empty, in tables of releases."""
    title, releases = "", list[str]()
    for line in text.splitlines():
        if line.startswith("## "):
            title, releases = line.removeprefix("## "), []
        elif title and line.startswith("| ") and not line.startswith("| ---"):
            row, *cells = (cell.strip() for cell in line.strip("|").split(" | "))
            if not releases:
                releases = cells
            else:
                for release, cell in zip(releases, cells, strict=True):
                    if cell.strip("| "):
                        yield title, row, release, cell.strip("| ")


def _rows(
    corner: str, names: Iterable[str], releases: Sequence[str], cells: Mapping[tuple[str, str], str]
) -> str:
    lines = [f"| {corner} | {' | '.join(releases)} |", "| --- |" + " --- |" * len(releases)]
    for name in names:
        row = " | ".join(cells.get((name, release), "") for release in releases)
        lines.append(f"| {name} | {row} |")
    return "\n".join(lines) + "\n"
