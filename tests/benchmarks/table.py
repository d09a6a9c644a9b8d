"""The tables that `make bench` prints, and that docs/performance.md has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

_BEGIN = "<!-- measured: begin -->\n"
_END = "<!-- measured: end -->\n"


@dataclass(frozen=True)
class Table:
    """A heading, the names of the columns and the rows."""

    title: str
    columns: Sequence[str]
    rows: list[Sequence[str]] = field(default_factory=list)

    def markdown(self) -> str:
        lines = [self.columns, ["---"] * len(self.columns), *self.rows]
        return f"### {self.title}\n\n" + "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def write(page: Path, text: str) -> None:
    """Replace what the page says between its markers."""
    before, begin, rest = page.read_text(encoding="utf-8").partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not (begin and end):
        raise SystemExit(f"{page} has no markers {_BEGIN.strip()} and {_END.strip()}")
    page.write_text(f"{before}{begin}\n{text}\n{end}{after}", encoding="utf-8")
