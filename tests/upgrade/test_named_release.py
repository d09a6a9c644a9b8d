"""Which release a text names, and what the refusal of any other says."""

from __future__ import annotations

import pytest

from agent.upgrade.named_release import PlanError, find_release
from tests.building import MATRIX
from tests.laws import law


@pytest.mark.parametrize("text", ["1.31.2", "v1.31.2", " 1.31.2 ", "1_31_2"])
def test_a_release_is_found_however_it_is_written(text: str) -> None:
    assert find_release(MATRIX, text).name == "1.31.2"


def test_rebuilds_and_releases_that_were_not_read_have_names_of_their_own() -> None:
    assert find_release(MATRIX, "1.28.3.1").name == "1.28.3.1"
    assert find_release(MATRIX, "1.31.3").name == "1.31.3"
    assert find_release(MATRIX, "1.11.0").name == "1.11.0"


@law(
    [
        ("", "is not a Temporal version"),
        ("latest", "is not a Temporal version"),
        ("1.31", "is a minor series, not a release; choose one of 1.31.0, 1.31.1, 1.31.2"),
        ("1", "is a major series, not a release; write all three numbers"),
        ("0.29.0", "is older than 1.0.0, the oldest release in the matrix"),
        ("0.28", "ask in Temporal's forum, community.temporal.io"),
        ("1.99.0", f"is newer than {MATRIX.releases.all[-1].name}, the newest release in the matrix"),
        ("1.99.0", "The matrix is dated .*: use a newer bundle .*, or upgrade the agent"),
        ("1.28.99", "is newer than 1.28.4, the newest patch of its minor in the matrix. The matrix is dated"),
        ("1.2.0", "is not a Temporal release; did you mean"),
        ("1" * 500, "is not a Temporal version"),
    ],
)
def test_a_name_that_is_not_a_release_is_refused_with_the_reason(text: str, words: str) -> None:
    with pytest.raises(PlanError, match=words) as raised:
        find_release(MATRIX, text)
    assert len(str(raised.value)) < 300
