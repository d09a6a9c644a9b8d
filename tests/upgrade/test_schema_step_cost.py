"""What schema steps cost."""

from __future__ import annotations

from agent.model.vocabulary import Role
from agent.upgrade.schema_step_cost import schema_step_cost
from tests.building import MATRIX
from tests.upgrade.test_route import release

VISIBILITY = Role.VISIBILITY


def told(name: str, component: str, there: str, needed: str, role: Role = VISIBILITY) -> str:
    return schema_step_cost(MATRIX, release(name), role, component, there, needed)


def test_only_the_steps_that_are_passed_count() -> None:
    assert told("1.29.7", "postgresql", "1.8", "1.9") == ""
    assert told("1.26.3", "postgresql", "1.6", "1.7").startswith("Step 1.7 rewrites executions_visibility")
    assert told("1.24.3", "postgresql", "1.4", "1.6").startswith(
        "Each of the steps 1.5 and 1.6 builds indexes"
    )


def test_a_stored_column_rewrites_on_postgresql_and_an_array_index_copies_on_mysql() -> None:
    assert "rewrites" in told("1.27.4", "postgresql", "1.7", "1.8")
    assert "writes continue" in told("1.27.4", "mysql", "1.7", "1.8")
    assert "copies" in told("1.26.3", "mysql", "1.6", "1.7")


def test_postgresql_goes_from_1_9_to_1_13_in_one_go_and_from_1_30_5_on_with_one_rewrite() -> None:
    before, after = (told(name, "postgresql", "1.9", "1.13") for name in ("1.30.4", "1.30.6"))
    assert "1.10, 1.11, 1.12 and 1.13" in before
    assert after.startswith("Step 1.13 rewrites")
    assert all(
        "in one go: no release ships a complete schema between 1.9 and 1.13" in text
        for text in (before, after)
    )
    assert "steps 1.10," in told("1.31.0", "postgresql", "1.9", "1.13")
    assert "steps 1.10," not in told("1.31.1", "postgresql", "1.9", "1.13")
    assert "in one go" not in told("1.31.2", "postgresql", "1.13", "1.14")
    assert "in one go" not in told("1.30.6", "mysql", "1.9", "1.13")


def test_the_default_schema_has_costs_of_its_own() -> None:
    assert "copies executions" in told("1.4.4", "mysql", "1.1", "1.2", Role.PERSISTENCE)
    assert "before PostgreSQL 11" in told("1.9.3", "postgresql", "1.4", "1.5", Role.PERSISTENCE)
    assert told("1.31.2", "postgresql", "1.18", "1.19", Role.PERSISTENCE) == ""


def test_cassandra_and_search_stores_have_no_note() -> None:
    assert told("1.23.1", "cassandra", "1.0", "1.9", Role.PERSISTENCE) == ""
    assert told("1.31.2", "elasticsearch", "13", "14") == ""


def test_all_steps_count_for_an_unknown_schema() -> None:
    for there in ("", "garbage"):
        assert "1.2" in told("1.23.1", "postgresql", there, "1.4")
