"""Tasks in one thread, until one of them takes long."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from agent.polling.probe_sequence import ProbeSequence
from tests.fleets import eventually, no_thread


def until(let_go: threading.Event) -> Callable[[], None]:
    """A task that hangs until then."""

    def hang() -> None:
        let_go.wait(60)

    return hang


def test_tasks_run_in_their_order_in_one_thread_at_a_time() -> None:
    sequence, ran, let_go = ProbeSequence(), list[int](), threading.Event()
    under_way = threading.Lock()

    def task(number: int) -> None:
        assert under_way.acquire(blocking=False)
        let_go.wait(10)
        ran.append(number)
        under_way.release()

    for number in range(20):
        sequence.run(lambda number=number: task(number))  # type: ignore[misc]
    let_go.set()
    assert eventually(lambda: ran == list(range(20)))


def test_a_task_that_comes_after_all_others_have_ended_runs() -> None:
    sequence = ProbeSequence()
    for _ in range(50):
        done = threading.Event()
        sequence.run(done.set)
        assert done.wait(10)


def test_once_spread_no_task_waits_for_one_that_hangs() -> None:
    sequence, let_go, ran = ProbeSequence(), threading.Event(), list[int]()
    sequence.run(until(let_go))
    for number in range(3):
        sequence.run(lambda number=number: ran.append(number))  # type: ignore[misc]
    assert ran == []
    sequence.spread()
    assert eventually(lambda: sorted(ran) == [0, 1, 2])
    let_go.set()


def test_without_threads_a_task_is_refused_or_stays_with_the_thread_there_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sequence, let_go, ran = ProbeSequence(), threading.Event(), list[int]()
    sequence.run(until(let_go))
    sequence.run(lambda: ran.append(1))
    with monkeypatch.context() as patched:
        patched.setattr("agent.polling.probe_sequence.WORKERS.run", no_thread)
        sequence.spread()
        with pytest.raises(RuntimeError):
            ProbeSequence().run(lambda: ran.append(2))
    let_go.set()
    assert eventually(lambda: ran == [1])
