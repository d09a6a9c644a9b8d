"""Loading for commands that probe: the chosen clusters, and the matrix to judge them by."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from agent.model.text import did_you_mean

if TYPE_CHECKING:
    from agent.config import Config
    from agent.config.matrix import MatrixSource
    from agent.matrix import Matrix, Release


def chosen(config_file: Path, name: str | None) -> Config:
    """The configuration, reduced to the cluster of this name; without a name, with all clusters.

    Raises:
        click.UsageError: the configuration has no such cluster.
        ConfigError: the configuration is invalid.
    """
    from agent.config import load_config

    config = load_config(config_file)
    clusters = tuple(cluster for cluster in config.clusters if name in (None, cluster.name))
    if not config.clusters:
        raise click.UsageError(f"{config_file} has no clusters; add one to the list `clusters`")
    if not clusters:
        names = ", ".join(cluster.name for cluster in config.clusters)
        hint = did_you_mean(
            name or "", (cluster.name for cluster in config.clusters), f"choose one of: {names}"
        )
        raise click.UsageError(f"{config_file} has no cluster {name}; {hint}")
    return config.model_copy(update={"clusters": clusters})


def matrix_from(bundle: Path | None) -> Matrix:
    """The matrix of this bundle; the built-in one without a bundle, or if the bundle cannot be used.

    Raises:
        ConfigError: the bundle is damaged.
    """
    from agent.matrix import load

    if bundle is None:
        return load()
    from agent.config.matrix import MatrixSource

    return _obtain(MatrixSource(file=str(bundle)))


def matrix_of(config: Config) -> Matrix:
    """The matrix that the configuration names; standard error explains why another one is used instead."""
    return _obtain(config.matrix)


def _obtain(settings: MatrixSource) -> Matrix:
    from agent.matrix import load
    from agent.matrix_sources.provider import MatrixProvider

    in_use = MatrixProvider(load()).obtain(settings)
    for problem in in_use.problems:
        click.echo(f"{problem}; using the matrix of {in_use.matrix.published} instead", err=True)
    return in_use.matrix


def release_named(matrix: Matrix, name: str) -> tuple[Release, str | None]:
    """The release of this name; for a minor its newest patch, with the minor.

    Raises:
        click.UsageError: the matrix has neither.
    """
    name = name.removeprefix("v")
    release = matrix.releases.named(name)
    if release is not None:
        return release, None
    newest = matrix.releases.newest_patch_of(name)
    if newest is None:
        names = [release.name for release in reversed(matrix.releases.all)]
        hint = did_you_mean(name, names, "`matrix list` shows all releases")
        raise click.UsageError(f"the matrix has no release {name[:60]}; {hint}")
    return newest, name
