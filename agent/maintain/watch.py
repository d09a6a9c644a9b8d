"""`watch`: repeats the update, for a job that publishes bundles."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable

from agent.maintain.source_tree import MaintainError


def watch(update: Callable[[], list[str]], wait: Callable[[], bool]) -> None:
    """Run the update, then again after each `wait()`, until `wait` returns True.

    An update that fails is reported on standard error and changes nothing; the next one tries again. The same
    error is reported once.
    """
    last_error = ""
    while True:
        try:
            lines, error = update(), ""
        except (MaintainError, OSError) as cause:
            lines, error = [], str(cause)
        if error != last_error:
            sys.stderr.write(f"{error or 'the module proxy answers again'}\n")
        last_error = error
        sys.stdout.write("".join(f"{line}\n" for line in lines))
        sys.stdout.flush()
        if wait():
            return


def stopped_by_signals() -> threading.Event:
    """An event that SIGTERM or SIGINT sets."""
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    return stopped
