"""Where an upgrade stops."""

from __future__ import annotations

from dataclasses import replace

import pytest
from packaging.specifiers import SpecifierSet

from agent.matrix import NOTHING_SEEN, Matrix, Release, Seen, StoreUse, Uses
from agent.matrix.advisories import Advisories
from agent.model.traits import Trait
from agent.model.vocabulary import Level, Role
from agent.upgrade.route import critical, is_settled, newest_patch, newest_patches, route
from tests.building import MATRIX, only
from tests.laws import law

POSTGRESQL, SQLITE = StoreUse("postgresql", "postgres12"), StoreUse("sqlite", "sqlite")
MYSQL, OLD_MYSQL = StoreUse("mysql", "mysql8"), StoreUse("mysql", "mysql")

ELASTICSEARCH: Uses = (
    (Role.PERSISTENCE, StoreUse("cassandra")),
    (Role.VISIBILITY, StoreUse("elasticsearch")),
)


def release(name: str, matrix: Matrix = MATRIX) -> Release:
    found = matrix.releases.named(name)
    assert found is not None
    return found


def way(start: str, target: str, matrix: Matrix = MATRIX) -> list[str]:
    return [
        stop.name for stop in route(matrix, release(start, matrix), release(target, matrix), ELASTICSEARCH)
    ]


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


#: Kinds of stores, each as persistence and visibility.
KINDS: dict[str, Uses] = {
    "postgresql": ((Role.PERSISTENCE, POSTGRESQL), (Role.VISIBILITY, POSTGRESQL)),
    "mysql": ((Role.PERSISTENCE, MYSQL), (Role.VISIBILITY, MYSQL)),
    "old mysql": ((Role.PERSISTENCE, OLD_MYSQL), (Role.VISIBILITY, OLD_MYSQL)),
    "sqlite": ((Role.PERSISTENCE, SQLITE), (Role.VISIBILITY, SQLITE)),
    "a plugin that is not known": (
        (Role.PERSISTENCE, StoreUse("postgresql")),
        (Role.VISIBILITY, StoreUse("mysql")),
    ),
    "cassandra and elasticsearch": ELASTICSEARCH,
    "no store": (),
}
SEEN = {
    "nothing": NOTHING_SEEN,
    "an authorizer": Seen(((Trait.AUTHORIZER, True), (Trait.INTERNAL_FRONTEND_HTTP, True)), ()),
    "no authorizer": Seen(((Trait.AUTHORIZER, False), (Trait.ARCHIVAL, True)), ()),
}


@law([(kind, seen) for kind in KINDS for seen in SEEN])
def test_no_stop_has_a_critical_warning_that_a_later_patch_of_its_minor_mends(kind: str, seen: str) -> None:
    uses, facts = KINDS[kind], SEEN[seen]
    stops = newest_patches(MATRIX, uses, facts)
    for stop in stops:
        at_stop = {each.advisory.id for each in critical(MATRIX, stop, uses, facts)}
        for later in MATRIX.releases.newer_patches(stop):
            if later.was_read or is_settled(MATRIX, later, uses):
                at_later = {each.advisory.id for each in critical(MATRIX, later, uses, facts)}
                assert at_stop <= at_later, (stop.name, later.name)


#: A route depends on the minor of the target only, so the last patch of each stands for all.
TARGETS = {each.minor: each for each in MATRIX.releases.all}.values()


@law(KINDS)
def test_every_route_has_these_stops_alone_and_ends_at_its_target(kind: str) -> None:
    uses = KINDS[kind]
    stops = set(newest_patches(MATRIX, uses))
    for start in MATRIX.releases.all:
        for target in TARGETS:
            way = route(MATRIX, start, target, uses)
            assert stops.issuperset(way[:-1]), (start.name, target.name)
            assert way[-1:] == ([target] if target.version.number > start.version.number else [])


def test_a_patch_with_a_critical_warning_gives_way_to_an_older_one_without() -> None:
    faulty = replace(MATRIX.advisories.all[0], releases=(SpecifierSet("==1.27.4"),), stores={}, broken=False)
    matrix = replace(MATRIX, advisories=Advisories([replace(faulty, level=Level.CRITICAL, conditions=())]))
    found = newest_patch(matrix, (1, 27), ELASTICSEARCH)
    assert found is not None
    assert found.name == "1.27.3"
