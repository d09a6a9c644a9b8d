"""When the rounds of one cluster begin, and how clusters are spread over the interval: plain arithmetic."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from datetime import datetime, timedelta

from apscheduler.triggers.base import BaseTrigger


class IntervalTrigger(BaseTrigger):  # type: ignore[misc]
    """Fires at `anchor` and once an interval after it.

    APScheduler's own trigger steps through every run that was missed: after a jump of the clock by years
    these are millions for each cluster. Here the time after a jump is calculated; missed runs count as one.
    """

    def __init__(self, anchor: datetime, interval: timedelta) -> None:
        self.anchor = anchor
        self.interval = interval

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime:
        """The first time after both `previous` and `now`."""
        after = now if previous is None else max(previous, now)
        if after < self.anchor:
            return self.anchor
        return self.anchor + ((after - self.anchor) // self.interval + 1) * self.interval


def spread(taken: Sequence[float], count: int) -> list[float]:
    """Places for `count` more clusters on a circle of length 1, evenly in the widest gaps between `taken`."""
    if not taken:
        return [(number + 1) / count for number in range(count)]
    places = sorted(place % 1 for place in taken)
    ends = [*places[1:], places[0] + 1]
    # The width that a gap's parts have, its beginning, its width, and in how many parts it is divided.
    gaps = [(start - end, start, end - start, 1) for start, end in zip(places, ends, strict=True)]
    heapq.heapify(gaps)
    for _ in range(count):
        _, start, width, parts = gaps[0]
        heapq.heapreplace(gaps, (-width / (parts + 1), start, width, parts + 1))
    return [
        (start + width * number / parts) % 1 for _, start, width, parts in gaps for number in range(1, parts)
    ]
