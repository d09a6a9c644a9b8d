"""The oracle: no state on which the real server does the opposite of what the agent said."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ..servers.temporal_build import (
    OLD_TEMPORAL_VERSIONS,
    ORACLE_TEMPORAL_VERSIONS,
    TEMPORAL_VERSIONS,
    TemporalBinaries,
)
from .ask import ask, kinds
from .table import PAGE, page

_STATES_AT_LEAST, _RELEASES_AT_LEAST = 200, 8


@pytest.mark.full
def test_the_agent_says_of_no_state_the_opposite_of_what_the_server_does(
    temporal: Callable[[str], TemporalBinaries],
) -> None:
    with kinds() as every:
        seen = [
            each for kind in every for name in ORACLE_TEMPORAL_VERSIONS for each in ask(kind, temporal(name))
        ]
    assert [f"{each.release} {each.state}: {each.cell}" for each in seen if each.differs] == []
    assert all(
        each.answer.message for each in seen if each.answer is not None and each.answer.would_start is None
    )
    assert page(seen) == PAGE.read_text(encoding="utf-8")


def test_the_page_has_enough_states_of_releases_that_no_other_test_runs() -> None:
    text = PAGE.read_text(encoding="utf-8")
    cells = [cell for line in text.splitlines() if line.startswith("|") for cell in line.split("|")[2:-1]]
    assert sum(cell.strip().startswith(("starts", "exits")) for cell in cells) >= _STATES_AT_LEAST
    assert len(ORACLE_TEMPORAL_VERSIONS) >= _RELEASES_AT_LEAST
    assert not set(ORACLE_TEMPORAL_VERSIONS) & {*OLD_TEMPORAL_VERSIONS, *TEMPORAL_VERSIONS}
    assert all(f" {release} |" in text for release in ORACLE_TEMPORAL_VERSIONS)
    assert "wrong**" not in text.partition("| state |")[2]
