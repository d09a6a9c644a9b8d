"""Signals that are kept until somebody handles them."""

from __future__ import annotations

import signal
from queue import SimpleQueue
from types import FrameType


class Signals:
    """The signals that came, in their order. Only the main thread can make one."""

    def __init__(self) -> None:
        self._came: SimpleQueue[int] = SimpleQueue()

    def catch(self, *numbers: signal.Signals) -> None:
        """From now on keep these signals in place of what they do by default."""
        for number in numbers:
            signal.signal(number, self._handle)

    def get(self, timeout: float) -> int:
        """The next signal; waits `timeout` seconds for it. Raises `queue.Empty`."""
        return self._came.get(timeout=timeout)

    def _handle(self, number: int, _frame: FrameType | None) -> None:
        # A handler may interrupt this queue's `put`, but no event's `set`.
        self._came.put(number)


def hold_hangups() -> Signals:
    """For a command that serves: SIGHUP waits from now on, so that it does not end a process that begins."""
    signals = Signals()
    signals.catch(signal.SIGHUP)
    return signals
