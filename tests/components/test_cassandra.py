"""Cassandra."""

from __future__ import annotations

from agent.components.cassandra import CASSANDRA
from agent.components.record import Kind


def test_its_tool_calls_a_database_a_keyspace() -> None:
    assert CASSANDRA.kind is Kind.CASSANDRA
    assert CASSANDRA.schema_tool is not None
    assert (CASSANDRA.schema_tool.place, CASSANDRA.schema_tool.prefix) == ("keyspace", "CASSANDRA")
    for command in (CASSANDRA.schema_tool.create, CASSANDRA.schema_tool.drop):
        assert "{name}" in command


def test_no_relative_has_the_numbers_of_cassandra() -> None:
    assert all(flavor.has_own_versions and flavor.has_own_catalogue for flavor in CASSANDRA.flavors)
