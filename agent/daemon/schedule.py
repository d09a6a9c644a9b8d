"""When rounds start: once per interval for each cluster, spread evenly over the interval."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from apscheduler.executors.debug import DebugExecutor
from apscheduler.job import Job
from apscheduler.schedulers.background import BackgroundScheduler

from agent.daemon.interval_trigger import IntervalTrigger, spread
from agent.daemon.round_queue import RoundQueue
from agent.polling.workers import WORKERS

#: Seconds between the beginnings of two rounds at least, unless the interval has no room for that. 1,000
#: clusters are known after ten seconds, and no server gets many connections at once.
_PACE = 0.01

#: The scheduler sleeps for this share of the interval at least, and at most for so many seconds. Rounds that
#: are due meanwhile begin together: rounds that follow each other cost half of those that come one by one.
_MAX_SHARE_LATE, _MAX_SECONDS_LATE = 0.05, 1.0


class _Scheduler(BackgroundScheduler):  # type: ignore[misc]
    """Looks for jobs that are due at most once in `shortest_wait` seconds."""

    shortest_wait = 0.0

    def _process_jobs(self) -> float | None:
        wait: float | None = super()._process_jobs()
        return None if wait is None else max(wait, self.shortest_wait)


class Schedule:
    """Calls `begin(name)` for every cluster; that function must return at once.

    APScheduler uses the wall clock, so `realign` has to be called when it was set. `update` adds and
    removes clusters; those that stay keep their times.
    """

    def __init__(self, begin: Callable[[str], None]) -> None:
        self._queue = RoundQueue(begin, lambda: WORKERS.busy)
        self._planning = threading.Lock()
        self._interval = timedelta(0)
        self._scheduler = _Scheduler(
            timezone=UTC,
            # In the scheduler's own thread: a job only puts a name into the queue.
            executors={"default": DebugExecutor()},
            # A late round is still wanted, once.
            job_defaults={"misfire_grace_time": None, "coalesce": True},
        )

    def start(self) -> None:
        """Begin the rounds."""
        self._scheduler.start()
        self._queue.start()

    def update(self, names: Sequence[str], interval: float, changed: Collection[str] = ()) -> None:
        """Plan rounds of these clusters, one in `interval` seconds.

        New and changed clusters have a first round before the others have their next one. A cluster that is
        planned already keeps its time; with another interval it keeps the share of the interval that is left.
        """
        with self._planning:
            start = datetime.now(UTC)
            kept = {job.id: (job.next_run_time - start) / self._interval for job in self._jobs()}
            for name in kept.keys() - set(names):
                self._scheduler.remove_job(name)
                del kept[name]
            self._set_interval(timedelta(seconds=interval), kept, start)
            # Twice the pace at which rounds are due, so that a queue grows shorter again.
            self._queue.slowest_pace = interval / max(len(names), 1) / 2
            self._queue.pace = min(_PACE, self._queue.slowest_pace)
            self._scheduler.shortest_wait = min(_MAX_SECONDS_LATE, interval * _MAX_SHARE_LATE)
            added = [name for name in names if name not in kept]
            self._add(added, spread(list(kept.values()), len(added)), start)
            self._queue.keep(names)
            self._queue.add_first(name for name in names if name in changed or name not in kept)

    def _set_interval(self, interval: timedelta, shares: Mapping[str, float], start: datetime) -> None:
        if interval != self._interval:
            for name, share in shares.items():
                trigger = IntervalTrigger(start + share * interval, interval)
                self._scheduler.reschedule_job(name, trigger=trigger)
                if share <= 0:
                    # It is due at this moment; the new trigger begins with the next time.
                    self._queue.add(name)
        self._interval = interval

    def _add(self, names: Sequence[str], shares: Sequence[float], start: datetime) -> None:
        for index, (name, share) in enumerate(zip(names, shares, strict=True)):
            phase = share * self._interval
            if phase - timedelta(seconds=self._queue.pace) * index < self._interval / 2:
                # So soon after its first round it would only be skipped, or find nothing new.
                phase += self._interval
            trigger = IntervalTrigger(start + phase, self._interval)
            self._scheduler.add_job(self._queue.add, trigger, [name], id=name)

    def round_ended(self) -> None:
        """A round has ended."""
        self._queue.round_ended()

    def realign(self, step: float) -> None:
        """The wall clock was set by `step` seconds: move all times with it."""
        with self._planning:
            for job in self._jobs():
                trigger = IntervalTrigger(job.trigger.anchor + timedelta(seconds=step), self._interval)
                self._scheduler.reschedule_job(job.id, trigger=trigger)

    def begin_all(self) -> None:
        """Begin a round of every cluster now."""
        for job in self._jobs():
            self._queue.add(job.id)

    def _jobs(self) -> list[Job]:
        jobs: list[Job] = self._scheduler.get_jobs()
        return jobs

    def stop(self) -> None:
        """Begin no more rounds; those under way end by themselves. May be called again."""
        self._queue.stop()
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)

    def is_running(self) -> bool:
        """Whether every round still starts on time; false after `stop`."""
        thread = getattr(self._scheduler, "_thread", None)
        return thread is not None and thread.is_alive() and self._queue.is_running()
