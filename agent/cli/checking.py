"""`check`: probe the configured clusters once, or judge a stack that is given on the command line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from agent.cli.completing import offer_clusters, offer_releases
from agent.cli.inventory_options import declared_stack, inventory_options
from agent.cli.loading import chosen, matrix_from, matrix_of
from agent.cli.options import (
    Seconds,
    config_file_option,
    fail_on_option,
    format_option,
    leave,
    matrix_file_option,
)
from agent.cli.terminal import selection_options, text_style
from agent.model.vocabulary import Level, Verdict
from agent.reports.exit_codes import ExitCode

if TYPE_CHECKING:
    from agent.matrix import Matrix
    from agent.polling.selection import Selection
    from agent.snapshot import Snapshot


@click.command()
@config_file_option(required=False)
@click.option(
    "--cluster", "name", shell_complete=offer_clusters, help="Check only this cluster of the configuration."
)
@click.option(
    "--assume-server",
    "assumed",
    metavar="RELEASE",
    shell_complete=offer_releases,
    help="Probe, then judge as if this release were running: would it start, and is it supported?",
)
@click.option(
    "--assume-schema-upgraded",
    "schema_upgraded",
    is_flag=True,
    help="With --assume-server: judge as if the schema steps were done. For a gate that runs before them.",
)
@click.option(
    "--allow-skip",
    "allow_skip",
    is_flag=True,
    help="With --assume-server: accept a path that skips releases or is not known (check `path`).",
)
@click.option(
    "--wait", type=Seconds(), help="Keep probing until there are no findings or this duration has passed."
)
@fail_on_option()
@click.option(
    "--server",
    metavar="RELEASE",
    shell_complete=offer_releases,
    help="Judge this release with the given stores. Nothing is contacted.",
)
@matrix_file_option()
@inventory_options
@selection_options
@format_option("junit", "github", "prometheus")
def check(
    config_file: Path | None,
    name: str | None,
    assumed: str | None,
    schema_upgraded: bool,
    allow_skip: bool,
    wait: float | None,
    fail_on: frozenset[Verdict | Level],
    server: str | None,
    matrix_file: Path | None,
    only: frozenset[str],
    exclude: frozenset[str],
    verbose: bool,
    short: bool,
    form: str,
    **inventory: Any,
) -> None:
    """Probe every configured cluster once, or judge a given stack, and print the findings.

    With --config.file the cluster is probed. With --server nothing is contacted: roles you leave out
    are treated as absent, and schemas as unknown.
    """
    from agent.polling.selection import Selection
    from agent.reports import check_text as report
    from agent.reports import ci_formats
    from agent.reports.check_lines import TextOptions

    if schema_upgraded and assumed is None:
        raise click.UsageError("--assume-schema-upgraded needs --assume-server RELEASE")
    if allow_skip and assumed is None:
        raise click.UsageError("--allow-skip needs --assume-server RELEASE")
    if wait and server is not None:
        raise click.UsageError("--wait needs --config.file: with --server nothing is contacted or changes")
    selection = Selection(only, exclude)
    if config_file is not None and server is None and not (matrix_file or any(inventory.values())):
        snapshots = _probed(config_file, name, assumed, schema_upgraded, allow_skip, wait, fail_on, selection)
    elif server is not None and config_file is None and not (name or assumed or wait):
        snapshots = [_judged(matrix_from(matrix_file), server, **inventory)]
    else:
        raise click.UsageError(
            "write either --config.file FILE to probe the clusters of a configuration, or --server RELEASE"
            " with its stores to judge without a network. `config init` writes a first configuration"
        )
    snapshots = list(map(selection.applied, snapshots))
    options = TextOptions(text_style(), verbose, short, str(config_file or ""))
    write = {
        "text": lambda found: report.as_text(found, fail_on, options),
        "json": report.as_json,
        "junit": lambda found: ci_formats.as_junit(found, fail_on),
        "github": lambda found: ci_formats.as_github(found, fail_on),
        "prometheus": ci_formats.as_prometheus,
    }[form]
    click.echo(write(snapshots))
    leave(report.exit_code(snapshots, fail_on))


def _judged(matrix: Matrix, server: str, **inventory: Any) -> Snapshot:
    from agent.cli.inventory import DeclarationError, judge_declared

    try:
        return judge_declared(matrix, declared_stack(server, **inventory))
    except DeclarationError as error:
        raise click.UsageError(str(error)) from error


def _probed(
    config_file: Path,
    name: str | None,
    assumed: str | None,
    schema_upgraded: bool,
    allow_skip: bool,
    wait: float | None,
    fail_on: frozenset[Verdict | Level],
    selection: Selection,
) -> Sequence[Snapshot]:
    from agent.polling.one_shot import Assumption, probe_until
    from agent.reports import check_text as report
    from agent.upgrade import PlanError, find_release

    config = chosen(config_file, name)
    matrix = matrix_of(config)
    try:
        release = find_release(matrix, assumed).name if assumed else ""
    except PlanError as error:
        raise click.UsageError(f"--assume-server: {error}") from error
    assumption = Assumption(release, schema_upgraded, allow_skip)

    def is_ok(snapshots: Sequence[Snapshot]) -> bool:
        return report.exit_code(list(map(selection.applied, snapshots)), fail_on) == ExitCode.OK

    return probe_until(config, matrix, is_ok, wait or 0.0, assumption)
