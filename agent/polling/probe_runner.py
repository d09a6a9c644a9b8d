"""Runs the probe of one target: one run at a time, with a deadline; errors become values."""

from __future__ import annotations

import logging
import threading
import time
import traceback
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass

from agent.config.redaction import Redactor
from agent.model.observation import Facts, Failure, Instant
from agent.model.vocabulary import Reason
from agent.polling.bounds import bounded, bounded_failure
from agent.polling.clock import now
from agent.polling.redaction import redacted
from agent.polling.targets import ProbeSpec
from agent.polling.workers import WORKERS, Task
from agent.probes import Probe, ProbeError, open_probe
from agent.probes.transport.secrets import remembering

log = logging.getLogger(__name__)

#: A second caller shares a running probe that was given at least this share of the caller's own timeout.
_MIN_SHARE_GIVEN = 0.9

#: Secrets of one target that are remembered: those of its last connections, while they rotate.
_SECRETS = 32


@dataclass(frozen=True)
class Attempt:
    """One attempt to read a target: its facts, or why it failed. `duration` is in seconds."""

    at: Instant
    duration: float
    result: Facts | Failure


class Runner:
    """Owns the probe of one target.

    A thread runs while a probe is under way, and no second one for the same target. Callers that come
    meanwhile share its answer if they would give it no more time; the others wait for its end and probe
    again. So no caller cuts another one short. A probe that outlives its deadline is left behind; until it
    ends, further attempts fail.
    """

    def __init__(self, spec: ProbeSpec) -> None:
        self.spec = spec
        self._probe: Probe | None = None
        self._lock = threading.Lock()
        self._current: Future[Attempt] | None = None
        self._given = self._deadline = 0.0
        self._is_closed = False
        self._redactor = Redactor(_SECRETS)
        #: The last facts as the probe reported them, with the secrets known then, and what became of them.
        self._reported: tuple[tuple[Facts, int], Facts] | None = None

    def start(self, timeout: float, run: Callable[[Task], None] | None = None) -> Future[Attempt]:
        """Start to probe for `timeout` seconds, or join the running probe; always returns at once.

        `run` starts the work, if there is any, and raises RuntimeError if it cannot; else a thread of its
        own does.
        """
        with self._lock:
            under_way = self._current
            if under_way is not None and not under_way.done():
                return self._join(under_way, timeout)
            future = self._current = Future[Attempt]()
            self._given, self._deadline = timeout, time.monotonic() + timeout
            deadline = self._deadline
        try:
            (run or WORKERS.run)(lambda: self._run(future, deadline))
        except RuntimeError as error:
            # The system has no thread left. It may have one the next time, so the target is tried again.
            future.set_result(_attempt(Failure(Reason.INTERNAL_ERROR, f"the probe could not start: {error}")))
        return future

    def _join(self, under_way: Future[Attempt], timeout: float) -> Future[Attempt]:
        left, enough = self._deadline - time.monotonic(), timeout * _MIN_SHARE_GIVEN
        if left >= enough:
            return under_way
        if left <= 0:
            self._abort()
            if self._given >= enough or -left >= timeout:
                return _finished(Failure(Reason.TIMEOUT, "the probe before this one has not ended yet"))
        return self._after(under_way, timeout, shares=self._given >= enough)

    def overrun(self, future: Future[Attempt]) -> None:
        """The caller's time has ended: let the probe end its read, unless others gave it more time."""
        with self._lock:
            if not future.done() and time.monotonic() >= self._deadline:
                self._abort()

    def close(self) -> None:
        """Give up the connection; a probe under way does so when it ends."""
        with self._lock:
            self._is_closed = True
            self._close_if_unused()

    def _ended(self, future: Future[Attempt]) -> None:
        with self._lock:
            # Another caller may have begun the next probe at once.
            if self._current is future:
                self._current = None
            self._close_if_unused()

    def _close_if_unused(self) -> None:
        is_idle = self._current is None or self._current.done()
        if self._probe is not None and self._is_closed and is_idle:
            self._probe.close()

    def _after(self, under_way: Future[Attempt], timeout: float, *, shares: bool) -> Future[Attempt]:
        """The answer of the probe under way if `shares` and in time; else that of the next probe."""
        end = time.monotonic() + timeout
        shared: Future[Attempt] = Future()

        def ended(first: Future[Attempt]) -> None:
            result, left = first.result().result, end - time.monotonic()
            is_late = isinstance(result, Failure) and result.reason is Reason.TIMEOUT
            if (is_late or not shares) and left > 0:
                self.start(left).add_done_callback(lambda second: shared.set_result(second.result()))
            else:
                shared.set_result(first.result())

        under_way.add_done_callback(ended)
        return shared

    def _abort(self) -> None:
        # Under the lock: the next probe must not begin before this one is asked to end.
        if self._probe is not None:
            self._probe.abort()

    def _run(self, future: Future[Attempt], deadline: float) -> None:
        at, began = now(), time.monotonic()
        result = self._read(max(deadline - began, 0.001))
        future.set_result(Attempt(at, time.monotonic() - began, result))
        self._ended(future)

    def _read(self, timeout: float) -> Facts | Failure:
        """What the probe reports, without the secrets that it has sent: a target may echo them."""
        with remembering(self._redactor):
            reported = self._read_as_reported(timeout)
        if isinstance(reported, Failure):
            return bounded_failure(redacted(reported, self._redactor))
        # A target nearly always reports the same as before, and masking costs more than comparing.
        key = reported, self._redactor.changes
        if self._reported is None or self._reported[0] != key:
            # In this order: a secret that is cut in the middle could not be recognized.
            self._reported = key, bounded(redacted(reported, self._redactor))
        return self._reported[1]

    def _read_as_reported(self, timeout: float) -> Facts | Failure:
        try:
            if self._probe is None:
                self._probe = open_probe(self.spec.kind, self.spec.settings, *self.spec.asks)
            return self._probe.read(timeout)
        except ProbeError as error:
            return error.failure
        except Exception as error:
            trace = self._redactor.mask("".join(traceback.format_exception(error)))
            fields = {"target": str(self.spec.target), "exception": trace}
            log.error("probe failed with an unexpected error", extra=fields)
            return Failure(Reason.INTERNAL_ERROR, f"{type(error).__name__}; the log has more")


def _attempt(failure: Failure) -> Attempt:
    return Attempt(now(), 0.0, failure)


def _finished(failure: Failure) -> Future[Attempt]:
    future: Future[Attempt] = Future()
    future.set_result(_attempt(failure))
    return future
