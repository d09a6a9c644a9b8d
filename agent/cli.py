"""The command line."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from agent import __version__

if TYPE_CHECKING:
    from socket import socket

    from agent.config import Cluster, Config
    from agent.snapshot import Snapshot

# Commands import what they need when they run: `--help` and errors of use answer at once.

_Command = Callable[..., Any]

_config_file = click.option(
    "--config.file",
    "config_file",
    required=True,
    type=click.Path(path_type=Path),
    help="The configuration.",
)


def _web_options(command: _Command) -> _Command:
    for option in (
        click.option(
            "--web.listen-address",
            "listen_address",
            default=":17233",
            show_default=True,
            help="Where to listen: host:port, or :port for all addresses.",
        ),
        click.option(
            "--web.enable-lifecycle",
            "enable_lifecycle",
            is_flag=True,
            help="Allow POST /-/reload.",
        ),
    ):
        command = option(command)
    return command


def _log_options(command: _Command) -> _Command:
    for option in (
        click.option(
            "--log.level",
            "log_level",
            default="info",
            show_default=True,
            type=click.Choice(["debug", "info", "warning", "error"]),
            help="The least level to log.",
        ),
        click.option(
            "--log.format",
            "log_format",
            default="logfmt",
            show_default=True,
            type=click.Choice(["logfmt", "json"]),
            help="How log lines are written.",
        ),
    ):
        command = option(command)
    return command


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="temporal-compat-agent")
def cli() -> None:
    """Watches whether a self-hosted Temporal server, its stores and their schemas fit together.

    Exit codes: 0 fine, 1 findings, 2 wrong use or configuration, 3 could not be determined, 4 the
    program itself failed.
    """


@cli.command()
@_config_file
@click.option("--no-schedule", is_flag=True, help="Probe only when asked at /probe.")
@_web_options
@_log_options
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


@cli.command()
@_config_file
@click.option("--cluster", "name", help="Only this cluster.")
@click.option("--format", "form", default="text", type=click.Choice(["text", "json"]), show_default=True)
def check(config_file: Path, name: str | None, form: str) -> None:
    """Probe every cluster once and print what is found."""
    from agent import report
    from agent.config import load_config

    config = load_config(config_file)
    clusters = [cluster for cluster in config.clusters if name in (None, cluster.name)]
    if not clusters:
        raise click.UsageError(f"{config_file} has no cluster{f' {name}' if name else ''}")
    snapshots = _probe_once(config.model_copy(update={"clusters": tuple(clusters)}))
    click.echo(report.as_json(snapshots) if form == "json" else report.as_text(snapshots))
    _leave(report.exit_code(snapshots))


def _probe_once(config: Config) -> Sequence[Snapshot]:
    from agent.cycle import Cycle
    from agent.matrix import load

    matrix = load()

    def probe(cluster: Cluster) -> Snapshot:
        cycle = Cycle(config, cluster, matrix)
        try:
            return cycle.round()
        finally:
            cycle.close()

    with ThreadPoolExecutor(min(len(config.clusters), 64)) as pool:
        return list(pool.map(probe, config.clusters))


@cli.group("config")
def config_group() -> None:
    """Work with configurations."""


@config_group.command("check")
@click.argument("file", type=click.Path(path_type=Path))
def config_check(file: Path) -> None:
    """Validate a configuration; print every error with its place."""
    from agent.config import load_config

    config = load_config(file)
    count = len(config.clusters)
    click.echo(f"{file} is valid: {count} cluster{'' if count == 1 else 's'}")


@cli.command()
@_web_options
@_log_options
def demo(listen_address: str, enable_lifecycle: bool, log_level: str, log_format: str) -> None:
    """Show everything on this machine: several clusters in different states, nothing else needed."""
    from agent import logs
    from agent.daemon import Daemon
    from agent.demo import NOTICE, Demo
    from agent.matrix import load
    from agent.serve import leave, serve
    from agent.web.app import make_app

    logs.set_up(log_level, "json" if log_format == "json" else "logfmt")
    sock = _listen(listen_address)
    with Demo() as stage:
        click.echo(NOTICE)
        click.echo(f"Open http://localhost:{sock.getsockname()[1]} (stop with Ctrl-C).")
        daemon = Daemon(stage.config_file, load())
        serve(daemon, make_app(daemon, enable_lifecycle=enable_lifecycle, notice=NOTICE), sock)
    leave(0)


def _listen(address: str) -> socket:
    from agent.serve import ListenError, listen

    try:
        return listen(address)
    except ListenError as error:
        raise click.UsageError(str(error)) from error


def _leave(code: int) -> None:
    """Exit without waiting for a probe that hangs; its thread is a daemon."""
    sys.stdout.flush()
    sys.exit(code)


def main() -> None:
    """The entry point: turns the program's errors into its exit codes."""
    from agent.config import ConfigError
    from agent.report import FAILED, WRONG_USE

    # As process 1 of a container there is no default for it: without this, a SIGTERM that comes before
    # `serve` is ready would be lost.
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(128 + signal.SIGTERM))
    # gRPC's core writes lines of its own to standard error, past every logger.
    os.environ.setdefault("GRPC_VERBOSITY", "ERROR")
    try:
        cli.main(prog_name="temporal-compat-agent", standalone_mode=False)
    except click.exceptions.Abort:
        sys.exit(FAILED)
    except click.ClickException as error:
        error.show()
        sys.exit(WRONG_USE)
    except ConfigError as error:
        count = len(error.problems)
        click.echo(f"{error}\n{count} error{'' if count == 1 else 's'} in the configuration", err=True)
        sys.exit(error.exit_code)
    except Exception as error:
        import traceback

        traceback.print_exc()
        click.echo(f"temporal-compat-agent failed: {error}", err=True)
        sys.exit(FAILED)


if __name__ == "__main__":
    main()
