"""When rounds start: once per interval for each cluster, spread evenly over the interval."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

log = logging.getLogger(__name__)

#: Seconds between the first rounds of two clusters, so that they do not all start at one moment.
_FIRST_STEP = 0.05


class Schedule:
    """Calls `begin(name)` for every cluster; that function must return at once.

    APScheduler uses the wall clock, so call `realign` when the clock was changed.
    """

    def __init__(self, names: Sequence[str], interval: float, begin: Callable[[str], None]) -> None:
        self._names = tuple(names)
        self._interval = interval
        self._begin = begin
        self._first_step = min(_FIRST_STEP, interval / max(len(self._names), 1))
        self._stopped = threading.Event()
        self._has_failed = False
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(1)},
            # A late round is still wanted, once.
            job_defaults={"misfire_grace_time": None, "coalesce": True},
        )

    def start(self) -> None:
        """Start: one round of every cluster right away, then one per interval."""
        self._plan(first_rounds=True)
        self._scheduler.start()
        threading.Thread(target=self._first_rounds, name="first-rounds", daemon=True).start()

    def realign(self) -> None:
        """Reschedule all rounds from now on."""
        self._plan(first_rounds=False)

    def _plan(self, *, first_rounds: bool) -> None:
        start = datetime.now(UTC)
        for index, name in enumerate(self._names):
            phase = self._interval * (index + 1) / len(self._names)
            if first_rounds and phase - self._first_step * index < self._interval / 2:
                # This soon after the first round it would be skipped, or would read nothing new.
                phase += self._interval
            self._scheduler.add_job(
                self._begin,
                "interval",
                [name],
                seconds=self._interval,
                start_date=start + timedelta(seconds=phase),
                id=name,
                replace_existing=True,
            )

    def stop(self) -> None:
        """Start no more rounds; running ones end by themselves. May be called again."""
        if not self._stopped.is_set():
            self._stopped.set()
            self._scheduler.shutdown(wait=False)

    def is_running(self) -> bool:
        """Whether every round still starts on time; false after `stop`."""
        thread = getattr(self._scheduler, "_thread", None)
        is_alive = thread is not None and thread.is_alive()
        return is_alive and not self._stopped.is_set() and not self._has_failed

    def _first_rounds(self) -> None:
        try:
            for name in self._names:
                if self._stopped.is_set():
                    return
                self._begin(name)
                self._stopped.wait(self._first_step)
        except BaseException:
            self._has_failed = True
            log.exception("first rounds failed")
