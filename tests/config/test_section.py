"""A section of a configuration knows the file and line of each of its values."""

from __future__ import annotations

import pytest

from agent.config.document import Document, Place
from agent.config.errors import Problem
from agent.config.section import ConfigSection, MissingSetting, is_written

OTHER = Document("server.yaml", lines={("x",): 7, ("x", "y"): 8})
PART = ConfigSection(
    Document("agent.yaml", lines={(): 1, ("clusters", 0): 2, ("clusters", 0, "a"): 3}),
    ("clusters", 0),
    data={"a": {"b": 1, "c": 2}, "d": 3},
    written={"a": {"b": 1}},
    origins={("a",): (OTHER, ("x",)), ("a", "c"): (OTHER, ("x", "y"))},
)


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        (("a", "b"), "agent.yaml:3: clusters[0].a.b: wrong"),
        (("a", "c"), "server.yaml:8: x.y: wrong"),
        (("a", "c", "e"), "server.yaml:8: x.y: wrong"),
        (("a", "e"), "agent.yaml:3: clusters[0].a.e: wrong"),
        (("d",), "agent.yaml:2: clusters[0].d: wrong"),
        ((), "agent.yaml:2: clusters[0]: wrong"),
    ],
)
def test_an_error_has_the_file_and_line_of_its_value(place: Place, expected: str) -> None:
    assert str(PART.problem(place, "wrong")) == expected


def test_without_other_files_every_error_is_in_the_file_itself() -> None:
    part = ConfigSection(PART.document, ("clusters", 0), data={"a": 1})
    assert str(part.problem(("a",), "wrong")) == "agent.yaml:3: clusters[0].a: wrong"


@pytest.mark.parametrize(
    ("place", "concerned"),
    [(("a",), True), (("a", "b"), True), (("a", "b", "c"), True), (("a", "c"), False), (("b",), False)],
)
def test_a_missing_setting_explains_errors_around_and_below_it(place: Place, concerned: bool) -> None:
    assert MissingSetting((("a", "b"),), Problem("f", 1, "", "x")).concerns(place) is concerned


def test_null_counts_as_written() -> None:
    assert is_written({"a": None}, ("a",))
    assert not is_written({"a": None}, ("a", "b"))
    assert not is_written(None, ("a",))
