"""`plan`: the upgrade, step by step, of a cluster that is probed or given on the command line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from agent.cli.completing import offer_clusters, offer_releases
from agent.cli.inventory_options import declared_stack, inventory_options
from agent.cli.loading import chosen, matrix_from, matrix_of
from agent.cli.options import config_file_option, fail_on_option, format_option, leave, matrix_file_option
from agent.cli.terminal import text_style
from agent.model.vocabulary import Level, Verdict
from agent.reports.exit_codes import ExitCode

if TYPE_CHECKING:
    from agent.matrix import Matrix
    from agent.upgrade import Plan


@click.command()
@config_file_option(required=False)
@click.option(
    "--cluster",
    "name",
    shell_complete=offer_clusters,
    help="The cluster of the configuration. Not needed if there is only one.",
)
@click.option(
    "--from",
    "start",
    metavar="RELEASE",
    shell_complete=offer_releases,
    help="The running release. Nothing is contacted.",
)
@click.option(
    "--to",
    "target",
    metavar="RELEASE",
    shell_complete=offer_releases,
    required=True,
    help="The target release. The running release is the repair of a server that would not start.",
)
@fail_on_option()
@matrix_file_option()
@inventory_options
@format_option("markdown", "shell")
def plan(
    config_file: Path | None,
    name: str | None,
    start: str | None,
    target: str,
    fail_on: frozenset[Verdict | Level],
    matrix_file: Path | None,
    form: str,
    **inventory: Any,
) -> None:
    """Print the upgrade path from the running release to another: blockers, and each step with its command.

    With --config.file the cluster is probed. With --from nothing is contacted: give the stores as
    options. A schema you leave out is assumed to be at the version that the --from release needs.
    """
    from agent.reports import plan as plan_report
    from agent.upgrade import PlanError, StartUnknownError

    try:
        if config_file is not None and start is None and not (matrix_file or any(inventory.values())):
            result = _probed(config_file, name, target)
        elif start is not None and config_file is None and name is None:
            result = _declared(matrix_from(matrix_file), start, target, **inventory)
        else:
            raise click.UsageError(
                "write either --config.file FILE to probe a cluster, or --from RELEASE with its stores to"
                " plan without a network"
            )
    except StartUnknownError as error:
        click.echo(str(error), err=True)
        leave(ExitCode.UNDETERMINED)
    except PlanError as error:
        raise click.UsageError(str(error)) from error
    write = {
        "text": lambda found: text_style().fitted(plan_report.as_text(found), plan_report.COMMAND_INDENT),
        "json": plan_report.as_json,
        "markdown": plan_report.as_markdown,
        "shell": plan_report.as_shell,
    }[form]
    click.echo(write(result))
    leave(plan_report.exit_code(result, fail_on))


def _declared(matrix: Matrix, start: str, target: str, **inventory: Any) -> Plan:
    from agent.cli.inventory import NOW, DeclarationError, to_observations
    from agent.upgrade import Toolbox, find_release, plan_upgrade

    try:
        subject, observations = to_observations(
            matrix, declared_stack(find_release(matrix, start).name, **inventory)
        )
    except DeclarationError as error:
        raise click.UsageError(str(error)) from error
    return plan_upgrade(matrix, subject, observations, NOW, target, Toolbox(), assume_current=True)


def _probed(config_file: Path, name: str | None, target: str) -> Plan:
    from agent.polling.clock import now
    from agent.polling.one_shot import probe_once
    from agent.polling.tool_access import toolbox
    from agent.upgrade import plan_upgrade

    config = chosen(config_file, name)
    if len(config.clusters) > 1:
        names = ", ".join(cluster.name for cluster in config.clusters)
        raise click.UsageError(f"{config_file} has several clusters; choose one with --cluster: {names}")
    matrix = matrix_of(config)
    (snapshot,) = probe_once(config, matrix)
    tools = toolbox(config.clusters[0])
    return plan_upgrade(matrix, snapshot.subject, snapshot.observations, now(), target, tools)
