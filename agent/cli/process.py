"""Runs the HTTP side and waits for signals: the one loop of the process."""

from __future__ import annotations

import gc
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Sequence
from queue import Empty

from starlette.applications import Starlette

from agent.cli.signals import Signals
from agent.daemon.daemon import Daemon
from agent.daemon.watchdog import Part
from agent.reports.exit_codes import ExitCode
from agent.web.connection import Limits
from agent.web.listener import Listener
from agent.web.web_file import WebFile

log = logging.getLogger(__name__)

#: Seconds that requests under way have to end once the process was asked to.
_GRACE = 1.0

#: Seconds after which a thread that computes lets others go on. An answer waits for several such turns, so
#: Python's own 5 ms are too long while pages are rendered.
_SWITCH_INTERVAL = 0.001

#: Objects that are made before Python looks for garbage, and how often it looks at older ones. No thread runs
#: while it looks at all objects, of which a large fleet has many; so it looks at them more rarely.
_GARBAGE_THRESHOLDS = (20_000, 20, 50)

#: Seconds between two looks whether every part still runs.
_CHECK_EVERY = 1.0


class ListenError(Exception):
    """The address can't be listened on."""


def listen(address: str) -> socket.socket:
    """Listen on `host:port`; without a host, and for `[::]`, on all addresses, IPv6 and IPv4.

    Raises:
        ListenError: the address is invalid, or it is in use.
    """
    host, separator, port = address.rpartition(":")
    try:
        if not separator:
            raise ValueError("write host:port or :port")
        number = int(port)
        if not 0 <= number <= 65535:
            raise ValueError("a port is a number up to 65535")
        if host in ("", "[::]"):
            return _listen_on_all(number)
        if ":" in host and not host.startswith("["):
            raise ValueError("write an IPv6 address in brackets, such as [::1]:17233")
        place = host.strip("[]"), number
        return socket.create_server(place, family=_family(*place), backlog=128)
    except (OSError, ValueError) as error:
        hint = "; choose another with --web.listen-address" if isinstance(error, OSError) else ""
        raise ListenError(f"cannot listen on {address}: {error}{hint}") from error


def _listen_on_all(port: int) -> socket.socket:
    if socket.has_dualstack_ipv6():
        return socket.create_server(("::", port), family=socket.AF_INET6, dualstack_ipv6=True)
    return socket.create_server(("0.0.0.0", port))  # noqa: S104 - no host means all of them


def _family(host: str, port: int) -> socket.AddressFamily:
    """IPv6 for a host that has only such addresses."""
    families = {found[0] for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    return socket.AF_INET if socket.AF_INET in families else socket.AF_INET6


def url_of(sock: socket.socket) -> str:
    """The address that opens the pages on this machine."""
    host, port = sock.getsockname()[:2]
    if host in ("::", "0.0.0.0"):  # noqa: S104 - compared, not listened on
        host = "localhost"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def serve(
    daemon: Daemon,
    app: Starlette,
    sock: socket.socket,
    web_file: WebFile | None = None,
    limits: Limits = Limits(),  # noqa: B008 - frozen
    signals: Signals | None = None,
) -> int:
    """Serve until SIGTERM or SIGINT, protected as `web_file` says; SIGHUP reloads the configuration.

    `signals` has those that came before.

    Returns the exit code: `FAILED` once a part of the program has ended by itself. A process that goes on
    without it would look healthy and do only half of its work.
    """
    stop = threading.Event()
    hangup = threading.Event()
    signals = signals or Signals()
    signals.catch(signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    server = Listener(app, limits, web_file or WebFile())
    web = Part("web", lambda: server.run([sock]))
    parts = [
        web,
        Part("clock", lambda: daemon.watch_clock(stop)),
        Part("matrix", lambda: daemon.watch_matrix(stop)),
        Part("files", lambda: daemon.watch_files(stop)),
        Part("reload", lambda: _reload_on(hangup, daemon)),
    ]
    sys.setswitchinterval(_SWITCH_INTERVAL)
    gc.set_threshold(*_GARBAGE_THRESHOLDS)
    daemon.start()
    for part in parts:
        part.start()
    log.info("listening", extra={"port": sock.getsockname()[1]})
    failure = _wait(signals, hangup, daemon, parts)
    log.info("stopping")
    stop.set()
    daemon.stop()
    server.should_exit = True
    web.join(_GRACE)
    if failure is None:
        return ExitCode.OK
    log.critical("a part of the program has ended, so the process ends", extra=failure)
    return ExitCode.FAILED


def _wait(
    signals: Signals, hangup: threading.Event, daemon: Daemon, parts: Sequence[Part]
) -> dict[str, str] | None:
    """None once the process is to end; what ended by itself, for the log, if that comes first."""
    while True:
        try:
            number = signals.get(timeout=_CHECK_EVERY)
        except Empty:
            number = 0
        if number == signal.SIGHUP:
            hangup.set()
        elif number:
            return None
        for part in parts:
            if not part.is_alive():
                return {"part": part.name, "error": part.error}
        if not daemon.is_scheduling():
            return {"part": "scheduler", "error": ""}


def _reload_on(hangup: threading.Event, daemon: Daemon) -> None:
    # In a thread of its own: a reload may wait for an address, and an end that is asked for must not.
    while hangup.wait():
        hangup.clear()
        try:
            daemon.reload()
        except Exception:
            log.exception("configuration not reloaded")


def leave(code: int) -> None:
    """End the process now.

    A probe that hangs in a driver must not keep the process: the interpreter's own way out joins the
    threads of every pool, and drivers have some.
    """
    logging.shutdown()
    os._exit(code)
