"""The table of faults: the reasons that runs have brought, and how docs/reliability.md shows them.

`reasons.json` has the faults of `catalog.py`, as `python -m tests.faults` has measured them; the reasons of
`tests/probes/contract.py` are the other part of the table. Where two outcomes are a race, a cell has both.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from agent.model.vocabulary import Reason
from tests.faults.catalog import FAULTS
from tests.probes.contract import EXPECTED, KINDS

#: By fault and kind: the reasons that may come, or `answers`.
Table = dict[str, dict[str, list[str]]]

_FILE = Path(__file__).parent / "reasons.json"


def load() -> Table:
    table: Table = json.loads(_FILE.read_text()) if _FILE.exists() else {}
    return table


def save(table: Table) -> None:
    ordered = {fault: table[fault] for fault in FAULTS}
    _FILE.write_text(json.dumps(ordered, indent=1) + "\n")


def add(table: Table, fault: str, kind: str, reason: str) -> None:
    """One more outcome of a cell."""
    cell = table.setdefault(fault, {}).setdefault(kind, [])
    if reason not in cell:
        cell.append(reason)
        cell.sort()


def rows(table: Table | None = None) -> Iterator[tuple[str, str]]:
    """Each fault, and its reasons with the kinds that give them; the most frequent one first."""
    for law, cells in EXPECTED.items():
        yield law, _grouped({kind: str(cell) for kind, cell in cells.items() if isinstance(cell, Reason)})
    for fault, outcomes in (load() if table is None else table).items():
        yield fault, _grouped({kind: " or ".join(outcomes[kind]) for kind in KINDS if kind in outcomes})


def _grouped(cells: Mapping[str, str]) -> str:
    kinds: dict[str, list[str]] = {}
    for kind, reason in cells.items():
        kinds.setdefault(reason, []).append(kind)
    by_number = sorted(kinds.items(), key=lambda item: -len(item[1]))
    # The reason of most kinds goes without their names.
    most, *rest = by_number
    shown = [_code(most[0]), *(f"{_code(reason)}: {', '.join(named)}" for reason, named in rest)]
    if missing := [kind for kind in KINDS if kind not in cells]:
        shown.append(f"does not apply: {', '.join(missing)}")
    return "; ".join(shown)


def _code(reasons: str) -> str:
    return " or ".join(reason if reason == "answers" else f"`{reason}`" for reason in reasons.split(" or "))
