"""Every cluster once an interval, spread over it, whatever the wall clock does."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, tzinfo

import pytest

from agent.daemon.schedule import Schedule
from tests.fleets import eventually


class Recorder:
    """How many rounds of each cluster began."""

    def __init__(self) -> None:
        self.began: Counter[str] = Counter()

    def __call__(self, name: str) -> None:
        self.began[name] += 1


@pytest.fixture(autouse=True)
def _quick_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rounds that are due begin 1 ms apart instead of 50."""
    monkeypatch.setattr("agent.daemon.schedule._PACE", 0.001)


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


def test_the_second_round_of_a_cluster_is_at_least_a_third_of_the_interval_after_its_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("agent.daemon.schedule._PACE", 0.05)
    names = [f"c{index}" for index in range(10)]
    start = datetime.now(UTC)
    with running(names, 1.0, Recorder()) as schedule:
        planned = due(schedule)
    # First rounds begin one after another, at the pace of the queue.
    first = [index * schedule._queue.pace for index in range(10)]
    assert all(
        (planned[name] - start).total_seconds() - begins > 1 / 3
        for name, begins in zip(names, first, strict=True)
    )


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


def begin_what_is_due(schedule: Schedule, recorder: Recorder) -> None:
    """Let the scheduler look at its clock, and wait until every round that is due has begun."""
    # A job runs in the thread that finds it due, so then the queue has all of them.
    schedule._scheduler._process_jobs()
    count = recorder.began["end of the queue"]
    schedule._queue.add("end of the queue")
    assert eventually(lambda: recorder.began["end of the queue"] > count, 10)


def test_rounds_come_once_an_interval_and_spread_over_it(set_clock: Callable[[timedelta], None]) -> None:
    names, recorder = ["a", "b", "c", "d"], Recorder()
    with running(names, 3600.0, recorder) as schedule:
        assert eventually(lambda: recorder.began.keys() == set(names))
        begun_together = []
        for _ in range(12):
            before = recorder.began.copy()
            set_clock(timedelta(seconds=900))
            begin_what_is_due(schedule, recorder)
            begun_together.append([name for name in names if recorder.began[name] > before[name]])
    # In three intervals, a quarter at a time: after the first rounds no two clusters begin together.
    assert max(map(len, begun_together)) == 1
    assert all(3 <= recorder.began[name] <= 4 for name in names)


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
    assert all(recorder.began[name] <= 2 for name in names)


def test_rounds_that_are_all_due_before_the_jump_is_noticed_begin_once_each(
    set_clock: Callable[[timedelta], None],
) -> None:
    names, recorder = [f"c{index}" for index in range(20)], Recorder()
    with running(names, 3600.0, recorder) as schedule:
        assert eventually(lambda: len(recorder.began) == 20, 20)
        set_clock(timedelta(days=9000))
        schedule._scheduler._process_jobs()
        assert eventually(lambda: all(recorder.began[name] == 2 for name in names), 20)
        schedule.realign(timedelta(days=9000).total_seconds())
        begin_what_is_due(schedule, recorder)
    assert {recorder.began[name] for name in names} == {2}


def test_begin_all_begins_a_round_of_every_cluster(set_clock: Callable[[timedelta], None]) -> None:
    recorder = Recorder()
    with running(["a", "b"], 3600.0, recorder) as schedule:
        assert eventually(lambda: len(recorder.began) == 2)
        schedule.begin_all()
        assert eventually(lambda: set(recorder.began.values()) == {2})


def test_every_cluster_has_its_first_round_though_reloads_come_faster() -> None:
    names, recorder = [f"c{index}" for index in range(60)], Recorder()
    with running(names, 600.0, recorder) as schedule:
        for number in range(50):
            # Each brings a new cluster, and changes one.
            names.append(f"new{number}")
            schedule.update(names, 600.0 + number % 2, {"c0"})
        assert eventually(lambda: set(recorder.began) == set(names), 20)
        assert all(recorder.began[name] == 1 for name in names[1:])


def test_a_reload_keeps_the_times_of_clusters_that_stay() -> None:
    with running(["a", "b", "c"], 600.0, Recorder()) as schedule:
        before = due(schedule)
        schedule.update(["c", "a", "d"], 600.0)
        after = due(schedule)
    assert (after["a"], after["c"]) == (before["a"], before["c"])
    assert after.keys() == {"a", "c", "d"}


def test_with_another_interval_a_cluster_keeps_its_remaining_share_of_the_interval() -> None:
    with running(["a", "b", "c"], 600.0, Recorder()) as schedule:
        start, before = datetime.now(UTC), due(schedule)
        schedule.update(["a", "b", "c"], 60.0)
        after = due(schedule)
    for name in ("a", "b", "c"):
        left = ((before[name] - start) / 10).total_seconds()
        assert (after[name] - start).total_seconds() == pytest.approx(left, abs=1)


def test_reloads_that_change_the_interval_again_and_again_do_not_put_off_rounds(
    set_clock: Callable[[timedelta], None],
) -> None:
    recorder = Recorder()
    with running(["a"], 3600.0, recorder) as schedule:
        for number in range(80):
            schedule.update(["a"], 3600.0 + number % 2 * 360)
            set_clock(timedelta(seconds=180))
            begin_what_is_due(schedule, recorder)
    assert recorder.began["a"] >= 3


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
