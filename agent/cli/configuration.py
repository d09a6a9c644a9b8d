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
    """Validate a configuration; print every error with its place."""
    from agent.config import load_config

    config = load_config(file)
    count = len(config.clusters)
    click.echo(f"{file} is valid: {count} cluster{'' if count == 1 else 's'}")
