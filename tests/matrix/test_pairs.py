"""Pairs of visibility stores, as the releases' own validation has them."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from agent.matrix import Release
from agent.matrix.load import read_built_in
from agent.matrix.pairs import Visibility
from agent.matrix.release import read_specifier
from tests.building import MATRIX
from tests.laws import law

PAIRS = MATRIX.store_pairs

ADVANCED = Visibility("postgresql", "postgres12")
STANDARD = Visibility("postgresql", "postgres")
SQL = Visibility("postgresql")
CASSANDRA = Visibility("cassandra")
CUSTOM = Visibility("custom")
SEARCH = Visibility("elasticsearch", address="http://es:9200")
TWO_INDICES = replace(SEARCH, has_index=True)
OTHER = Visibility("opensearch", address="http://os:9200")
EVERY = (ADVANCED, STANDARD, SQL, CASSANDRA, CUSTOM, SEARCH, OTHER)


def named(name: str) -> Release:
    release = MATRIX.releases.named(name)
    assert release is not None
    return release


@law(
    [
        ("1.20.4", "postgresql", "postgres12", False),
        ("1.21.0", "postgresql", "postgres", False),
        ("1.21.0", "postgresql", "postgres12", True),
        ("1.21.0", "postgresql", "", None),
        ("1.21.0", "cassandra", "", False),
        ("1.23.1", "postgresql", "postgres12_pgx", True),
        ("1.23.1", "mysql", "mysql8", True),
        ("1.23.1", "mysql", "mysql", False),
        ("1.24.2", "postgresql", "", True),
        ("1.24.2", "sqlite", "sqlite", True),
        ("1.24.2", "elasticsearch", "", True),
        # From 1.25 on there is no second key to refuse.
        ("1.25.0", "postgresql", "postgres12", False),
    ],
)
def test_a_search_store_next_to_a_visibility_store(
    release: str, component: str, plugin: str, refused: bool | None
) -> None:
    assert PAIRS.refuses_search_with(named(release), Visibility(component, plugin), SEARCH) is refused


@law(
    [
        ("1.20.4", SEARCH, ADVANCED, False),
        ("1.21.0", STANDARD, SEARCH, False),
        ("1.21.0", STANDARD, ADVANCED, False),
        ("1.21.0", CASSANDRA, SEARCH, False),
        ("1.21.0", ADVANCED, ADVANCED, False),
        ("1.21.0", ADVANCED, STANDARD, True),
        ("1.21.0", ADVANCED, SEARCH, True),
        ("1.21.0", ADVANCED, SQL, None),
        ("1.21.0", SQL, SEARCH, None),
        ("1.21.0", SQL, ADVANCED, False),
        ("1.24.2", SQL, SEARCH, True),
        ("1.23.1", ADVANCED, CASSANDRA, True),
        ("1.24.2", ADVANCED, CASSANDRA, False),
        ("1.22.7", ADVANCED, CUSTOM, False),
        ("1.23.0", ADVANCED, CUSTOM, True),
        ("1.24.2", CUSTOM, SEARCH, False),
        ("1.24.2", SEARCH, ADVANCED, True),
        ("1.24.2", SEARCH, OTHER, True),
        ("1.25.0", SEARCH, ADVANCED, True),
        ("1.25.0", SEARCH, CUSTOM, False),
        ("1.25.0", CUSTOM, SEARCH, False),
        ("1.25.0", ADVANCED, SEARCH, True),
        ("1.25.0", ADVANCED, ADVANCED, False),
        ("1.27.4", SEARCH, OTHER, True),
        ("1.28.0", SEARCH, OTHER, False),
    ],
)
def test_a_second_visibility_store(
    release: str, first: Visibility, second: Visibility, refused: bool | None
) -> None:
    assert PAIRS.refuses_second(named(release), first, second) is refused


@pytest.mark.parametrize(("release", "refused"), [("1.24.2", True), ("1.25.0", False), ("1.31.2", False)])
def test_the_same_server_by_a_key_of_its_own(release: str, refused: bool) -> None:
    assert PAIRS.refuses_second(named(release), SEARCH, SEARCH, is_index=False) is refused


@law(
    (first, *second)
    for first, second in product(
        [(TWO_INDICES, SEARCH), (SEARCH, TWO_INDICES)],
        [("1.20.4", False), ("1.21.0", True), ("1.24.2", True), ("1.31.2", True)],
    )
)
def test_a_second_index_and_a_second_store_at_once(
    pair: tuple[Visibility, Visibility], release: str, refused: bool
) -> None:
    assert PAIRS.refuses_second(named(release), *pair, is_index=False) is refused


@law(
    (first, *second)
    for first, second in product(
        [STANDARD, ADVANCED, CASSANDRA], [("1.13.4", False), ("1.14.0", True), ("1.20.4", True)]
    )
)
def test_a_second_index_of_the_advanced_store_excluded_another_store_first(
    first: Visibility, release: str, refused: bool
) -> None:
    assert PAIRS.refuses_search_with(named(release), first, TWO_INDICES) is refused
    assert PAIRS.refuses_search_with(named(release), first, SEARCH) is False


def test_two_clients_of_one_server_are_refused_where_both_stores_need_the_same_settings() -> None:
    first, second = replace(SEARCH, plugin="v7"), replace(SEARCH, plugin="v8")
    for release, refused in (("1.25.2", True), ("1.27.2", True), ("1.30.4", False)):
        assert PAIRS.refuses_second(named(release), first, second, is_index=False) is refused
        assert PAIRS.refuses_second(named(release), first, SEARCH, is_index=False) is False


def test_every_release_accepts_a_second_index() -> None:
    for release, is_index in product(MATRIX.releases.all, (True, None)):
        assert PAIRS.refuses_second(release, TWO_INDICES, SEARCH, is_index=is_index) is False


def test_only_where_there_are_three_keys_two_of_them_exclude_each_other() -> None:
    refusing = [release.minor for release in MATRIX.releases.all if PAIRS.refuses_search_with_second(release)]
    assert set(refusing) == {(1, 21), (1, 22), (1, 23), (1, 24)}


def test_in_every_release_a_plugin_that_is_not_known_hides_no_certain_answer() -> None:
    """What is refused whatever the plugin is, is refused without it; what depends on it is not known."""
    for release in (release for release in MATRIX.releases.all if release.was_read):
        plugins = [Visibility("postgresql", name) for name in release.plugins if name.startswith("postgres")]
        for other in EVERY:
            for pairs, unnamed in (
                ([(each, other) for each in plugins], (SQL, other)),
                ([(other, each) for each in plugins], (other, SQL)),
            ):
                answers = {PAIRS.refuses_second(release, first, second) for first, second in pairs}
                reported = PAIRS.refuses_second(release, *unnamed)
                assert reported in (answers if len(answers) == 1 else {None}), (release.name, unnamed)


def test_every_release_has_at_most_one_set_of_rules_and_those_since_1_14_have_one() -> None:
    rules = {
        name: read_specifier(entry["releases"])
        for name, entry in read_built_in(["store_pairs"])["store_pairs"]["rules"].items()
    }
    exclusive = ("one_index", "three_keys", "two_keys")
    counts = {
        release.name: sum(release.version.within(rules[name]) for name in exclusive)
        for release in MATRIX.releases.all
    }
    breaches = {
        release.name for release in MATRIX.releases.all if counts[release.name] != (release.minor >= (1, 14))
    }
    assert not breaches
