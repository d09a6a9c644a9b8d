"""What becomes of a cluster while one of its targets has a fault: the laws, and the table in the docs."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.model.vocabulary import Reason
from tests.faults.catalog import FAULTS
from tests.faults.rounds import measure
from tests.faults.table import load, rows
from tests.probes.contract import EXPECTED, KINDS


@pytest.mark.full
@pytest.mark.parametrize("kind", KINDS)
def test_a_fault_gives_its_reason_no_wrong_verdict_and_is_over_when_it_ends(
    kind: str, tmp_path: Path
) -> None:
    """During each fault: nothing wrong is supported and another cluster is as before.

    Two rounds after it, the cluster is as before too.
    """
    table = load()
    breaches = []
    for fault, result in measure(kind, tmp_path).items():
        breaches += [f"{fault}: {breach}" for breach in result.breaches]
        if result.reason not in table[fault][kind]:
            breaches.append(f"{fault}: {result.reason} instead of {table[fault][kind]}")
    assert not breaches


def test_the_table_has_every_fault_for_every_kind() -> None:
    table = load()
    assert list(table) == list(FAULTS)
    assert all(set(cells) == set(KINDS) for cells in table.values())
    assert len(list(rows())) == len(FAULTS) + len(EXPECTED) >= 80


def test_every_reason_in_the_table_is_one_of_the_program() -> None:
    known = {*Reason, "answers"} - {Reason.INTERNAL_ERROR}
    assert {reason for cells in load().values() for cell in cells.values() for reason in cell} <= known
