"""The application on a real port: over what a test makes up, or over the demo's own daemon."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from starlette.types import ASGIApp

from agent.cli.process import listen
from agent.daemon.daemon import Daemon
from agent.demo import Demo
from agent.matrix import load
from agent.web.app import make_app
from agent.web.backend import Source
from agent.web.connection import Limits
from agent.web.listener import Listener
from agent.web.web_file import WebFile
from tests.fleets import eventually


@contextmanager
def served(source: Source, notice: str = "", external_url: str = "") -> Iterator[str]:
    """Serves on a free port of loopback; yields the address without a slash at its end."""
    with listening(make_app(source, notice=notice, external_url=external_url)) as port:
        yield f"http://127.0.0.1:{port}"


@contextmanager
def listening(app: ASGIApp, limits: Limits | None = None, web_file: WebFile | None = None) -> Iterator[int]:
    """Serves any application as the agent does, on a free port of loopback; yields the port."""
    sock = listen("127.0.0.1:0")
    server = Listener(app, limits or Limits(), web_file or WebFile())
    thread = threading.Thread(target=server.run, args=([sock],), daemon=True)
    thread.start()
    try:
        yield sock.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(5)
        sock.close()


@contextmanager
def demo_agent(*, postgres: bool = False) -> Iterator[str]:
    """The address of the demo, once all its clusters were probed; if so asked with that on PostgreSQL."""
    with Demo(postgres=postgres) as stage:
        daemon = Daemon(stage.config_file, load())
        daemon.start()
        try:
            with served(daemon, stage.notice) as address:
                assert eventually(daemon.is_ready, 30)
                yield address
        finally:
            daemon.stop()
            daemon.fleet.close()
