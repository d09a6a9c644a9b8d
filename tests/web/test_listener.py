"""How many connections there are at once, over real sockets from several addresses of loopback."""

from __future__ import annotations

import time
from contextlib import ExitStack
from pathlib import Path

from agent.web.app import make_app
from agent.web.connection import Limits
from tests.fleets import eventually
from tests.web.raw import HEALTHY, connect, status, talk
from tests.web.samples import FakeSource
from tests.web.serving import listening
from tests.web.web_files import with_tls

APP = make_app(FakeSource())


def is_served(port: int, source: str) -> bool:
    return status(talk(port, HEALTHY, source=source)) == 200


def test_one_address_at_its_limit_does_not_keep_others_out() -> None:
    with listening(APP, Limits(connections=40)) as port, ExitStack() as stack:
        for _ in range(1000):
            stack.enter_context(connect(port))
        assert not is_served(port, "127.0.0.1")
        assert is_served(port, "127.0.0.2")
        stack.close()
        assert eventually(lambda: is_served(port, "127.0.0.1"))


def test_above_the_limit_of_all_connections_nobody_is_served_until_one_closes() -> None:
    with listening(APP, Limits(connections=4)) as port, ExitStack() as stack:
        for number in range(2, 6):
            stack.enter_context(connect(port, f"127.0.0.{number}"))
        assert eventually(lambda: not is_served(port, "127.0.0.9"))
        stack.close()
        assert eventually(lambda: is_served(port, "127.0.0.9"))


def test_connections_that_never_begin_tls_count_and_end(tmp_path: Path) -> None:
    web_file, client = with_tls(tmp_path)

    def is_served(source: str) -> bool:
        return status(talk(port, HEALTHY, source=source, tls=client)) == 200

    with listening(APP, Limits(connections=16, request_time=1.0), web_file) as port, ExitStack() as stack:
        for _ in range(16):
            stack.enter_context(connect(port))
        assert not is_served("127.0.0.1")
        assert is_served("127.0.0.2")
        assert eventually(lambda: is_served("127.0.0.1"))


def test_the_listener_ends_on_request() -> None:
    with listening(APP) as port:
        assert is_served(port, "127.0.0.1")
        began = time.monotonic()
    assert time.monotonic() - began < 3
    assert not is_served(port, "127.0.0.1")
