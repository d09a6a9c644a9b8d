"""The doors of README.md: the record has all of them, and the full tier takes them again."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.delivery.doors.doors import DOORS, FIRES, Door, go
from tests.delivery.doors.pages import is_documented
from tests.delivery.doors.record import Passage, load
from tests.laws import law


def test_the_record_has_every_door_with_its_end() -> None:
    assert [(each.door, each.end) for each in load().passages] == [(door.name, door.end) for door in DOORS]


@law(load().passages)
def test_a_recorded_command_is_still_in_the_documentation(passage: Passage) -> None:
    (door,) = (each for each in DOORS if each.name == passage.door)
    assert passage.steps
    assert passage.seconds < 600, "the promise is ten minutes"
    # The files of pipelines have their commands inside; test_doors.py runs them.
    if door.end.startswith(FIRES):
        # The same statement goes to two databases, whose name is in brackets.
        commands = {step.command.partition(" (temporal")[0] for step in passage.steps}
        assert [command for command in commands if not is_documented(command)] == []


@pytest.mark.full
def test_every_door_ends_where_the_record_says() -> None:
    """Takes ten minutes: each installs from nothing, and waits for an alert."""
    recorded = {each.door: [step.command for step in each.steps] for each in load().passages}

    def commands(door: Door) -> list[str]:
        return [step.command for step in go(door).steps]

    with ThreadPoolExecutor(max_workers=3) as pool:
        taken = dict(zip(recorded, pool.map(commands, DOORS), strict=True))
    assert taken == recorded
