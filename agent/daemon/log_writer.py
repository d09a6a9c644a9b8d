"""Writes log lines in its own thread, so that a log that nobody reads never blocks the program."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import TextIO

#: Most characters that wait to be written. Further lines are dropped.
_MAX_WAITING_CHARS = 4 * 1024 * 1024


class LogWriter:
    """A queue with a bound, and the thread that empties it.

    When it is full, lines are dropped and counted. When the log is read again, `dropped_line(count)` gives
    the line that says how many are missing.
    """

    def __init__(
        self, stream: TextIO, dropped_line: Callable[[int], str], max_waiting_chars: int = _MAX_WAITING_CHARS
    ) -> None:
        self._stream = stream
        self._dropped_line = dropped_line
        self._max_waiting_chars = max_waiting_chars
        self._lines: deque[str] = deque()
        self._waiting = self._dropped = 0
        #: Lines that were dropped since the start.
        self.dropped_lines = 0
        self._is_writing = False
        self._changed = threading.Condition()
        threading.Thread(target=self._run, name="log", daemon=True).start()

    def put(self, line: str) -> None:
        """Queue one line, without its newline; returns at once."""
        with self._changed:
            if self._waiting + len(line) > self._max_waiting_chars:
                self._dropped += 1
                self.dropped_lines += 1
                return
            self._lines.append(line)
            self._waiting += len(line)
            self._changed.notify_all()

    def flush(self, timeout: float) -> bool:
        """Wait at most `timeout` seconds until all lines are written; whether they are."""
        end = time.monotonic() + timeout
        with self._changed:
            while self._lines or self._is_writing:
                left = end - time.monotonic()
                if left <= 0:
                    return False
                self._changed.wait(left)
        return True

    def _run(self) -> None:
        while True:
            text = self._next()
            try:
                self._stream.write(text)
                self._stream.flush()
            except (OSError, ValueError):
                # The reader has gone, or the stream is closed. There is no other place to report that.
                pass
            with self._changed:
                self._is_writing = False
                self._changed.notify_all()

    def _next(self) -> str:
        with self._changed:
            while not self._lines:
                self._changed.wait()
            line = self._lines.popleft()
            self._waiting -= len(line)
            self._is_writing = True
            dropped = 0
            if self._dropped and not self._lines:
                dropped, self._dropped = self._dropped, 0
        text = f"{line}\n"
        return f"{text}{self._dropped_line(dropped)}\n" if dropped else text
