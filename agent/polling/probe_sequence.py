"""The probes of one round: one after another in one thread, and side by side once one of them takes long.

A hand-over from thread to thread costs as much as a short probe.
"""

from __future__ import annotations

import threading
from collections import deque

from agent.polling.workers import WORKERS, Task


class ProbeSequence:
    """Runs its tasks in the order in which they are added, in one thread. A task must not raise."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: deque[Task] = deque()
        self._has_thread = False

    def run(self, task: Task) -> None:
        """Run this task after those that were added before; returns at once.

        Raises:
            RuntimeError: the system has no thread left.
        """
        with self._lock:
            self._waiting.append(task)
            if self._has_thread:
                return
            try:
                WORKERS.run(self._work)
            except RuntimeError:
                self._waiting.remove(task)
                raise
            self._has_thread = True

    def spread(self) -> None:
        """Give each task that waits a thread of its own. The task under way may hang."""
        while (task := self._next()) is not None:
            try:
                WORKERS.run(task)
            except RuntimeError:
                # The thread of the sequence runs it, if the task under way ever ends.
                with self._lock:
                    self._waiting.appendleft(task)
                return

    def _next(self) -> Task | None:
        with self._lock:
            return self._waiting.popleft() if self._waiting else None

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._waiting:
                    self._has_thread = False
                    return
                task = self._waiting.popleft()
            task()
