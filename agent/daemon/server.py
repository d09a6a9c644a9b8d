"""Runs the HTTP side and waits for signals: the one loop of the process."""

from __future__ import annotations

import logging
import os
import signal
import socket
import ssl
import threading
from queue import SimpleQueue
from types import FrameType

import uvicorn
from starlette.applications import Starlette

from agent.daemon.daemon import Daemon

log = logging.getLogger(__name__)

#: Seconds that requests under way have to end once the process was asked to.
_GRACE = 1.0


class ListenError(Exception):
    """The address can't be listened on."""


def listen(address: str) -> socket.socket:
    """Listen on `host:port`; without a host on all addresses, IPv6 and IPv4.

    Raises:
        ListenError: the address is none, or it is taken.
    """
    host, separator, port = address.rpartition(":")
    try:
        if not separator:
            raise ValueError("write host:port or :port")
        number = int(port)
        if not 0 <= number <= 65535:
            raise ValueError("a port is a number up to 65535")
        if host:
            family = socket.AF_INET6 if host.startswith("[") else socket.AF_INET
            return socket.create_server((host.strip("[]"), number), family=family, backlog=128)
        if socket.has_dualstack_ipv6():
            return socket.create_server(("::", number), family=socket.AF_INET6, dualstack_ipv6=True)
        return socket.create_server(("0.0.0.0", number))  # noqa: S104 - asked for by naming no host
    except (OSError, ValueError) as error:
        hint = "; choose another with --web.listen-address" if isinstance(error, OSError) else ""
        raise ListenError(f"cannot listen on {address}: {error}{hint}") from error


def serve(daemon: Daemon, app: Starlette, sock: socket.socket, tls: ssl.SSLContext | None = None) -> None:
    """Serve until SIGTERM or SIGINT, encrypted where there is `tls`; SIGHUP reloads the configuration."""
    stop = threading.Event()
    hangup = threading.Event()
    signals = _signals()
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            lifespan="off",
            timeout_graceful_shutdown=1,
            ssl_context_factory=(lambda _config, _default: tls) if tls else None,
        )
    )
    web = threading.Thread(target=server.run, args=([sock],), name="web", daemon=True)
    watch = threading.Thread(target=daemon.watch_clock, args=(stop,), name="clock", daemon=True)
    reload = threading.Thread(target=_reload_on, args=(hangup, daemon), name="reload", daemon=True)
    refresh = threading.Thread(target=daemon.watch_matrix, args=(stop,), name="matrix", daemon=True)
    daemon.start()
    web.start()
    watch.start()
    refresh.start()
    reload.start()
    log.info("listening", extra={"port": sock.getsockname()[1]})
    while signals.get() == signal.SIGHUP:
        hangup.set()
    log.info("stopping")
    stop.set()
    daemon.stop()
    server.should_exit = True
    web.join(_GRACE)


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


def _signals() -> SimpleQueue[int]:
    """The signals that come from now on. A handler may interrupt this queue's `put`, but no event's `set`."""
    signals: SimpleQueue[int] = SimpleQueue()

    def came(number: int, _frame: FrameType | None) -> None:
        signals.put(number)

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, came)
    return signals
