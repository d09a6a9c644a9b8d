"""The steps that hops are made of."""

from __future__ import annotations

import pytest

from agent.model.versions import parse
from agent.model.vocabulary import Role
from agent.upgrade import Step, StepKind, Toolbox
from agent.upgrade.simulated_stores import SimulatedStores
from agent.upgrade.steps import is_behind, new_index, observe, schema_step, server_step
from tests.building import MATRIX
from tests.upgrade.building import Stores, same
from tests.upgrade.test_route import release

MYSQL = same("mysql=5.7.40", "mysql")


def schema(name: str, role: Role, there: str, needed: str, stores: Stores = MYSQL) -> Step:
    state = SimulatedStores.of(stores.specs)
    return schema_step(MATRIX, Toolbox(), release(name), state, role, there, needed, "v7")


@pytest.mark.parametrize("name", ["1.1.0", "1.1.2"])
def test_the_first_sql_step_is_done_by_the_release_that_repaired_it(name: str) -> None:
    step = schema(name, Role.PERSISTENCE, "1.0", "1.1")
    assert step.tool == "temporal-sql-tool 1.2.3"
    assert "Use the tool and the schema folder of 1.2.3" in step.note
    assert "v1.2.3" in step.source


def test_other_steps_are_done_by_the_tool_of_their_own_release() -> None:
    assert schema("1.2.3", Role.PERSISTENCE, "1.0", "1.1").tool == "temporal-sql-tool 1.2.3"
    assert schema("1.4.4", Role.PERSISTENCE, "1.1", "1.2").tool == "temporal-sql-tool 1.4.4"
    cassandra = same("cassandra=3.11.19")
    assert schema("1.1.2", Role.PERSISTENCE, "1.0", "1.1", cassandra).tool == "temporal-cassandra-tool 1.1.2"


def test_a_step_says_from_where_to_where_and_what_it_costs() -> None:
    note = schema("1.5.8", Role.VISIBILITY, "1.0", "1.1").note
    assert note.startswith("Upgrade the schema of visibility from 1.0 to 1.1. Step 1.1 builds indexes")
    assert "from its current version to 1.1" in schema("1.5.8", Role.VISIBILITY, "", "1.1").note


def test_an_index_is_copied_or_updated() -> None:
    stores = Stores({**MYSQL.parts, Role.SEARCH: "elasticsearch=7.10.2"}, MYSQL.plugins)
    copied = schema("1.11.4", Role.SEARCH, "0", "1", stores)
    assert "into a new index with template 1" in copied.note
    assert "Run it again after the deploy" in copied.note
    assert "waits until the index is green" in schema("1.24.3", Role.SEARCH, "6", "7", stores).note
    assert "green" not in schema("1.31.2", Role.SEARCH, "13", "14", stores).note
    assert new_index(release("1.11.4")).kind is StepKind.CONFIGURATION


def test_what_cannot_be_read_might_be_behind() -> None:
    needed = parse("1.10")
    assert is_behind("", needed)
    assert is_behind("garbage", needed)
    assert is_behind("1.9", needed)
    assert not is_behind("1.10", needed)
    assert not is_behind("1.11", needed)


def test_1_14_must_really_have_run() -> None:
    assert "really ran" in observe(release("1.14.6")).note
    assert "really ran" not in observe(release("1.15.2")).note


def test_the_same_release_is_started_again_and_another_is_deployed() -> None:
    assert server_step(release("1.23.1"), again=True).note.startswith("Restart every replica of 1.23.1")
    assert server_step(release("1.23.1"), again=False).note.startswith("Deploy Temporal 1.23.1")


def test_the_btree_gin_step_of_1_20_is_done_by_the_release_that_repaired_it() -> None:
    step = schema("1.20.5", Role.VISIBILITY, "1.1", "1.2", same("postgresql=13.4", "postgres12"))
    assert step.tool == "temporal-sql-tool 1.21.6"
    assert "btree_gin already exists" in step.note
    assert step.command.endswith("--schema-dir ./schema/postgresql/v12/visibility/versioned --version 1.2")
    for other in (same("postgresql=13.4", "postgres"), same("mysql=8.0.33", "mysql8")):
        assert schema("1.20.5", Role.VISIBILITY, "1.1", "1.2", other).tool == "temporal-sql-tool 1.20.5"


def test_step_1_0_of_mysql_names_its_time_zone() -> None:
    text = "must not be east of UTC"
    assert text in schema("1.17.6", Role.PERSISTENCE, "0.0", "1.8").note
    assert text not in schema("1.18.5", Role.PERSISTENCE, "0.0", "1.8").note
    assert text not in schema("1.17.6", Role.PERSISTENCE, "1.0", "1.8").note
