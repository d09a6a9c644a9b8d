"""Which row of schema_version counts, and what is said where it is not the only one."""

from __future__ import annotations

import pytest

from agent.model.observation import Failure, SchemaRow
from agent.model.vocabulary import Reason
from agent.probes.parsing.schema_version_row import MAX_ROWS, schema_row

Rows = list[tuple[object, object, object]]


def read(*rows: tuple[object, object, object]) -> SchemaRow:
    return schema_row("database", "temporal", rows, "rename it")


def problem(*rows: tuple[object, object, object]) -> Failure:
    found = read(*rows)
    assert found.version is None
    assert found.problem is not None
    return found.problem


OWN = ("temporal", "1.19", True)


def test_the_row_of_this_name_counts_alone() -> None:
    assert read(OWN) == SchemaRow("1.19")


@pytest.mark.parametrize("place", [0, 1, 2])
def test_rows_of_other_names_are_reported_and_change_nothing(place: int) -> None:
    rows: Rows = [("temporal_old", "1.18", False), ("temporal_visibility", "1.14", False)]
    rows.insert(place, OWN)
    assert read(*rows) == SchemaRow("1.19", others=("temporal_old (1.18)", "temporal_visibility (1.14)"))


def test_without_a_row_of_this_name_the_others_and_what_to_do_are_named() -> None:
    assert problem() == Failure(
        Reason.SCHEMA_ROW_MISSING, "table schema_version has no row for database temporal"
    )
    renamed = problem(("temporal_old", "1.19", False))
    assert renamed.reason is Reason.SCHEMA_ROW_MISSING
    assert renamed.text == (
        "table schema_version has no row for database temporal, only for temporal_old (1.19): if that is this"
        " database under another name, rename it"
    )


def test_many_or_long_names_are_reported_in_part() -> None:
    text = problem(*((f"{index}{'x' * 500}", "1" * 500, False) for index in range(MAX_ROWS))).text
    assert text.count("…") == 7
    assert "3x" not in text
    assert len(text) < 500


def test_a_name_with_what_no_line_can_hold_is_reported_on_one_line() -> None:
    assert "a b (1.1 x)" in problem(("a\nb", "1.1\u2028x", False)).text
    problem(("\ud800", "1.1", False)).text.encode()


def test_rows_of_this_name_that_agree_are_one() -> None:
    assert read(OWN, OWN) == SchemaRow("1.19")


def test_different_rows_of_one_database_leave_the_version_unknown() -> None:
    differing = problem(OWN, ("temporal", "1.18", True), ("old", "1.1", False))
    assert differing.reason is Reason.SCHEMA_ROWS_DIFFER
    assert "2 rows for database temporal, with the versions 1.18 and 1.19" in differing.text


def test_a_version_that_is_null_is_reported_as_what_cannot_be_read() -> None:
    assert read(("temporal", None, True)) == SchemaRow("")
