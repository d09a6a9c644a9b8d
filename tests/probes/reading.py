"""How the tests read: as a round does, with errors as values and a deadline from outside."""

from __future__ import annotations

import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from agent.model.observation import Facts, Failure
from agent.probes import Probe, ProbeError


def read(probe: Probe, timeout: float = 2.0) -> Facts | Failure:
    try:
        return probe.read(timeout)
    except ProbeError as error:
        return error.failure


def facts(probe: Probe, timeout: float = 2.0) -> Facts:
    result = read(probe, timeout)
    assert isinstance(result, Facts), result
    return result


def failure(probe: Probe, timeout: float = 2.0) -> Failure:
    result = read(probe, timeout)
    assert isinstance(result, Failure), result
    return result


@contextmanager
def within(seconds: float) -> Iterator[None]:
    began = time.monotonic()
    yield
    took = time.monotonic() - began
    assert took < seconds, f"took {took:.2f} s"


def read_until_aborted(probe: Probe, timeout: float, grace: float = 2.0) -> Facts | Failure | None:
    """Read in a thread and abort after the deadline; None if the read goes on all the same."""
    results: list[Facts | Failure] = []
    thread = threading.Thread(target=lambda: results.append(read(probe, timeout)), daemon=True)
    thread.start()
    thread.join(timeout * 1.2)
    probe.abort()
    thread.join(grace)
    return results[0] if results else None


def peak_of(work: Callable[[], object]) -> int:
    """The most memory, in bytes, that this work held beyond what was held before."""
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        work()
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()
