"""`check`: probes what is configured once, or judges what is told."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from agent.cli.inventory_options import given, told_options
from agent.cli.loading import chosen, matrix_from, matrix_of
from agent.cli.options import Seconds, config_file_option, format_option, leave, matrix_file_option
from agent.model.vocabulary import Verdict
from agent.reports.exit_codes import FINE

if TYPE_CHECKING:
    from agent.matrix import Matrix
    from agent.snapshot import Snapshot


def _verdicts(_context: click.Context, _option: click.Parameter, text: str) -> frozenset[Verdict]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    for name in names:
        if name not in (Verdict.UNTESTED, Verdict.UNKNOWN):
            raise click.BadParameter(f"{name[:60]!r}: write untested, unknown, or both with a comma")
    return frozenset(map(Verdict, names))


@click.command()
@config_file_option(required=False)
@click.option("--cluster", "name", help="Only this cluster of the configuration.")
@click.option(
    "--assume-server",
    "assumed",
    metavar="RELEASE",
    help="Probe, and judge as if this release ran: would it start here, and is it supported?",
)
@click.option(
    "--assume-schema-upgraded",
    "schema_upgraded",
    is_flag=True,
    help="With --assume-server: judge as if its schema steps were done, for a gate that runs before them.",
)
@click.option("--wait", type=Seconds(), help="Probe again until nothing is found, for as long as this.")
@click.option(
    "--fail-on",
    default="",
    metavar="VERDICTS",
    callback=_verdicts,
    help="Verdicts that are findings too: untested, unknown, or both with a comma.",
)
@click.option("--server", metavar="RELEASE", help="Judge this release, without any network.")
@matrix_file_option()
@told_options
@format_option("junit", "github", "prometheus")
def check(
    config_file: Path | None,
    name: str | None,
    assumed: str | None,
    schema_upgraded: bool,
    wait: float | None,
    fail_on: frozenset[Verdict],
    server: str | None,
    matrix_file: Path | None,
    form: str,
    **told: Any,
) -> None:
    """Probe every cluster of a configuration once, or judge what is told, and print what is found.

    With --config.file the network is asked. With --server it is not: a role that no option names is
    absent, and its schema is unknown.
    """
    from agent.reports import check_text as report
    from agent.reports import ci_formats as gate_formats

    if schema_upgraded and assumed is None:
        raise click.UsageError("--assume-schema-upgraded belongs to --assume-server")
    if config_file is not None and server is None and not (matrix_file or any(told.values())):
        snapshots = _probed(config_file, name, assumed, schema_upgraded, wait, fail_on)
    elif server is not None and config_file is None and not (name or assumed or wait):
        snapshots = [_judged(matrix_from(matrix_file), server, **told)]
    else:
        raise click.UsageError("give either --config.file, or --server with what it runs on")
    write = {
        "text": report.as_text,
        "json": report.as_json,
        "junit": gate_formats.as_junit,
        "github": gate_formats.as_github,
        "prometheus": gate_formats.as_prometheus,
    }[form]
    click.echo(write(snapshots))
    leave(report.exit_code(snapshots, fail_on))


def _judged(matrix: Matrix, server: str, **told: Any) -> Snapshot:
    from agent.cli.inventory import GivenError, judge_given

    try:
        return judge_given(matrix, given(server, **told))
    except GivenError as error:
        raise click.UsageError(str(error)) from error


def _probed(
    config_file: Path,
    name: str | None,
    assumed: str | None,
    schema_upgraded: bool,
    wait: float | None,
    fail_on: frozenset[Verdict],
) -> Sequence[Snapshot]:
    from agent.polling.one_shot import Assumption, probe_until
    from agent.reports import check_text as report
    from agent.upgrade import PlanError, named

    config = chosen(config_file, name)
    matrix = matrix_of(config)
    try:
        release = named(matrix, assumed).name if assumed else ""
    except PlanError as error:
        raise click.UsageError(f"--assume-server: {error}") from error
    assumption = Assumption(release, schema_upgraded)

    def is_well(snapshots: Sequence[Snapshot]) -> bool:
        return report.exit_code(snapshots, fail_on) == FINE

    return probe_until(config, matrix, is_well, wait or 0.0, assumption)
