"""Clusters whose round is due. Rounds begin one after another, however many are due at once."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection, Iterable

log = logging.getLogger(__name__)

#: With more threads at work than these, the next round waits. Where the processor is too slow for the pace,
#: each round under way makes the others slower, until all of them time out.
_MAX_BUSY = 16


class RoundQueue:
    """Calls `begin(name)`, which has to return at once, for every cluster that is due.

    A cluster is in the queue once at most. Clusters that wait for their first round go before the others, in
    the order in which they came.
    """

    def __init__(self, begin: Callable[[str], None], busy: Callable[[], int]) -> None:
        """`busy`: how many threads run rounds and probes."""
        self._begin = begin
        self._busy = busy
        #: Seconds between the beginnings of two rounds, unless a round ends sooner; and at most, where many
        #: threads are busy.
        self.pace = self.slowest_pace = 0.0
        # Dictionaries in place of sets: they keep the order.
        self._first: dict[str, None] = {}
        self._due: dict[str, None] = {}
        self._changed = threading.Condition()
        self._stopped = threading.Event()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="rounds", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Begin no more rounds."""
        self._stopped.set()
        self._ended.set()
        with self._changed:
            self._changed.notify_all()

    def is_running(self) -> bool:
        return self._thread.is_alive() and not self._stopped.is_set()

    def round_ended(self) -> None:
        """A round has ended: another one may begin sooner than the pace says, while caches are warm."""
        self._ended.set()

    def add(self, name: str) -> None:
        """Begin a round of this cluster."""
        with self._changed:
            if name not in self._first:
                self._due[name] = None
            self._changed.notify_all()

    def add_first(self, names: Iterable[str]) -> None:
        """Begin the first rounds of these clusters, before the rounds of the others."""
        with self._changed:
            for name in names:
                self._due.pop(name, None)
                self._first[name] = None
            self._changed.notify_all()

    def keep(self, names: Collection[str]) -> None:
        """Begin no rounds of other clusters than these."""
        with self._changed:
            for waiting in (self._first, self._due):
                for name in waiting.keys() - set(names):
                    del waiting[name]

    def _run(self) -> None:
        try:
            while (name := self._next()) is not None:
                began, is_first = time.monotonic(), bool(self._first)
                self._ended.clear()
                self._begin(name)
                # First rounds log in, so they never begin sooner.
                (self._stopped if is_first else self._ended).wait(self.pace)
                slowest = self.slowest_pace * (2 if is_first else 1)
                while self._busy() > _MAX_BUSY and time.monotonic() < began + slowest:
                    self._stopped.wait(self.pace)
        except BaseException:
            log.exception("no more rounds begin")

    def _next(self) -> str | None:
        """Waits for a cluster that is due; None once it was stopped."""
        with self._changed:
            while not (self._first or self._due or self._stopped.is_set()):
                self._changed.wait()
            if self._stopped.is_set():
                return None
            waiting = self._first or self._due
            name = next(iter(waiting))
            del waiting[name]
            return name
