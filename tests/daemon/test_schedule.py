"""Every cluster once an interval, spread over it, whatever the wall clock does."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise

from agent.daemon.schedule import Schedule
from tests.fleets import eventually


class Recorder:
    """When which cluster's round began, on the monotonic clock."""

    def __init__(self) -> None:
        self.began: dict[str, list[float]] = defaultdict(list)
        self._lock = threading.Lock()

    def __call__(self, name: str) -> None:
        with self._lock:
            self.began[name].append(time.monotonic())


@contextmanager
def running(names: list[str], interval: float, recorder: Recorder) -> Iterator[Schedule]:
    schedule = Schedule(names, interval, recorder)
    schedule.start()
    try:
        yield schedule
    finally:
        schedule.stop()


def test_every_cluster_has_its_first_round_at_once() -> None:
    names = [f"c{index}" for index in range(10)]
    recorder = Recorder()
    with running(names, 60.0, recorder):
        assert eventually(lambda: set(recorder.began) == set(names), 5)


def test_rounds_come_once_an_interval_and_spread_over_it() -> None:
    names = ["a", "b", "c", "d"]
    recorder = Recorder()
    with running(names, 1.0, recorder) as schedule:
        time.sleep(3.3)
        planned = sorted(job.next_run_time.timestamp() % 1.0 for job in schedule._scheduler.get_jobs())
    for name in names:
        assert 3 <= len(recorder.began[name]) <= 5
    # After the first rounds no two clusters begin together: a quarter of the interval lies between.
    gaps = [after - before for before, after in pairwise(planned)]
    assert min(gaps) > 0.2


def test_no_second_round_follows_on_the_heels_of_the_first() -> None:
    names = [f"c{index}" for index in range(10)]
    recorder = Recorder()
    with running(names, 1.0, recorder):
        assert eventually(lambda: all(len(recorder.began[name]) > 1 for name in names), 10)
    assert all(began[1] - began[0] > 0.3 for began in recorder.began.values())


def test_realigning_after_the_clock_was_set_plans_from_now_on() -> None:
    recorder = Recorder()
    with running(["a"], 0.3, recorder) as schedule:
        # What a clock that was set back by an hour leaves behind: the next run is an hour away.
        job = schedule._scheduler.get_job("a")
        job.modify(next_run_time=job.next_run_time.replace(year=job.next_run_time.year + 1))
        time.sleep(0.5)
        stuck = len(recorder.began["a"])
        time.sleep(0.7)
        assert len(recorder.began["a"]) == stuck
        schedule.realign()
        assert eventually(lambda: len(recorder.began["a"]) > stuck + 1, 5)


def test_a_schedule_runs_until_it_is_stopped_or_its_thread_has_ended() -> None:
    with running(["a"], 60.0, Recorder()) as schedule:
        assert schedule.is_running()
    assert not schedule.is_running()


def test_a_first_round_that_cannot_begin_ends_the_schedule() -> None:
    def broken(_name: str) -> None:
        raise OSError("broken")

    schedule = Schedule(["a", "b"], 60.0, broken)
    schedule.start()
    assert eventually(lambda: not schedule.is_running())
    schedule.stop()
