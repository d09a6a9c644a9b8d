"""Many rounds with failures, reloads and readers: memory, threads and descriptors stay as they are."""

from __future__ import annotations

import gc
import os
import random
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from agent.config import Config, load_config
from agent.daemon.fleet import Fleet
from agent.metrics.exposition import OPENMETRICS, PLAIN
from agent.web.scrapes import Exposition
from tests.building import MATRIX
from tests.faults.catalog import FAULTS
from tests.faults.healthy import cluster_with, healthy
from tests.faults.relay import Relay, healthy_path
from tests.fleets import cluster, frontend, write_config
from tests.web.samples import STATE

#: Kinds of targets with a fault now and then, each in a cluster of its own.
_FAULTY = ("temporal_http", "temporal_metrics", "mysql", "cassandra", "kafka", "zookeeper", "grafana")
_HEALTHY = 20
#: Faults that end a read at once. Those that hang for all of a round's time would make the run take days.
_FAULTS = (
    *("closes each connection at once", "resets each connection at once", "hangs up instead of an answer"),
    *("resets instead of an answer", "hangs up in the middle of an answer", "a version without digits"),
    *("resets in the middle of an answer", "hangs up before the last byte"),
)
#: In every so many steps a fault begins or ends, a configuration is loaded again, readers read.
_FAULT_EVERY, _RELOAD_EVERY, _READ_EVERY = 3, 25, 5
#: What there may be more of at the end than after the first third: bytes of memory, threads, descriptors.
_MORE = (25_000_000, 5, 10)


@dataclass(frozen=True)
class Usage:
    memory: int
    threads: int
    descriptors: int


def _usage() -> Usage:
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    descriptors = len(os.listdir("/proc/self/fd"))
    return Usage(pages * os.sysconf("SC_PAGE_SIZE"), threading.active_count(), descriptors)


@pytest.mark.parametrize("rounds", [600, pytest.param(100_000, marks=pytest.mark.full)])
def test_memory_threads_and_descriptors_are_flat(rounds: int, tmp_path: Path) -> None:
    with _endurance(tmp_path) as endurance:
        endurance.run(rounds // 3)
        before = _usage()
        endurance.run(rounds - rounds // 3)
        after = _usage()
    assert endurance.failures > rounds // 100
    assert after.memory - before.memory < _MORE[0], (before, after)
    assert after.threads - before.threads <= _MORE[1], (before, after)
    assert after.descriptors - before.descriptors <= _MORE[2], (before, after)


def _setting(event: threading.Event) -> Callable[[float], None]:
    return lambda _seconds: event.set()


class Endurance:
    """A fleet on real sockets, some of whose targets fail again and again."""

    def __init__(self, configs: tuple[Config, Config], relays: list[Relay]) -> None:
        self.failures = 0
        self._configs = configs
        self._relays = relays
        self._chance = random.Random(14)
        self._exposition = Exposition()
        self._loaded = 0
        self._steps = 0
        self._fleet = Fleet(configs[0], MATRIX)

    def run(self, rounds: int) -> None:
        """At least so many rounds, all clusters side by side."""
        done = 0
        while done < rounds:
            self._steps += 1
            if self._steps % _FAULT_EVERY == 0:
                self._change_a_fault()
            done += self._round()
            if self._steps % _READ_EVERY == 0:
                self._read()
            if self._steps % _RELOAD_EVERY == 0:
                self._reload()

    def close(self) -> None:
        self._fleet.close()

    def _round(self) -> int:
        entries = list(self._fleet.entries.values())
        ended = [threading.Event() for _ in entries]
        for entry, event in zip(entries, ended, strict=True):
            assert entry.begin(_setting(event))
        assert all(event.wait(30) for event in ended)
        for entry in entries:
            # The event comes from within the round's thread.
            with entry._busy:
                self.failures += any(o.failure for o in entry.snapshot.observations)
            if entry.name.startswith("healthy"):
                assert not any(o.failure for o in entry.snapshot.observations), entry.name
        return len(entries)

    def _change_a_fault(self) -> None:
        fault = self._chance.choice(_FAULTS)
        use = FAULTS[fault]() if self._chance.random() < 0.7 else healthy_path
        self._chance.choice(self._relays).use(use)

    def _read(self) -> None:
        snapshots = self._fleet.snapshots()
        forms = (PLAIN, OPENMETRICS)
        readers = [
            threading.Thread(target=self._exposition.metrics, args=(STATE, snapshots, form)) for form in forms
        ]
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join()

    def _reload(self) -> None:
        """By turns with one cluster less, so that connections are kept, given up and made."""
        self._loaded += 1
        before, config = self._fleet, self._configs[self._loaded % 2]
        self._fleet = Fleet(config, MATRIX, before)
        before.close(keep=self._fleet)


@contextmanager
def _endurance(folder: Path) -> Iterator[Endurance]:
    with ExitStack() as stack:
        server = stack.enter_context(frontend())
        relays = [stack.enter_context(Relay(stack.enter_context(healthy(kind)))) for kind in _FAULTY]
        clusters = [
            cluster_with(kind, folder, relay.port, server.address)
            for kind, relay in zip(_FAULTY, relays, strict=True)
        ]
        clusters += [cluster(folder, f"healthy-{number}", server.address) for number in range(_HEALTHY)]
        times = {"interval": "60s", "timeout": "20s", "max_age": "120s"}
        both = tuple(
            load_config(write_config(folder, chosen, **times)) for chosen in (clusters, clusters[1:])
        )
        endurance = Endurance((both[0], both[1]), relays)
        stack.callback(endurance.close)
        yield endurance
