"""Runs the probe of one target: one at a time, under a deadline, its errors turned into values."""

from __future__ import annotations

import logging
import threading
import time
from concurrent.futures import Future
from dataclasses import dataclass

from agent.observation import Facts, Failure, Instant
from agent.probes import Probe, ProbeError, open_probe
from agent.targets import ProbeSpec
from agent.vocabulary import Reason

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Attempt:
    """One attempt at a target: what it brought, or why it failed. `duration` is in seconds."""

    at: Instant
    duration: float
    result: Facts | Failure


class Runner:
    """Owns the probe of one target.

    A thread runs while a probe is under way, and no second one for the same target: who asks
    meanwhile shares the first one's answer. A probe that outlives its deadline is left behind; until it
    ends, every further attempt fails at once.
    """

    def __init__(self, spec: ProbeSpec) -> None:
        self.spec = spec
        self._probe: Probe | None = None
        self._lock = threading.Lock()
        self._current: Future[Attempt] | None = None
        self._deadline = 0.0

    def start(self, timeout: float) -> Future[Attempt]:
        """Begin to probe, or join the probe that is under way; always returns at once."""
        with self._lock:
            if self._current is not None and not self._current.done():
                if time.monotonic() < self._deadline:
                    return self._current
                return _finished(Failure(Reason.TIMEOUT, "the probe before this one has not ended yet"))
            future: Future[Attempt] = Future()
            self._current = future
            self._deadline = time.monotonic() + timeout
        # A daemon thread: what hangs in a driver must not keep the process from ending.
        name = f"probe-{self.spec.target.role}-{self.spec.target.endpoint}"
        threading.Thread(target=self._run, args=(future, timeout), name=name, daemon=True).start()
        return future

    def overrun(self, future: Future[Attempt]) -> None:
        """The caller's patience has ended: let the probe end its read, if it can."""
        if self._probe is not None and not future.done():
            self._probe.abort()

    def close(self) -> None:
        """Give up the connection, unless a probe that hangs holds it."""
        with self._lock:
            idle = self._current is None or self._current.done()
        if self._probe is not None and idle:
            self._probe.close()

    def _run(self, future: Future[Attempt], timeout: float) -> None:
        at = Instant(time.time(), time.monotonic())
        result = self._read(timeout)
        future.set_result(Attempt(at, time.monotonic() - at.mono, result))

    def _read(self, timeout: float) -> Facts | Failure:
        try:
            if self._probe is None:
                self._probe = open_probe(self.spec.kind, self.spec.settings)
            return self._probe.read(timeout)
        except ProbeError as error:
            return error.failure
        except Exception as error:
            log.exception("probe failed in an unexpected way", extra={"target": str(self.spec.target)})
            return Failure(Reason.INTERNAL_ERROR, f"{type(error).__name__}; the log has more")


def _finished(failure: Failure) -> Future[Attempt]:
    future: Future[Attempt] = Future()
    future.set_result(Attempt(Instant(time.time(), time.monotonic()), 0.0, failure))
    return future
