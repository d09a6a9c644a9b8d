"""A resolver that hangs holds nobody beyond the deadline, and costs a bounded number of threads."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from agent.model.vocabulary import Reason
from agent.probes import ProbeError
from agent.probes.transport.resolver import Resolver
from agent.probes.transport.sockets import places
from tests.probes.reading import within


class Hang:
    """Stands for a name server that never answers."""

    def __init__(self) -> None:
        self.let_go = threading.Event()
        self.calls = 0

    def __call__(self, *_arguments: Any, **_options: Any) -> list[Any]:
        self.calls += 1
        self.let_go.wait(20)
        return []


@pytest.fixture
def hang(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hang]:
    hang = Hang()
    monkeypatch.setattr(socket, "getaddrinfo", hang)
    yield hang
    hang.let_go.set()
    for thread in threading.enumerate():
        if thread.name == "resolver":
            thread.join(10)


def soon() -> float:
    return time.monotonic() + 0.05


def test_a_lookup_that_hangs_is_a_timeout_at_the_deadline(hang: Hang) -> None:
    with within(1.0), pytest.raises(ProbeError) as caught:
        places("name.invalid", 7233, soon())
    assert caught.value.failure.reason is Reason.TIMEOUT
    assert "resolver" in caught.value.failure.text


def test_a_name_has_one_lookup_under_way_however_often_it_is_wanted(hang: Hang) -> None:
    resolver, before = Resolver(limit=8), threading.active_count()
    for _ in range(20):
        with pytest.raises(TimeoutError):
            resolver.resolve("name.invalid", 7233, soon())
    assert hang.calls == 1
    assert threading.active_count() == before + 1


def test_all_names_together_have_a_bounded_number_of_threads(hang: Hang) -> None:
    resolver, before = Resolver(limit=4), threading.active_count()
    for number in range(10):
        with pytest.raises(TimeoutError):
            resolver.resolve(f"name-{number}.invalid", 7233, soon())
    assert hang.calls == 4
    assert threading.active_count() == before + 4


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_an_address_needs_no_resolver(hang: Hang, host: str) -> None:
    ((*_, place),) = Resolver(limit=1).resolve(host, 7233, soon())
    assert place[:2] == (host, 7233)
    assert hang.calls == 0


def test_a_name_is_resolved_again_after_its_lookup_has_ended(hang: Hang) -> None:
    resolver = Resolver(limit=1)
    with pytest.raises(TimeoutError):
        resolver.resolve("name.invalid", 7233, soon())
    hang.let_go.set()
    for _ in range(3):
        assert resolver.resolve("name.invalid", 7233, time.monotonic() + 10) == []
    assert hang.calls in (3, 4)


def test_a_name_without_an_address_is_the_resolver_s_own_error() -> None:
    resolver = Resolver(limit=1)
    for _ in range(3):
        with pytest.raises(socket.gaierror):
            resolver.resolve("no-such-host.invalid", 7233, time.monotonic() + 10)
