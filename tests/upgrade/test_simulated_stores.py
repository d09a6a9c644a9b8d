"""Stores as the steps of an upgrade have made them."""

from __future__ import annotations

from dataclasses import replace

from agent.model.vocabulary import Role
from agent.upgrade.simulated_stores import SimulatedStores
from agent.verdict import StoreSpec
from tests.building import MATRIX
from tests.upgrade.building import Stores, same

WITH_SEARCH = Stores(
    {
        Role.PERSISTENCE: "cassandra=3.11.19",
        Role.VISIBILITY: "cassandra=3.11.19",
        Role.SEARCH: "elasticsearch=7.10.2",
    },
    {},
)


def test_a_schema_that_was_reached_is_observed_and_others_stay_as_they_were() -> None:
    stores = same("postgresql=13.4", "postgres12")
    state = SimulatedStores.of(stores.specs).with_schema(Role.PERSISTENCE, "1.18")
    seen = {o.target.role: o for o in state.observed(MATRIX, stores.observations)}
    versions = {role: o.facts.schema.version for role, o in seen.items() if o.facts and o.facts.schema}
    assert versions == {Role.PERSISTENCE: "1.18", Role.VISIBILITY: "0.0"}


def test_a_template_that_was_reached_is_that_of_the_index_and_of_the_next_one() -> None:
    state = SimulatedStores.of(WITH_SEARCH.specs).with_schema(Role.SEARCH, "7")
    (facts,) = [
        o.facts for o in state.observed(MATRIX, WITH_SEARCH.observations) if o.target.role is Role.SEARCH
    ]
    assert facts is not None
    assert facts.index is not None
    found = MATRIX.index_templates.version(facts.index.fields or {})
    assert found is not None
    assert found.low == 7
    assert facts.index.template == facts.index.fields


def test_a_step_creates_the_extension_where_it_may() -> None:
    stores = same("postgresql=13.4", "postgres12")
    seen = tuple(
        replace(o, facts=replace(o.facts, settings={"btree_gin": state}))
        for o, state in zip(stores.observations, ("creatable", "denied"), strict=True)
        if o.facts
    )
    state = SimulatedStores.of(stores.specs)
    for role in stores.specs:
        state = state.with_schema(role, "1.4")
    after = [o.facts.settings["btree_gin"] for o in state.observed(MATRIX, seen) if o.facts]
    assert sorted(after) == ["denied", "installed"]


def test_a_plan_that_moves_a_store_drops_the_schema_of_the_old_one() -> None:
    state = (
        SimulatedStores.of(WITH_SEARCH.specs)
        .with_schema(Role.SEARCH, "5")
        .with_schema(Role.VISIBILITY, "1.0")
    )
    moved = state.with_move(Role.SEARCH, Role.VISIBILITY)
    assert moved.spec(Role.VISIBILITY) == StoreSpec("elasticsearch")
    assert moved.spec(Role.SEARCH) is None
    assert dict(moved.reached) == {Role.VISIBILITY: "5"}
    assert moved.origin(Role.VISIBILITY) is Role.SEARCH
    assert moved.origin(Role.PERSISTENCE) is Role.PERSISTENCE
    placed = [(o.target.role, o.target.component) for o in moved.placed(WITH_SEARCH.observations)]
    assert sorted(placed) == [(Role.PERSISTENCE, "cassandra"), (Role.VISIBILITY, "elasticsearch")]


def test_equal_states_are_one_key() -> None:
    one, other = (SimulatedStores.of(WITH_SEARCH.specs).with_schema(Role.SEARCH, "5") for _ in range(2))
    assert len({one, other, replace(one, reindexed=True)}) == 2
