"""Values that become part of a message, so that a message of several statements needs no parameters."""

from __future__ import annotations

from agent.probes.transport.libpq_messages import with_literals
from tests.laws import law


@law(
    [
        ("temporal", "'temporal'"),
        ("temporal's", "'temporal''s'"),
        ("a\\b", "E'a\\\\b'"),
        ("'; DROP TABLE schema_version; --", "'''; DROP TABLE schema_version; --'"),
        (":milliseconds", "':milliseconds'"),
    ]
)
def test_a_value_is_one_literal_whatever_it_holds(value: str, literal: str) -> None:
    statement = with_literals(None, "SELECT :database, :database", database=value)
    assert statement.replace(" E'", "E'").split(",")[0].removeprefix("SELECT").strip() == literal
