"""`run` and `demo`: the commands that serve until they are stopped."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from agent.cli.options import config_file_option, log_options, web_options

if TYPE_CHECKING:
    from socket import socket


@click.command()
@config_file_option(required=True)
@click.option("--no-schedule", is_flag=True, help="Probe only when asked at /probe.")
@web_options
@log_options
def run(
    config_file: Path,
    no_schedule: bool,
    listen_address: str,
    enable_lifecycle: bool,
    log_level: str,
    log_format: str,
) -> None:
    """Run the daemon: probe all clusters, serve metrics, pages and API."""
    from agent import logs
    from agent.daemon import Daemon
    from agent.matrix import load
    from agent.serve import leave, serve
    from agent.web.app import make_app

    logs.set_up(log_level, "json" if log_format == "json" else "logfmt")
    daemon = Daemon(config_file, load(), scheduled=not no_schedule)
    serve(daemon, make_app(daemon, enable_lifecycle=enable_lifecycle), _listen(listen_address))
    leave(0)


@click.command()
@web_options
@log_options
def demo(listen_address: str, enable_lifecycle: bool, log_level: str, log_format: str) -> None:
    """Show everything on this machine: several clusters in different states, nothing else needed."""
    import signal

    from agent import logs
    from agent.daemon import Daemon
    from agent.demo import Demo
    from agent.matrix import load
    from agent.serve import leave, serve
    from agent.web.app import make_app

    logs.set_up(log_level, "json" if log_format == "json" else "logfmt")
    sock = _listen(listen_address)
    # Until serving takes the signals: what is set up by then goes away, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with Demo() as stage:
        click.echo(stage.notice)
        click.echo(f"Open http://localhost:{sock.getsockname()[1]} (stop with Ctrl-C).")
        daemon = Daemon(stage.config_file, load())
        serve(daemon, make_app(daemon, enable_lifecycle=enable_lifecycle, notice=stage.notice), sock)
    leave(0)


def _listen(address: str) -> socket:
    from agent.serve import ListenError, listen

    try:
        return listen(address)
    except ListenError as error:
        raise click.UsageError(str(error)) from error
