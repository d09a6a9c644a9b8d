"""What commands that probe begin with: the clusters that are meant, and the matrix to judge them by."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from agent.config import Config
    from agent.config.matrix import MatrixSource
    from agent.matrix import Matrix


def chosen(config_file: Path, name: str | None) -> Config:
    """The configuration with the cluster of this name alone, or with all where none is named.

    Raises:
        click.UsageError: there is none.
        ConfigError: the configuration is wrong.
    """
    from agent.config import load_config

    config = load_config(config_file)
    clusters = tuple(cluster for cluster in config.clusters if name in (None, cluster.name))
    if not clusters:
        raise click.UsageError(f"{config_file} has no cluster{f' {name}' if name else ''}")
    return config.model_copy(update={"clusters": clusters})


def matrix_from(bundle: Path | None) -> Matrix:
    """The matrix of this bundle; the built-in one without a bundle, or where the bundle is not to be used.

    Raises:
        ConfigError: the bundle is damaged.
    """
    from agent.matrix import load

    if bundle is None:
        return load()
    from agent.config.matrix import MatrixSource

    return _obtain(MatrixSource(file=str(bundle)))


def matrix_of(config: Config) -> Matrix:
    """The matrix that the configuration asks for; standard error says why it is not used, where it is not."""
    return _obtain(config.matrix)


def _obtain(settings: MatrixSource) -> Matrix:
    from agent.matrix import load
    from agent.matrix_sources.provider import Source

    in_use = Source(load()).obtain(settings)
    for problem in in_use.problems:
        click.echo(f"{problem}; judged by the matrix of {in_use.matrix.published}", err=True)
    return in_use.matrix
