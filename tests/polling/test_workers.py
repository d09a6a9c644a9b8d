"""Threads that are used again, and never waited for."""

from __future__ import annotations

import threading

import pytest

from agent.polling.workers import Workers
from tests.fleets import eventually, no_thread


def idents(workers: Workers, tasks: int) -> set[int]:
    """The threads that run tasks one after another."""
    found: set[int] = set()
    for _ in range(tasks):
        done = threading.Event()

        def task(done: threading.Event = done) -> None:
            found.add(threading.get_ident())
            done.set()

        workers.run(task)
        assert done.wait(10)
        assert eventually(lambda: len(workers._idle) == 1)
    return found


def test_a_thread_that_has_finished_takes_the_next_task() -> None:
    assert len(idents(Workers(), 20)) == 1


def test_a_task_never_waits_for_one_that_hangs() -> None:
    workers, let_go = Workers(), threading.Event()
    began = threading.Semaphore(0)

    def hang() -> None:
        began.release()
        let_go.wait(60)

    for _ in range(50):
        workers.run(hang)
    assert all(began.acquire(timeout=10) for _ in range(50))
    assert workers.busy == 50
    let_go.set()
    assert eventually(lambda: workers.busy == 0)


def test_no_more_threads_stay_than_allowed() -> None:
    workers, let_go, began = Workers(max_idle=3), threading.Event(), threading.Semaphore(0)
    threads: list[threading.Thread] = []

    def hang() -> None:
        threads.append(threading.current_thread())
        began.release()
        let_go.wait(60)

    for _ in range(20):
        workers.run(hang)
    assert all(began.acquire(timeout=10) for _ in range(20))
    let_go.set()
    assert eventually(lambda: sum(thread.is_alive() for thread in threads) == 3)
    assert len(workers._idle) == 3


def test_a_thread_without_a_task_ends() -> None:
    workers = Workers(idle_time=0.0)
    done = threading.Event()
    workers.run(done.set)
    assert done.wait(10)
    assert eventually(lambda: not workers._idle)
    again = threading.Event()
    workers.run(again.set)
    assert again.wait(10)


def test_tasks_come_while_threads_end_and_none_is_lost() -> None:
    workers, done = Workers(max_idle=2, idle_time=0.0), threading.Semaphore(0)
    for _ in range(2000):
        workers.run(lambda: done.release())
    assert all(done.acquire(timeout=10) for _ in range(2000))


def test_without_a_thread_the_caller_gets_the_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threading.Thread, "start", no_thread)
    with pytest.raises(RuntimeError):
        Workers().run(lambda: None)
