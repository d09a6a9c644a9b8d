"""The options that tell what a cluster is made of, in place of a network, and how they are read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from agent.cli.options import Command
from agent.model.vocabulary import STORE_ROLES, Role

if TYPE_CHECKING:
    from agent.cli.inventory import DeclaredStack

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


def inventory_options(command: Command) -> Command:
    """The options that tell what there is, in place of a network."""
    options = [
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


def given(
    server: str,
    *,
    plugins: tuple[str, ...],
    schemas: tuple[str, ...],
    multi_datacenter: bool,
    **parts: str | None,
) -> DeclaredStack:
    """What these options tell.

    Raises:
        click.UsageError: they are not written so.
    """
    from agent.cli.inventory import DeclaredStack

    return DeclaredStack(
        server=server,
        parts={role: text for role in _TOLD if (text := parts[role]) is not None},
        plugins=_by_role("--plugin", (text for text in plugins if "=" in text)),
        any_plugins=tuple(text for text in plugins if "=" not in text),
        schemas=_by_role("--schema", schemas),
        multi_datacenter=multi_datacenter,
    )


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
