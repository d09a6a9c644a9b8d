"""Where an upgrade stops."""

from __future__ import annotations

import pytest

from agent.matrix import Matrix, Release, StoreUse, Uses
from agent.model.vocabulary import Role
from agent.upgrade.route import newest_patch, newest_patches, route
from tests.building import MATRIX, only

ELASTICSEARCH: Uses = (
    (Role.PERSISTENCE, StoreUse("cassandra")),
    (Role.VISIBILITY, StoreUse("elasticsearch")),
)


def release(name: str) -> Release:
    found = MATRIX.releases.named(name)
    assert found is not None
    return found


def way(start: str, target: str, matrix: Matrix = MATRIX) -> list[str]:
    return [stop.name for stop in route(matrix, release(start), release(target), ELASTICSEARCH)]


def test_the_newest_patch_of_its_own_minor_comes_first_then_that_of_each_next() -> None:
    assert way("1.26.2", "1.29.2") == ["1.26.3", "1.27.4", "1.28.4", "1.29.2"]


def test_within_a_minor_it_goes_straight_to_the_target() -> None:
    assert way("1.0.0", "1.0.1") == ["1.0.1"]
    assert way("1.28.0", "1.28.2") == ["1.28.2"]


def test_a_plan_has_no_stop_if_the_target_or_a_newer_release_runs() -> None:
    assert way("1.28.2", "1.28.2") == way("1.28.2", "1.28.0") == []


def test_retracted_releases_are_passed_over_but_as_targets_taken_as_they_are() -> None:
    assert way("1.25.2", "1.27.4") == ["1.26.3", "1.27.4"]
    assert way("1.25.2", "1.26.0") == ["1.26.0"]


@pytest.mark.parametrize("start", ["1.2.1", "1.13.0"])
def test_1_14_is_a_stop_for_all_that_come_from_before(start: str) -> None:
    assert "1.14.6" in way(start, "1.15.2")


def test_a_patch_that_was_not_read_is_a_stop_where_its_neighbours_need_the_same_schemas() -> None:
    matrix = only("1.30.6", "1.31.2", "1.31.3", "1.32.2")
    assert way("1.30.6", "1.32.2", matrix) == ["1.31.3", "1.32.2"]
    assert way("1.31.3", "1.32.2", matrix) == ["1.32.2"]
    assert way("1.30.6", "1.31.3", matrix) == ["1.31.3"]


def test_a_minor_without_a_patch_that_was_read_has_no_newest_one() -> None:
    assert newest_patch(MATRIX, (1, 99), ELASTICSEARCH) is None
    assert {stop.minor for stop in newest_patches(MATRIX, ELASTICSEARCH)} == set(MATRIX.releases.minors)
