"""The clocks: the time of day, and a clock for ages that nobody can set."""

from __future__ import annotations

import sys
import time

from agent.model.observation import Instant

if sys.platform == "linux":

    def uptime() -> float:
        """Seconds since a fixed moment, including the time in which the machine was suspended.

        `time.monotonic` stops during a suspend, so an old observation would still look young after it
        (clock_gettime(2), CLOCK_BOOTTIME).
        """
        return time.clock_gettime(time.CLOCK_BOOTTIME)

else:
    uptime = time.monotonic


def now() -> Instant:
    """This moment on both clocks."""
    return Instant(time.time(), uptime())
