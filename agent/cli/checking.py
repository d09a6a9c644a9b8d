"""`check`: probes what is configured once, or judges what is told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from agent.cli.options import Command, config_file_option, format_option, leave
from agent.vocabulary import STORE_ROLES, Role

if TYPE_CHECKING:
    from agent.config import Cluster, Config
    from agent.snapshot import Snapshot

#: A role that can be told, and what is said of it in the help.
_TOLD = {
    Role.PERSISTENCE: "The default store, such as postgresql=15.4; `custom` for one of your own.",
    Role.VISIBILITY: "The visibility store, such as postgresql=15.4 or elasticsearch=8.17.0; or `custom`.",
    Role.SECONDARY_VISIBILITY: "secondaryVisibilityStore (from 1.21 on), as the one before.",
    Role.SEARCH: "advancedVisibilityStore (up to 1.24), such as elasticsearch=7.10.2.",
    Role.EVENT_STREAMING: "Event streaming, such as kafka=2.1.1.",
    Role.COORDINATION: "What coordinates it, such as zookeeper=3.4.6.",
    Role.MONITORING: "Monitoring, such as prometheus=2.53.0.",
    Role.OBSERVATION: "Observation, such as grafana=11.1.0.",
}

#: Roles whose stores can have a plugin and a schema.
_STORES = (*STORE_ROLES, Role.SECONDARY_VISIBILITY)


def _told_options(command: Command) -> Command:
    """The options of a judgement without network."""
    options = [
        click.option("--server", metavar="RELEASE", help="Judge this release, without any network."),
        *(
            click.option(f"--{role.replace('_', '-')}", role.value, metavar="NAME=VERSION", help=text)
            for role, text in _TOLD.items()
        ),
        click.option(
            "--plugin",
            "plugins",
            multiple=True,
            metavar="[ROLE=]PLUGIN",
            help="The SQL plugin of a store, or of every store that it suits. Repeatable.",
        ),
        click.option(
            "--schema",
            "schemas",
            multiple=True,
            metavar="ROLE=VERSION",
            help="The schema version in a store. Repeatable.",
        ),
        click.option("--multi-datacenter", is_flag=True, help="There are several data centres."),
    ]
    for option in reversed(options):
        command = option(command)
    return command


@click.command()
@config_file_option(required=False)
@click.option("--cluster", "name", help="Only this cluster of the configuration.")
@_told_options
@format_option
def check(config_file: Path | None, name: str | None, server: str | None, form: str, **told: Any) -> None:
    """Probe every cluster of a configuration once, or judge what is told, and print what is found.

    With --config.file the network is asked. With --server it is not: a role that is not told is absent, a
    schema that is not told is unknown.
    """
    from agent import report

    if config_file is not None and server is None and not any(told.values()):
        snapshots = _probed(config_file, name)
    elif server is not None and config_file is None and name is None:
        snapshots = [_judged(server, **told)]
    else:
        raise click.UsageError("give either --config.file, or --server with what it runs on")
    click.echo(report.as_json(snapshots) if form == "json" else report.as_text(snapshots))
    leave(report.exit_code(snapshots))


def _judged(
    server: str,
    *,
    plugins: tuple[str, ...],
    schemas: tuple[str, ...],
    multi_datacenter: bool,
    **parts: str | None,
) -> Snapshot:
    from agent.matrix import load
    from agent.offline import Given, GivenError, judge_given

    given = Given(
        server=server,
        parts={role: text for role in _TOLD if (text := parts[role]) is not None},
        plugins=_by_role("--plugin", (text for text in plugins if "=" in text)),
        any_plugins=tuple(text for text in plugins if "=" not in text),
        schemas=_by_role("--schema", schemas),
        multi_datacenter=multi_datacenter,
    )
    try:
        return judge_given(load(), given)
    except GivenError as error:
        raise click.UsageError(str(error)) from error


def _by_role(option: str, texts: Iterable[str]) -> dict[Role, str]:
    """Read `ROLE=TEXT`, for each store at most once."""
    what = "PLUGIN" if option == "--plugin" else "VERSION"
    found: dict[Role, str] = {}
    for text in texts:
        name, _, value = text.partition("=")
        if name not in _STORES or not value:
            raise click.UsageError(
                f"{option} {text[:60]!r}: write ROLE={what}, with one of: {', '.join(_STORES)}"
            )
        if name in found:
            raise click.UsageError(f"{option}: {name} is told twice")
        found[Role(name)] = value
    return found


def _probed(config_file: Path, name: str | None) -> Sequence[Snapshot]:
    from agent.config import load_config

    config = load_config(config_file)
    clusters = [cluster for cluster in config.clusters if name in (None, cluster.name)]
    if not clusters:
        raise click.UsageError(f"{config_file} has no cluster{f' {name}' if name else ''}")
    return _probe_once(config.model_copy(update={"clusters": tuple(clusters)}))


def _probe_once(config: Config) -> Sequence[Snapshot]:
    from concurrent.futures import ThreadPoolExecutor

    from agent.cycle import Cycle
    from agent.matrix import load
    from agent.matrix_files.source import Source

    in_use = Source(load()).obtain(config.matrix)
    matrix = in_use.matrix
    for problem in in_use.problems:
        click.echo(f"{problem}; judged by the matrix of {matrix.published}", err=True)

    def probe(cluster: Cluster) -> Snapshot:
        cycle = Cycle(config, cluster, matrix)
        try:
            return cycle.round()
        finally:
            cycle.close()

    with ThreadPoolExecutor(min(len(config.clusters), 64)) as pool:
        return list(pool.map(probe, config.clusters))
