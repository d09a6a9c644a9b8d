"""The schema tools' commands."""

from __future__ import annotations

import pytest

from agent.matrix import Matrix
from agent.model.vocabulary import Role
from agent.upgrade import Access, Toolbox
from agent.verdict import StoreSpec
from tests.building import MATRIX, NOT_READ
from tests.laws import law
from tests.upgrade.test_route import release

OWN = Toolbox({Role.PERSISTENCE: Access("db.local", 5433, "temporal_prod", "agent")})
PERSISTENCE, VISIBILITY = Role.PERSISTENCE, Role.VISIBILITY


def command(
    name: str,
    role: Role,
    component: str,
    plugin: str = "",
    version: str = "1.4",
    matrix: Matrix = MATRIX,
) -> str:
    return Toolbox().update(release(name, matrix), role, StoreSpec(component, plugin), "1.0", version)[1]


def test_commands_have_the_configured_values_and_the_password_is_a_variable() -> None:
    tool, text = OWN.update(
        release("1.31.2"), PERSISTENCE, StoreSpec("postgresql", "postgres12"), "1.18", "1.19"
    )
    assert tool == "temporal-sql-tool 1.31.2"
    assert text == (
        'SQL_PASSWORD="$PERSISTENCE_PASSWORD" temporal-sql-tool --endpoint db.local --port 5433'
        ' --user "${PERSISTENCE_USER:-agent}" --plugin postgres12 --database temporal_prod'
        " update-schema --schema-name postgresql/v12/temporal --version 1.19"
    )


@law(
    [
        ("1.0.1", "postgresql", "postgres", PERSISTENCE, "--schema-dir ./schema/postgres/temporal/versioned"),
        ("1.1.2", "postgresql", "postgres", VISIBILITY, "./schema/postgresql/v96/visibility/versioned"),
        ("1.0.1", "mysql", "mysql", VISIBILITY, "--schema-dir ./schema/mysql/v57/visibility/versioned"),
        ("1.22.7", "mysql", "mysql8", PERSISTENCE, "--schema-dir ./schema/mysql/v8/temporal/versioned"),
        ("1.23.1", "postgresql", "postgres_pgx", PERSISTENCE, "--schema-name postgresql/v96/temporal"),
        ("1.23.1", "cassandra", "", VISIBILITY, "--schema-name cassandra/visibility"),
        ("1.22.7", "cassandra", "", PERSISTENCE, "--schema-dir ./schema/cassandra/temporal/versioned"),
        ("1.24.3", "mysql", "mysql8", Role.SECONDARY_VISIBILITY, "--schema-name mysql/v8/visibility"),
        ("1.24.3", "postgresql", "", VISIBILITY, "--schema-name postgresql/v12/visibility"),
        ("1.30.9", "postgresql", "", VISIBILITY, "--schema-name postgresql/v12/visibility"),
    ],
)
def test_each_release_has_its_folder_and_by_name_from_1_23(
    name: str, component: str, plugin: str, role: Role, folder: str
) -> None:
    assert folder in command(name, role, component, plugin)


def test_cassandra_has_a_tool_of_its_own_and_a_keyspace() -> None:
    text = command("1.29.7", PERSISTENCE, "cassandra")
    assert text.startswith('CASSANDRA_PASSWORD="$PERSISTENCE_PASSWORD" temporal-cassandra-tool ')
    assert '--keyspace "$PERSISTENCE_KEYSPACE"' in text
    assert "--plugin" not in text


@pytest.mark.parametrize(("name", "told"), [("1.0.1", False), ("1.13.4", False), ("1.14.6", True)])
def test_a_command_has_no_version_flag_if_the_tool_fails_at_that_version(name: str, *, told: bool) -> None:
    assert ("--version 1.4" in command(name, PERSISTENCE, "mysql", "mysql")) is told


def test_a_command_has_no_version_flag_for_the_tool_of_a_release_that_was_not_read() -> None:
    assert "--version 1.4" not in command("1.30.9", PERSISTENCE, "mysql", "mysql", matrix=NOT_READ)


def test_another_role_that_the_same_store_fills_changes_no_connection() -> None:
    spec = StoreSpec("elasticsearch", "v7")
    toolbox = Toolbox({Role.SEARCH: Access(url="http://es:9200", name="vis")})
    assert (
        "--endpoint http://es:9200 update-schema --index vis"
        in toolbox.update(release("1.31.2"), Role.SEARCH, spec, "13", "14")[1]
    )
