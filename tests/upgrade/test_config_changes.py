"""Changes of configuration on the way."""

from __future__ import annotations

import pytest

from agent.matrix import Matrix
from agent.model.vocabulary import Role
from agent.upgrade.config_changes import changes_before, changes_with_deploy, client_of, successor
from agent.upgrade.simulated_stores import SimulatedStores
from agent.verdict import StoreSpec
from tests.building import MATRIX, NOT_READ
from tests.upgrade.building import Stores, same
from tests.upgrade.test_route import release

PERSISTENCE, VISIBILITY, SEARCH, SECOND = (
    Role.PERSISTENCE,
    Role.VISIBILITY,
    Role.SEARCH,
    Role.SECONDARY_VISIBILITY,
)


def beside(
    search: str = "elasticsearch=7.10.2", plugin: str = "", visibility: str = "cassandra=3.11.19"
) -> Stores:
    sql = "mysql" if visibility.startswith("mysql") else ""
    return Stores(
        {PERSISTENCE: visibility, VISIBILITY: visibility, SEARCH: search},
        {PERSISTENCE: sql, VISIBILITY: sql, SEARCH: plugin},
    )


def leaving(stores: Stores, name: str, following: str, matrix: Matrix = MATRIX) -> list[tuple[Role, str]]:
    before, after = release(name, matrix), release(following, matrix)
    changes = changes_before(matrix, SimulatedStores.of(stores.specs), before, after)
    return [(change.role, change.to) for change in changes]


def arriving(stores: Stores, name: str) -> list[tuple[Role, str]]:
    state = SimulatedStores.of(stores.specs)
    return [
        (c.role, c.to) for c in changes_with_deploy(MATRIX, state, release(name), stores.gate.uses(state))
    ]


@pytest.mark.parametrize(
    ("version", "old", "new"),
    [
        ("mysql=8.0.33", "mysql", "mysql8"),
        ("postgresql=13.4", "postgres", "postgres12"),
        ("postgresql=13.4", "postgres_pgx", "postgres12_pgx"),
    ],
)
def test_a_plugin_that_ends_with_1_23_is_changed_while_on_it_in_both_roles(
    version: str, old: str, new: str
) -> None:
    stores = same(version, old)
    assert leaving(stores, "1.23.1", "1.24.3") == [(PERSISTENCE, new), (VISIBILITY, new)]
    assert leaving(stores, "1.22.7", "1.23.1") == []
    assert leaving(same(version, new), "1.23.1", "1.24.3") == []
    assert successor(release("1.19.1"), old) == ""


def test_a_release_that_was_not_read_ends_no_plugin() -> None:
    stores = same("postgresql=15.4", "postgres12")
    assert leaving(stores, "1.31.2", "1.31.3", NOT_READ) == []


def test_a_search_store_takes_the_place_of_cassandra_while_on_1_23() -> None:
    assert leaving(beside(), "1.23.1", "1.24.3") == [(VISIBILITY, "visibilityStore")]
    (change,) = changes_before(
        MATRIX, SimulatedStores.of(beside().specs), release("1.23.1"), release("1.24.3")
    )
    assert change.state.spec(VISIBILITY) == StoreSpec("elasticsearch")
    assert change.state.origin(VISIBILITY) is SEARCH


def test_a_search_store_replaces_a_plugin_that_ends_because_its_successor_refuses_a_search_store() -> None:
    assert leaving(beside(visibility="mysql=8.0.33"), "1.23.1", "1.24.3") == [
        (VISIBILITY, "visibilityStore"),
        (PERSISTENCE, "mysql8"),
    ]


def test_the_key_that_ends_with_1_24_is_renamed_while_on_it() -> None:
    alone = Stores({PERSISTENCE: "cassandra=3.11.19", SEARCH: "elasticsearch=7.10.2"}, {})
    assert leaving(alone, "1.24.3", "1.25.2") == [(VISIBILITY, "visibilityStore")]
    assert leaving(alone, "1.23.1", "1.24.3") == []


def test_a_second_store_takes_the_place_of_cassandra_while_on_1_23() -> None:
    stores = Stores(
        {PERSISTENCE: "cassandra=3.11.19", VISIBILITY: "cassandra=3.11.19", SECOND: "postgresql=13.4"},
        {SECOND: "postgres12"},
    )
    assert leaving(stores, "1.23.1", "1.24.3") == [(VISIBILITY, "visibilityStore")]
    assert leaving(stores, "1.22.7", "1.23.1") == []


def test_elasticsearch_6_of_no_version_is_named_v6_with_1_12() -> None:
    six = beside("elasticsearch=6.8.23")
    assert arriving(six, "1.11.4") == []
    assert arriving(six, "1.12.4") == [(SEARCH, "v6")]
    assert arriving(beside("elasticsearch=6.8.23", "v6"), "1.12.4") == []
    assert arriving(beside("elasticsearch=7.10.2"), "1.12.4") == []


def test_v6_becomes_v7_with_1_18() -> None:
    assert arriving(beside("elasticsearch=7.10.2", "v6"), "1.18.5") == [(SEARCH, "v7")]
    assert arriving(beside("elasticsearch=7.10.2", "v6"), "1.17.6") == []
    assert arriving(beside("elasticsearch=8.5.3", "v8"), "1.18.5") == []


@pytest.mark.parametrize(
    ("search", "plugin", "client"),
    [
        ("elasticsearch=6.8.23", "", "v6"),
        ("elasticsearch=7.10.2", "", "v7"),
        ("elasticsearch=7.10.2", "v6", "v6"),
        ("opensearch=2.19.1", "", "v7"),
        ("elasticsearch=garbage", "", "v7"),
    ],
)
def test_the_client_of_a_search_store_is_as_configured_else_by_its_version(
    search: str, plugin: str, client: str
) -> None:
    stores = beside(search, plugin)
    state = SimulatedStores.of(stores.specs)
    assert client_of(state, SEARCH, stores.gate.uses(state)) == client
