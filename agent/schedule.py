"""When rounds begin: every cluster once an interval, the clusters spread evenly over it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

#: Seconds between the very first rounds of two clusters: soon, yet not all in one moment.
_FIRST_STEP = 0.05


class Schedule:
    """Calls `run(name)` for every cluster.

    APScheduler goes by the wall clock, so whoever notices that it was set calls `realign`.
    """

    def __init__(self, names: Sequence[str], interval: float, run: Callable[[str], None]) -> None:
        self._names = tuple(names)
        self._interval = interval
        self._run = run
        # A round waits for its probes, so there is a thread for every cluster; they are made when needed.
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(max(len(self._names), 1))},
            # A late round is still wanted, once. Whether one is under way is for the cluster to say.
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 2},
        )

    def start(self) -> None:
        """Begin: a first round of every cluster at once, then one an interval."""
        start = datetime.now(UTC)
        step = min(_FIRST_STEP, self._interval / max(len(self._names), 1))
        for index, name in enumerate(self._names):
            moment = start + timedelta(seconds=index * step)
            self._scheduler.add_job(self._run, "date", [name], run_date=moment, id=f"first:{name}")
        self._add_intervals(start)
        self._scheduler.start()

    def realign(self) -> None:
        """Plan all rounds anew from now on."""
        self._add_intervals(datetime.now(UTC))

    def stop(self) -> None:
        """Begin no more rounds; what is under way ends by itself."""
        self._scheduler.shutdown(wait=False)

    def _add_intervals(self, start: datetime) -> None:
        for index, name in enumerate(self._names):
            phase = self._interval * (index + 1) / len(self._names)
            self._scheduler.add_job(
                self._run,
                "interval",
                [name],
                seconds=self._interval,
                start_date=start + timedelta(seconds=phase),
                id=name,
                replace_existing=True,
            )
