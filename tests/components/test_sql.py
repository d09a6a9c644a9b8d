"""SQL databases."""

from __future__ import annotations

from agent.components.record import Kind
from agent.components.sql import MYSQL, POSTGRESQL, SQLITE
from tests.building import MATRIX


def test_every_sql_plugin_is_of_one_of_them() -> None:
    assert {MATRIX.plugins.component_of(plugin) for plugin in MATRIX.plugins.names} == {
        c.name for c in (MYSQL, POSTGRESQL, SQLITE)
    }
    assert {c.kind for c in (MYSQL, POSTGRESQL, SQLITE)} == {Kind.SQL}


def test_the_default_plugin_is_one_of_the_component() -> None:
    for component in (MYSQL, POSTGRESQL):
        assert component.schema_tool is not None
        assert MATRIX.plugins.component_of(component.schema_tool.default_plugin) == component.name


def test_sqlite_has_no_schema_tool_and_is_not_checked_at_start() -> None:
    assert SQLITE.schema_tool is None
    assert not SQLITE.is_checked_at_start


def test_an_image_of_temporals_tests_has_the_version() -> None:
    assert MYSQL.ci_image is not None
    assert POSTGRESQL.ci_image is not None
    for pattern, image, version in (
        (MYSQL.ci_image, "mysql:8.0.29-oracle", "8.0.29-oracle"),
        (POSTGRESQL.ci_image, "postgres:13.5", "13.5"),
    ):
        found = pattern.fullmatch(image)
        assert found is not None
        assert found[1] == version
    assert POSTGRESQL.ci_image.fullmatch("mysql:5.7") is None
