"""Equal values become one object while somebody has it."""

from __future__ import annotations

from agent.model.observation import Node
from agent.probes.parsing.shared import Shared


def test_an_equal_value_is_the_known_object_until_nobody_has_it() -> None:
    shared = Shared[Node]()
    first, other = Node("1.31.2"), Node("1.30.4")
    assert shared.of(first) is first
    assert shared.of(other) is other
    assert shared.of(Node("1.31.2")) is first
    del first
    again = Node("1.31.2")
    assert shared.of(again) is again


def test_only_the_newest_values_are_known() -> None:
    shared = Shared[Node]()
    values = [Node(str(number)) for number in range(65)]
    assert all(shared.of(value) is value for value in values)
    assert shared.of(Node("64")) is values[64]
    assert shared.of(Node("0")) is not values[0]
