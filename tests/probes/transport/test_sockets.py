"""Where a name leads, and the time that is left for it."""

from __future__ import annotations

import socket
import time
from typing import Any

import pytest

from agent.model.vocabulary import Reason
from agent.probes import ProbeError
from agent.probes.transport.sockets import AbortHandle, connect, places, seconds_left
from tests.probes.servers import dead_port


def test_an_address_leads_to_itself() -> None:
    assert [place[4] for place in places("127.0.0.1", 9042, 0.0)] == [("127.0.0.1", 9042)]


@pytest.mark.parametrize(
    ("host", "port", "reason"),
    [
        ("no.such.host.invalid", 9042, Reason.NAME_NOT_RESOLVED),
        ("a\0b", 9042, Reason.NAME_NOT_RESOLVED),
        ("a..b", 9042, Reason.NAME_NOT_RESOLVED),
        ("127.0.0.1", 0, Reason.BAD_ANSWER),
        ("127.0.0.1", 65536, Reason.BAD_ANSWER),
        ("127.0.0.1", -1, Reason.BAD_ANSWER),
    ],
)
def test_an_unreachable_address_has_a_reason(host: str, port: int, reason: Reason) -> None:
    with pytest.raises(ProbeError) as caught:
        places(host, port, time.monotonic() + 5.0)
    assert caught.value.failure.reason is reason


def test_time_that_has_run_out_is_a_timeout() -> None:
    assert 0 < seconds_left(time.monotonic() + 5) <= 5
    with pytest.raises(TimeoutError):
        seconds_left(time.monotonic())


def test_an_address_that_answers_is_found_behind_dead_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    found = socket.getaddrinfo
    hosts = ["127.0.0.2", "127.0.0.3", "127.0.0.1"]

    def all_of_them(_host: str, *arguments: Any, **options: Any) -> list[Any]:
        return [place for host in hosts for place in found(host, *arguments, **options)]

    monkeypatch.setattr(socket, "getaddrinfo", all_of_them)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with dead_port("127.0.0.2", port), dead_port("127.0.0.3", port):
            for seconds in (0.4, 5.0):
                began = time.monotonic()
                connect(("name.invalid", port), began + seconds, AbortHandle()).close()
                assert time.monotonic() - began < min(seconds, 1.5)
            hosts.pop()
            with pytest.raises(ProbeError) as caught:
                connect(("name.invalid", port), time.monotonic() + 0.2, AbortHandle())
    assert caught.value.failure.reason is Reason.TIMEOUT
