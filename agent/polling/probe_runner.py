"""Runs the probe of one target: one run at a time, with a deadline; errors become values."""

from __future__ import annotations

import logging
import threading
import time
from concurrent.futures import Future
from dataclasses import dataclass

from agent.model.observation import Facts, Failure, Instant
from agent.model.vocabulary import Reason
from agent.polling.targets import ProbeSpec
from agent.probes import Probe, ProbeError, open_probe

log = logging.getLogger(__name__)

#: A second caller shares a running probe if at least this share of the caller's own timeout is left to it.
_MIN_SHARE_LEFT = 0.9


@dataclass(frozen=True)
class Attempt:
    """One attempt to read a target: its facts, or why it failed. `duration` is in seconds."""

    at: Instant
    duration: float
    result: Facts | Failure


class Runner:
    """Owns the probe of one target.

    A running probe has one thread, and there is never a second one for the same target. A caller who comes in
    the meantime shares its answer; neither caller shortens the other's timeout. A probe that exceeds its
    deadline is left behind; until it ends, every further attempt fails at once.
    """

    def __init__(self, spec: ProbeSpec) -> None:
        self.spec = spec
        self._probe: Probe | None = None
        self._lock = threading.Lock()
        self._current: Future[Attempt] | None = None
        self._deadline = 0.0

    def start(self, timeout: float) -> Future[Attempt]:
        """Start to probe for `timeout` seconds, or join the running probe; always returns at once."""
        with self._lock:
            under_way, left = self._current, self._deadline - time.monotonic()
            if under_way is None or under_way.done():
                under_way, future = None, Future[Attempt]()
                self._current, self._deadline = future, time.monotonic() + timeout
        if under_way is None:
            self._begin(future, timeout)
            return future
        if left <= 0:
            self._abort()
            return _finished(Failure(Reason.TIMEOUT, "the previous probe is still running"))
        return under_way if left >= timeout * _MIN_SHARE_LEFT else self._after(under_way, timeout)

    def overrun(self, future: Future[Attempt]) -> None:
        """The caller's timeout has passed: abort the read, unless another caller gave it more time."""
        if not future.done() and time.monotonic() >= self._deadline:
            self._abort()

    def close(self) -> None:
        """Close the connection, unless a probe that hangs uses it."""
        with self._lock:
            idle = self._current is None or self._current.done()
        if self._probe is not None and idle:
            self._probe.close()

    def _begin(self, future: Future[Attempt], timeout: float) -> None:
        # A daemon thread: a driver that hangs must not keep the process from ending.
        name = f"probe-{self.spec.target.role}-{self.spec.target.endpoint}"
        try:
            threading.Thread(target=self._run, args=(future, timeout), name=name, daemon=True).start()
        except RuntimeError as error:
            # The system has no thread left. It may have one the next time, so the target is tried again.
            future.set_result(_attempt(Failure(Reason.INTERNAL_ERROR, f"the probe could not start: {error}")))

    def _after(self, under_way: Future[Attempt], timeout: float) -> Future[Attempt]:
        """The answer of a running probe with less time; if it times out, the answer of another probe."""
        end = time.monotonic() + timeout
        shared: Future[Attempt] = Future()

        def ended(first: Future[Attempt]) -> None:
            result, left = first.result().result, end - time.monotonic()
            if isinstance(result, Failure) and result.reason is Reason.TIMEOUT and left > 0:
                self.start(left).add_done_callback(lambda second: shared.set_result(second.result()))
            else:
                shared.set_result(first.result())

        under_way.add_done_callback(ended)
        return shared

    def _abort(self) -> None:
        if self._probe is not None:
            self._probe.abort()

    def _run(self, future: Future[Attempt], timeout: float) -> None:
        at = Instant(time.time(), time.monotonic())
        result = self._read(timeout)
        future.set_result(Attempt(at, time.monotonic() - at.mono, result))

    def _read(self, timeout: float) -> Facts | Failure:
        try:
            if self._probe is None:
                self._probe = open_probe(self.spec.kind, self.spec.settings, *self.spec.asks)
            return self._probe.read(timeout)
        except ProbeError as error:
            return error.failure
        except Exception as error:
            log.exception("probe failed with an unexpected error", extra={"target": str(self.spec.target)})
            return Failure(Reason.INTERNAL_ERROR, f"{type(error).__name__}; the log has more")


def _attempt(failure: Failure) -> Attempt:
    return Attempt(Instant(time.time(), time.monotonic()), 0.0, failure)


def _finished(failure: Failure) -> Future[Attempt]:
    future: Future[Attempt] = Future()
    future.set_result(_attempt(failure))
    return future
