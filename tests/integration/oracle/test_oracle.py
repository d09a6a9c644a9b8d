"""The oracle: no state on which the real server does the opposite of what the agent said."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from agent.verdict import StartAnswer

from ..servers.temporal_build import (
    OLD_TEMPORAL_VERSIONS,
    ORACLE_TEMPORAL_VERSIONS,
    TEMPORAL_VERSIONS,
    TemporalBinaries,
)
from .ask import KINDS, ask
from .table import PAGE, Page, Seen

_STATES_AT_LEAST, _RELEASES_AT_LEAST = 200, 8


@pytest.mark.full
def test_the_agent_says_of_no_state_the_opposite_of_what_the_server_does(
    temporal: Callable[[str], TemporalBinaries],
) -> None:
    seen: list[Seen] = []
    for start in KINDS.values():
        with start() as kind:
            seen += [each for name in ORACLE_TEMPORAL_VERSIONS for each in ask(kind, temporal(name))]
    assert [f"{each.release} {each.state}: {each.cell}" for each in seen if each.differs] == []
    assert all(
        each.answer.message for each in seen if each.answer is not None and each.answer.would_start is None
    )
    found = {(each.kind, each.state, each.release): each.cell for each in seen}
    assert found == Page.read(PAGE.read_text(encoding="utf-8")).cells


def test_the_page_has_enough_states_of_releases_that_no_other_test_runs() -> None:
    text = PAGE.read_text(encoding="utf-8")
    cells = [cell for line in text.splitlines() if line.startswith("|") for cell in line.split("|")[2:-1]]
    assert sum(cell.strip().startswith(("starts", "exits")) for cell in cells) >= _STATES_AT_LEAST
    assert len(ORACLE_TEMPORAL_VERSIONS) >= _RELEASES_AT_LEAST
    assert not set(ORACLE_TEMPORAL_VERSIONS) & {*OLD_TEMPORAL_VERSIONS, *TEMPORAL_VERSIONS}
    assert all(f" {release} |" in text for release in ORACLE_TEMPORAL_VERSIONS)
    assert "wrong**" not in text.partition("| state |")[2]


def test_the_page_that_is_read_and_written_again_is_the_same() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert Page.read(text).text() == text


def test_a_part_that_is_run_again_changes_only_its_own_cells() -> None:
    page = Page.read(PAGE.read_text(encoding="utf-8"))
    before = dict(page.cells)
    kind, state, release = key = next(iter(before))
    first, runs = page.runs[kind, release], dict(page.runs)
    page.update([Seen(kind, release, state, False, StartAnswer(True, "x"))], "2036-11-30")
    assert page.cells == before | {key: "**exits, wrong**"}
    assert page.runs == runs | {(kind, release): f"{first.partition(',')[0]}, 1 on 2036-11-30"}


def test_every_cell_of_the_page_has_a_date() -> None:
    page = Page.read(PAGE.read_text(encoding="utf-8"))
    assert page.runs.keys() == {(kind, release) for kind, _, release in page.cells}
