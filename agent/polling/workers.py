"""Threads for rounds and probes. A thread that has finished its task takes the next one.

Starting a thread costs as much as a short probe. The number of threads has no limit here: a task may hang in
a driver, and others must not wait for it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue

Task = Callable[[], None]

#: Threads that wait for a task. More than these end when they have finished.
MAX_IDLE = 32

#: Seconds for which a thread waits for a task.
_IDLE_TIME = 30.0


class Workers:
    """Runs each task at once in a thread of its own, an idle one if there is one."""

    def __init__(self, max_idle: int = MAX_IDLE, idle_time: float = _IDLE_TIME) -> None:
        self._max_idle = max_idle
        self._idle_time = idle_time
        self._lock = threading.Lock()
        self._idle: list[SimpleQueue[Task]] = []
        #: How many threads run a task.
        self.busy = 0

    def run(self, task: Task) -> None:
        """Start the task and return. It must not raise.

        Raises:
            RuntimeError: the system has no thread left.
        """
        with self._lock:
            waiting = self._idle.pop() if self._idle else None
            self.busy += 1
        if waiting is not None:
            waiting.put(task)
            return
        try:
            # A daemon thread: a driver that hangs must not keep the process from ending.
            threading.Thread(target=self._work, args=(task,), name="worker", daemon=True).start()
        except RuntimeError:
            with self._lock:
                self.busy -= 1
            raise

    def _work(self, task: Task | None) -> None:
        tasks: SimpleQueue[Task] = SimpleQueue()
        while task is not None:
            task()
            # Else the task of before lives on while this thread waits.
            task = None
            task = self._next(tasks)

    def _next(self, tasks: SimpleQueue[Task]) -> Task | None:
        """The next task; None if none comes, or enough other threads wait."""
        with self._lock:
            self.busy -= 1
            if len(self._idle) >= self._max_idle:
                return None
            self._idle.append(tasks)
        try:
            return tasks.get(timeout=self._idle_time)
        except Empty:
            with self._lock:
                if tasks in self._idle:
                    self._idle.remove(tasks)
                    return None
        # Somebody took this thread at the last moment, so its task is on the way.
        return tasks.get()


#: The threads of this process.
WORKERS = Workers()
