"""Every cluster once an interval, spread over it, whatever the wall clock does."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import pairwise

import pytest

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
    schedule = Schedule(recorder)
    schedule.update(names, interval)
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


@pytest.fixture
def set_clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[timedelta], None]:
    """Sets the wall clock that APScheduler and the schedule see."""
    step = [timedelta(0)]

    class Clock(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return datetime.now(tz) + step[0]

    monkeypatch.setattr("apscheduler.schedulers.base.datetime", Clock)
    monkeypatch.setattr("apscheduler.executors.base.datetime", Clock)
    monkeypatch.setattr("agent.daemon.schedule.datetime", Clock)
    return lambda change: step.__setitem__(0, step[0] + change)


def due(schedule: Schedule) -> dict[str, datetime]:
    return {job.id: job.next_run_time for job in schedule._jobs()}


@pytest.mark.parametrize("days", [26 * 365, -26 * 365])
def test_a_clock_that_jumps_by_years_costs_nothing_and_begins_no_extra_rounds(
    set_clock: Callable[[timedelta], None], days: int
) -> None:
    names, recorder = [f"c{index}" for index in range(40)], Recorder()
    with running(names, 60.0, recorder) as schedule:
        assert eventually(lambda: len(recorder.began) == 40, 20)
        before, jump = due(schedule), timedelta(days=days)
        began = time.process_time()
        set_clock(jump)
        schedule.realign(jump.total_seconds())
        # With APScheduler's own trigger: 13 million missed runs for each cluster.
        schedule._scheduler._process_jobs()
        assert time.process_time() - began < 2
        after = due(schedule)
    assert all(abs(after[name] - jump - before[name]).total_seconds() < 0.01 for name in names)
    assert all(len(recorder.began[name]) <= 2 for name in names)


def test_rounds_that_are_all_due_before_the_jump_is_noticed_begin_once_each(
    set_clock: Callable[[timedelta], None],
) -> None:
    names, recorder = [f"c{index}" for index in range(20)], Recorder()
    with running(names, 3600.0, recorder) as schedule:
        assert eventually(lambda: len(recorder.began) == 20, 20)
        set_clock(timedelta(days=9000))
        schedule._scheduler._process_jobs()
        assert eventually(lambda: all(len(recorder.began[name]) == 2 for name in names), 20)
        schedule.realign(timedelta(days=9000).total_seconds())
        schedule._scheduler._process_jobs()
        time.sleep(0.2)
    assert {len(recorder.began[name]) for name in names} == {2}


def test_all_rounds_begin_when_asked_to(set_clock: Callable[[timedelta], None]) -> None:
    recorder = Recorder()
    with running(["a", "b"], 3600.0, recorder) as schedule:
        assert eventually(lambda: len(recorder.began) == 2)
        schedule.begin_all()
        assert eventually(lambda: all(len(began) == 2 for began in recorder.began.values()))


def test_every_cluster_has_its_first_round_though_reloads_come_faster() -> None:
    names, recorder = [f"c{index}" for index in range(60)], Recorder()
    with running(names, 600.0, recorder) as schedule:
        for number in range(50):
            # Each brings a new cluster, and changes one.
            names.append(f"new{number}")
            schedule.update(names, 600.0 + number % 2, {"c0"})
            time.sleep(0.02)
        assert eventually(lambda: set(recorder.began) == set(names), 20)
        assert all(len(recorder.began[name]) == 1 for name in names[1:])


def test_a_reload_keeps_the_times_of_clusters_that_stay() -> None:
    with running(["a", "b", "c"], 600.0, Recorder()) as schedule:
        before = due(schedule)
        schedule.update(["c", "a", "d"], 600.0)
        after = due(schedule)
    assert (after["a"], after["c"]) == (before["a"], before["c"])
    assert after.keys() == {"a", "c", "d"}


def test_with_another_interval_a_cluster_keeps_the_share_that_is_to_go() -> None:
    with running(["a", "b", "c"], 600.0, Recorder()) as schedule:
        start, before = datetime.now(UTC), due(schedule)
        schedule.update(["a", "b", "c"], 60.0)
        after = due(schedule)
    for name in ("a", "b", "c"):
        left = ((before[name] - start) / 10).total_seconds()
        assert (after[name] - start).total_seconds() == pytest.approx(left, abs=1)


def test_reloads_that_change_the_interval_all_the_while_do_not_put_off_rounds() -> None:
    recorder = Recorder()
    with running(["a"], 1.0, recorder) as schedule:
        for number in range(80):
            schedule.update(["a"], 1.0 + number % 2 / 10)
            time.sleep(0.05)
    assert len(recorder.began["a"]) >= 3


def test_a_schedule_runs_until_it_is_stopped_or_its_thread_has_ended() -> None:
    with running(["a"], 60.0, Recorder()) as schedule:
        assert schedule.is_running()
    assert not schedule.is_running()


def test_a_first_round_that_cannot_begin_ends_the_schedule() -> None:
    def broken(_name: str) -> None:
        raise OSError("broken")

    schedule = Schedule(broken)
    schedule.update(["a", "b"], 60.0)
    schedule.start()
    assert eventually(lambda: not schedule.is_running())
    schedule.stop()
