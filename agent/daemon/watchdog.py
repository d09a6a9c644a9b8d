"""The threads that the process cannot work without, and whether they still run."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

log = logging.getLogger(__name__)


class Part:
    """One thread that must run until the process ends; `error` says why it ended too early."""

    def __init__(self, name: str, work: Callable[[], object]) -> None:
        self.name = name
        self.error = ""
        self._work = work
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def _run(self) -> None:
        try:
            self._work()
        except BaseException as error:
            self.error = f"{type(error).__name__}: {error}"
            log.exception("a thread of the program failed", extra={"part": self.name})

    def start(self) -> None:
        self._thread.start()

    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def join(self, timeout: float) -> None:
        """Wait until it has ended, at most `timeout` seconds."""
        self._thread.join(timeout)
