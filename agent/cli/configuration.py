"""`config`: the commands about configurations."""

from __future__ import annotations

from pathlib import Path

import click


@click.group("config")
def config_group() -> None:
    """Work with configurations."""


@config_group.command("check")
@click.argument("file", type=click.Path(path_type=Path))
def config_check(file: Path) -> None:
    """Validate a configuration and the files of its matrix; print every error with its place."""
    from agent.config import load_config
    from agent.matrix import load
    from agent.matrix_files.source import Source

    config = load_config(file)
    # What is behind an address is no business of a check that may run anywhere.
    matrix = Source(load()).obtain(config.matrix.model_copy(update={"url": None}))
    for problem in matrix.problems:
        click.echo(str(problem), err=True)
    count = len(config.clusters)
    click.echo(f"{file} is valid: {count} cluster{'' if count == 1 else 's'}")
