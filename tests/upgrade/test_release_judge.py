"""The judge on stores as a plan has made them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agent.model.observation import SchemaRow, SearchIndex
from agent.model.vocabulary import Check, Reason, Role
from agent.upgrade.release_judge import ReleaseJudge
from agent.upgrade.simulated_stores import SimulatedStores
from tests.building import MATRIX, NOT_READ, missing
from tests.upgrade.building import NOW, Stores, same
from tests.upgrade.test_route import release

STORES = same("postgresql=15.4", "postgres12")


def with_row(row: SchemaRow) -> ReleaseJudge:
    seen = tuple(replace(o, facts=replace(o.facts, schema=row)) for o in STORES.observations if o.facts)
    return ReleaseJudge(MATRIX, STORES.subject, seen, NOW)


def test_after_its_schema_steps_a_release_would_start() -> None:
    gate, state = STORES.gate, SimulatedStores.of(STORES.specs)
    assert gate.judge(release("1.31.2"), state).start.would_start is False
    after = STORES.at(release("1.31.2"))
    assert gate.judge(release("1.31.2"), after).start.would_start is True
    assert gate.blockers(release("1.31.2"), after) == ()
    assert gate.judge(release("1.31.2"), after) is gate.judge(release("1.31.2"), after)


def test_a_schema_without_an_update_step_is_a_blocker() -> None:
    found = STORES.gate.blockers(release("1.31.2"), SimulatedStores.of(STORES.specs))
    assert {(b.role, b.reason) for b in found} == {(role, Reason.SCHEMA_BEHIND) for role in STORES.specs}


@pytest.mark.parametrize(
    "reason", [Reason.SCHEMA_ROW_MISSING, Reason.SCHEMA_TABLE_MISSING, Reason.DATABASE_MISSING]
)
def test_a_missing_schema_stays_a_blocker_although_steps_could_create_it(reason: Reason) -> None:
    found = with_row(missing(reason)).blockers(release("1.31.2"), STORES.at(release("1.31.2")))
    assert [(b.role, b.check, b.reason) for b in found] == [
        (role, Check.SCHEMA, reason) for role in (Role.PERSISTENCE, Role.VISIBILITY)
    ]
    assert all("Configure the database or keyspace that the server uses" in b.message for b in found)


def test_a_schema_that_could_not_be_read_is_unknown_and_does_not_block() -> None:
    gate = with_row(missing(Reason.PERMISSION_DENIED))
    state = SimulatedStores.of(STORES.specs)
    assert gate.blockers(release("1.31.2"), state) == ()
    assert gate.judge(release("1.31.2"), state).start.would_start is None
    assert gate.schema(state, Role.PERSISTENCE) == ""


def test_an_index_without_a_template_of_temporals_is_version_0() -> None:
    stores = Stores({Role.PERSISTENCE: "postgresql=15.4", Role.VISIBILITY: "elasticsearch=7.10.2"}, {})
    state = SimulatedStores.of(stores.specs)
    assert stores.gate.schema(state, Role.VISIBILITY) == "0"
    assert stores.gate.schema(state.with_schema(Role.VISIBILITY, "9"), Role.VISIBILITY) == "9"


def test_an_index_that_is_missing_is_a_blocker() -> None:
    stores = Stores({Role.PERSISTENCE: "postgresql=15.4", Role.VISIBILITY: "elasticsearch=7.10.2"}, {})
    gone = missing(Reason.INDEX_MISSING).problem
    seen = tuple(
        replace(o, facts=replace(o.facts, index=SearchIndex(None, gone) if o.facts.index else None))
        for o in stores.observations
        if o.facts
    )
    gate = ReleaseJudge(MATRIX, stores.subject, seen, NOW)
    found = gate.blockers(release("1.31.2"), stores.at(release("1.31.2")))
    assert [(b.role, b.reason) for b in found] == [(Role.VISIBILITY, Reason.INDEX_MISSING)]


def test_the_needs_of_a_release_are_exact_or_a_minimum_if_it_was_not_read() -> None:
    state = SimulatedStores.of(STORES.specs)
    gate = replace(STORES, matrix=NOT_READ).gate
    needs = {
        name: gate.required(release(name, NOT_READ), state, Role.PERSISTENCE) for name in ("1.31.2", "1.30.9")
    }
    assert {name: need and need.raw for name, need in needs.items()} == {"1.31.2": "1.19", "1.30.9": "1.18"}
    unknown = same("postgresql=15.4")
    assert (
        unknown.gate.required(release("1.22.7"), SimulatedStores.of(unknown.specs), Role.VISIBILITY) is None
    )


def test_what_is_optional_blocks_nothing() -> None:
    stores = Stores(
        {**STORES.parts, Role.MONITORING: "prometheus=0.1"},
        STORES.plugins,
    )
    assert stores.gate.blockers(release("1.31.2"), stores.at(release("1.31.2"))) == ()
