"""Times of rounds by arithmetic: missed runs cost nothing, and clusters are spread evenly."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from apscheduler.job import Job
from apscheduler.schedulers.background import BackgroundScheduler

from agent.daemon.interval_trigger import IntervalTrigger, spread

START = datetime(2000, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize("jump", [timedelta(days=1), timedelta(days=26 * 365), timedelta(days=900 * 365)])
def test_a_job_has_one_run_however_many_it_missed(jump: timedelta) -> None:
    trigger = IntervalTrigger(START, SECOND)
    scheduler = BackgroundScheduler(timezone=UTC)
    job = scheduler.add_job(print, trigger, id="a", next_run_time=START)
    assert isinstance(job, Job)
    now = START + jump + SECOND / 3
    assert job._get_run_times(now) == [START]
    assert trigger.get_next_fire_time(START, now) == START + jump + SECOND


def test_runs_come_once_an_interval_from_the_anchor_on() -> None:
    trigger = IntervalTrigger(START, SECOND)
    assert trigger.get_next_fire_time(None, START - 5 * SECOND) == START
    assert trigger.get_next_fire_time(START, START) == START + SECOND
    # A run that comes early, after the clock was set back, is not repeated.
    assert trigger.get_next_fire_time(START + SECOND, START) == START + 2 * SECOND


@pytest.mark.parametrize("count", [1, 2, 7, 100])
def test_clusters_that_come_together_are_spread_evenly(count: int) -> None:
    assert gaps(spread([], count)) == pytest.approx([1 / count] * count)


@pytest.mark.parametrize("taken", [[0.1], [0.0, 0.5], [1.25, -0.25, 0.3]])
def test_clusters_that_come_later_take_the_widest_gaps(taken: list[float]) -> None:
    together = [place % 1 for place in taken] + spread(taken, 9)
    assert len(together) == len(taken) + 9
    widths = gaps(together)
    assert max(widths) < 2 * min(widths) + 1e-9


def test_no_cluster_more_needs_no_place() -> None:
    assert spread([], 0) == spread([0.5], 0) == []


def gaps(places: list[float]) -> list[float]:
    ordered = sorted(place % 1 for place in places)
    return [after - before for before, after in pairwise([*ordered, ordered[0] + 1])]
