"""`config`: the commands that check a configuration."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from agent.cli.help import Commands
from agent.cli.options import leave
from agent.cli.terminal import text_style

if TYPE_CHECKING:
    from agent.config import Config
    from agent.config.errors import Problem
    from agent.matrix import Matrix


@click.group("config", cls=Commands)
def config_group() -> None:
    """Write and check configurations."""


@config_group.command("check")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--probe",
    is_flag=True,
    help="Connect to each target once; report what works and which permission or setting is missing.",
)
@click.option(
    "--resolved",
    is_flag=True,
    help="Print the effective configuration: with defaults, and with the settings of Temporal's own files.",
)
def config_check(files: tuple[Path, ...], probe: bool, resolved: bool) -> None:
    """Validate configurations and the files of their matrix; print every error with its position."""
    from agent.config import ConfigError

    if len(files) > 1 and (probe or resolved):
        raise click.UsageError("--probe and --resolved take one file")
    problems: list[Problem] = []
    for file in files:
        try:
            config, matrix = _validated(file, quiet=resolved)
        except ConfigError as error:
            problems += error.problems
    if problems:
        raise ConfigError(problems)
    if resolved:
        from agent.config.resolved import as_yaml

        click.echo(as_yaml(config), nl=False)
    if probe:
        _probe(config, matrix)


def _validated(file: Path, *, quiet: bool) -> tuple[Config, Matrix]:
    """The configuration and the matrix that it uses; print its notes, and that it is valid.

    `quiet`: print only to standard error. Raises `ConfigError`.
    """
    from agent.config import load_config
    from agent.config.clear_text import clear_text_secrets
    from agent.matrix import load
    from agent.matrix_sources.provider import MatrixProvider

    config = load_config(file)
    # This check may run where the URL cannot be reached, so it does not download the matrix.
    in_use = MatrixProvider(load()).obtain(config.matrix.model_copy(update={"url": None}))
    for problem in in_use.problems:
        click.echo(str(problem), err=True)
    for line in clear_text_secrets(config):
        click.echo(line, err=True)
    for cluster in config.clusters:
        for note in (cluster.server_file and cluster.server_file.notes) or ():
            click.echo(f"{cluster.name}: {note}", err=True)
        if release := cluster.server_file and cluster.server_file.image_release:
            text = f"the tag of the server's image is {release}, which counts until a server answers"
            click.echo(f"{cluster.name}: {text}", err=True)
    count = len(config.clusters)
    click.echo(f"{file} is valid: {count} cluster{'' if count == 1 else 's'}", err=quiet)
    if not count:
        hint = "write the list `clusters`; `temporal-compat-agent config init` writes an example"
        click.echo(f"{file} has no clusters: {hint}", err=True)
    return config, in_use.matrix


def _probe(config: Config, matrix: Matrix) -> None:
    from agent.polling.one_shot import probe_once
    from agent.reports import connectivity

    snapshots = probe_once(config, matrix)
    click.echo(text_style().fitted(connectivity.as_text(snapshots)))
    leave(connectivity.exit_code(snapshots))
