"""The command line. Each command imports what it needs when it runs, so that it answers at once."""

from __future__ import annotations

import os
import signal
import sys

import click

from agent import __version__
from agent.cli.checking import check
from agent.cli.configuration import config_group
from agent.cli.lookups import matrix_group
from agent.cli.planning import plan
from agent.cli.serving import demo, run
from agent.cli.shipped import dashboards, rules
from agent.reports.exit_codes import FAILED, WRONG_USE


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="temporal-compat-agent")
def cli() -> None:
    """Watches whether a self-hosted Temporal server, its stores and their schemas fit together.

    Exit codes: 0 fine, 1 findings, 2 wrong use or configuration, 3 could not be determined, 4 the
    program itself failed.
    """


for command in (run, check, plan, matrix_group, config_group, rules, dashboards, demo):
    cli.add_command(command)


def main() -> None:
    """The entry point: turns the program's errors into its exit codes."""
    # As process 1 of a container there is no default for it: without this, a SIGTERM that comes before
    # `serve` is ready would be lost.
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(128 + signal.SIGTERM))
    # gRPC's core writes to standard error past every logger, which breaks a log of JSON. What fails is in the
    # status of each call.
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    try:
        cli.main(prog_name="temporal-compat-agent", standalone_mode=False)
    except Exception as error:
        sys.exit(_tell(error))


def _tell(error: Exception) -> int:
    """Write an error to standard error; the exit code that goes with it."""
    if isinstance(error, click.exceptions.Abort):
        return FAILED
    if isinstance(error, click.ClickException):
        error.show()
        return WRONG_USE
    from agent.config import ConfigError

    if isinstance(error, ConfigError):
        count = len(error.problems)
        click.echo(f"{error}\n{count} error{'' if count == 1 else 's'} in the configuration", err=True)
        return error.exit_code
    import traceback

    traceback.print_exception(error)
    click.echo(f"temporal-compat-agent failed: {error}", err=True)
    return FAILED
