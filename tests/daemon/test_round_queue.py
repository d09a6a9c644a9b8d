"""Rounds begin one after another; first rounds go first, and nobody is begun twice for one turn."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from agent.daemon.round_queue import RoundQueue
from tests.fleets import eventually


class Gate:
    """Records who begins, and lets the first one wait, so that a test can fill the queue meanwhile."""

    def __init__(self) -> None:
        self.began: list[str] = []
        self.open = threading.Event()

    def __call__(self, name: str) -> None:
        self.began.append(name)
        self.open.wait(10)


@pytest.fixture
def gate() -> Gate:
    return Gate()


@pytest.fixture
def queue(gate: Gate) -> Iterator[RoundQueue]:
    queue = RoundQueue(gate, lambda: 0)
    queue.start()
    queue.add("gate")
    assert eventually(lambda: gate.began == ["gate"])
    yield queue
    gate.open.set()
    queue.stop()


def all_of(gate: Gate, count: int) -> list[str]:
    gate.open.set()
    assert eventually(lambda: len(gate.began) > count)
    return gate.began[1:]


def test_first_rounds_go_before_others_in_the_order_in_which_they_came(queue: RoundQueue, gate: Gate) -> None:
    queue.add("known")
    queue.add_first(["a", "b"])
    queue.add_first(["c", "a"])
    assert all_of(gate, 4) == ["a", "b", "c", "known"]


def test_a_cluster_that_is_due_again_and_again_is_in_the_queue_once(queue: RoundQueue, gate: Gate) -> None:
    for _ in range(1000):
        queue.add("a")
    queue.add_first(["b"])
    queue.add("b")
    queue.add("end")
    assert all_of(gate, 3) == ["b", "a", "end"]


def test_a_removed_cluster_does_not_begin(queue: RoundQueue, gate: Gate) -> None:
    queue.add_first(["a", "b"])
    queue.add("c")
    queue.add("d")
    queue.keep(["b", "d"])
    assert all_of(gate, 2) == ["b", "d"]


def test_it_runs_until_it_is_stopped() -> None:
    queue = RoundQueue(lambda _name: None, lambda: 0)
    assert not queue.is_running()
    queue.start()
    assert queue.is_running()
    queue.stop()
    assert not queue.is_running()


def test_a_round_that_cannot_begin_ends_it() -> None:
    def broken(_name: str) -> None:
        raise OSError("broken")

    queue = RoundQueue(broken, lambda: 0)
    queue.start()
    queue.add("a")
    assert eventually(lambda: not queue.is_running())


def test_while_many_threads_are_busy_the_next_round_waits() -> None:
    began: list[str] = []
    looks: list[int] = []
    is_busy = threading.Event()
    is_busy.set()

    def busy() -> int:
        looks.append(len(began))
        return 1000 if is_busy.is_set() else 0

    queue = RoundQueue(began.append, busy)
    queue.pace, queue.slowest_pace = 0.001, 3600.0
    for name in ("a", "b", "c"):
        queue.add(name)
    queue.start()
    assert eventually(lambda: len(looks) > 10)
    assert set(looks) == {1}
    is_busy.clear()
    assert eventually(lambda: began == ["a", "b", "c"])
    queue.stop()


def test_a_busy_process_begins_the_next_round_at_the_slowest_pace() -> None:
    began: list[str] = []
    queue = RoundQueue(began.append, lambda: 1000)
    queue.pace, queue.slowest_pace = 0.001, 0.002
    for name in ("a", "b", "c"):
        queue.add(name)
    queue.start()
    assert eventually(lambda: began == ["a", "b", "c"])
    queue.stop()


def test_the_end_of_a_round_begins_the_next_one_unless_first_rounds_wait() -> None:
    class Waits(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            waits.append(timeout)
            return False

    waits: list[float | None] = []
    began: list[str] = []
    queue = RoundQueue(began.append, lambda: 0)
    queue.pace = 3600.0
    queue._stopped = Waits()
    queue.add_first(["first", "second"])
    queue.add("a")
    queue.add("b")
    queue.start()
    # The last of the first rounds is followed by a round that is not.
    assert eventually(lambda: began == ["first", "second"])
    assert waits == [3600.0]
    queue.round_ended()
    assert eventually(lambda: began == ["first", "second", "a"])
    queue.round_ended()
    assert eventually(lambda: began == ["first", "second", "a", "b"])
    assert waits == [3600.0]
    queue.stop()
