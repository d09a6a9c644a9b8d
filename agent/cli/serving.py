"""`run` and `demo`: the commands that run until they are stopped."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from agent.cli.options import config_file_option, log_options, web_options
from agent.cli.signals import hold_hangups
from agent.cli.temporary import need_temporary_folder

if TYPE_CHECKING:
    from socket import socket

    from prometheus_client.registry import Collector


@click.command()
@config_file_option(required=True)
@click.option("--no-schedule", is_flag=True, help="Probe only on requests to /probe.")
@click.option(
    "--web.config.file",
    "web_config_file",
    type=click.Path(path_type=Path),
    help="A file with TLS and login settings for HTTP, in the format of the Prometheus exporters.",
)
@web_options
@log_options
def run(
    config_file: Path,
    no_schedule: bool,
    web_config_file: Path | None,
    listen_address: str,
    external_url: str,
    enable_lifecycle: bool,
    log_level: str,
    log_format: str,
) -> None:
    """Run the daemon: probe all clusters, serve metrics, pages and API."""
    _refuse_windows()
    signals = hold_hangups()
    from agent.cli.process import leave, serve
    from agent.daemon import logging as logs
    from agent.daemon.daemon import Daemon
    from agent.daemon.descriptors import raise_limit
    from agent.matrix import load
    from agent.web.app import make_app
    from agent.web.web_file import WebFile

    _check_address(external_url)
    logs.set_up(log_level, "json" if log_format == "json" else "logfmt")
    raise_limit()
    daemon = Daemon(config_file, load(), scheduled=not no_schedule)
    web_file = WebFile(web_config_file)
    app = make_app(
        daemon,
        enable_lifecycle=enable_lifecycle,
        external_url=external_url,
        web_file=web_file,
        process=_process_metrics(),
    )
    leave(serve(daemon, app, _listen(listen_address), web_file, signals=signals))


@click.command()
@web_options
@log_options
def demo(
    listen_address: str, external_url: str, enable_lifecycle: bool, log_level: str, log_format: str
) -> None:
    """Show everything on this machine: several clusters in different states, nothing else needed."""
    _refuse_windows()
    need_temporary_folder()
    signals = hold_hangups()
    import signal

    from agent.cli.process import leave, serve, url_of
    from agent.daemon import logging as logs
    from agent.daemon.daemon import Daemon
    from agent.daemon.descriptors import raise_limit
    from agent.demo import Demo
    from agent.matrix import load
    from agent.web.app import make_app

    _check_address(external_url)
    logs.set_up(log_level, "json" if log_format == "json" else "logfmt")
    raise_limit()
    sock = _listen(listen_address)
    # Until `serve` handles signals: a SIGTERM during set-up removes what is there already.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with Demo() as stage:
        # `serve` takes these. The exception of Ctrl-C would be lost in a callback or a destructor.
        signals.catch(signal.SIGTERM, signal.SIGINT)
        click.echo(stage.notice)
        click.echo(f"Open {url_of(sock)} (stop with Ctrl-C).")
        daemon = Daemon(stage.config_file, load())
        notice = stage.notice
        app = make_app(
            daemon,
            enable_lifecycle=enable_lifecycle,
            notice=notice,
            external_url=external_url,
            process=_process_metrics(),
        )
        code = serve(daemon, app, sock, signals=signals)
    leave(code)


def _refuse_windows() -> None:
    if sys.platform == "win32":
        raise click.ClickException(
            "this command needs Linux or another POSIX system, because Windows has no SIGHUP. "
            "On Windows, run the container image, or install the agent in WSL"
        )


def _process_metrics() -> Collector:
    """`process_*` and `python_gc_*`, as every Python program with prometheus-client has them."""
    from prometheus_client import CollectorRegistry, GCCollector, ProcessCollector

    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    GCCollector(registry=registry)
    return registry


def _check_address(external_url: str) -> None:
    from agent.web.external import External

    try:
        External.read(external_url or "http://localhost")
    except ValueError as error:
        raise click.UsageError(f"--web.external-url: {error}") from error


def _listen(address: str) -> socket:
    from agent.cli.process import ListenError, listen

    try:
        return listen(address)
    except ListenError as error:
        raise click.UsageError(str(error)) from error
