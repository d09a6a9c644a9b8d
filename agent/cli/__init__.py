"""The command line. Each command imports what it needs when it runs, so that it starts fast."""

from __future__ import annotations

import os
import signal
import sys

import click

from agent import __version__
from agent.cli.checking import check
from agent.cli.completing import completion
from agent.cli.configuration import config_group
from agent.cli.explaining import explain
from agent.cli.help import Commands
from agent.cli.initial import config_init
from agent.cli.lookups import matrix_group
from agent.cli.planning import plan
from agent.cli.serving import demo, run
from agent.cli.shipped import dashboards, rules
from agent.reports.exit_codes import ExitCode


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="temporal-compat-agent")
def cli() -> None:
    """Check whether a self-hosted Temporal server, its databases and their schemas fit together.

    Exit codes: 0 no findings, 1 findings, 2 wrong usage or configuration, 3 could not be determined,
    4 internal error.
    """


for command in (run, check, plan, explain, matrix_group, config_group, rules, dashboards, demo, completion):
    cli.add_command(command)
config_group.add_command(config_init)


def main() -> None:
    """The entry point: turn errors into exit codes."""
    # Process 1 of a container has no default handler: without this one, a SIGTERM that arrives before
    # `serve` is ready would be lost.
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(128 + signal.SIGTERM))
    # gRPC's core writes to standard error without a logger, which breaks a JSON log. The status of each call
    # has the failure anyway.
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    try:
        cli.main(prog_name="temporal-compat-agent", standalone_mode=False)
    except Exception as error:
        sys.exit(_report_error(error))


def _report_error(error: Exception) -> int:
    """Write an error to standard error; return its exit code."""
    if isinstance(error, click.exceptions.Abort):
        return ExitCode.FAILED
    if isinstance(error, click.ClickException):
        error.show()
        return ExitCode.USAGE_ERROR
    from agent.config import ConfigError

    if isinstance(error, ConfigError):
        count = len(error.problems)
        click.echo(f"{error}\n{count} error{'' if count == 1 else 's'} in the configuration", err=True)
        return error.exit_code
    import traceback

    traceback.print_exception(error)
    click.echo(f"temporal-compat-agent failed: {error}; report this with the traceback above", err=True)
    return ExitCode.FAILED
