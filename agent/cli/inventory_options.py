"""The options that declare a stack on the command line, and how they are read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from agent.cli.completing import offer, offer_plugins
from agent.cli.options import Command
from agent.components.registry import FILLED_BY, FLAVOR_OF
from agent.model.text import did_you_mean
from agent.model.vocabulary import STORE_ROLES, Role

if TYPE_CHECKING:
    from agent.cli.inventory import DeclaredStack

#: Each role that can be declared, with its help text.
_ROLE_HELP = {
    Role.PERSISTENCE: "The default store, such as postgresql=15.4; `custom` for a custom store.",
    Role.VISIBILITY: "The visibility store, such as postgresql=15.4 or elasticsearch=8.17.0; or `custom`.",
    Role.SECONDARY_VISIBILITY: "secondaryVisibilityStore (1.21 and later), written like --visibility.",
    Role.SEARCH: "advancedVisibilityStore (1.24 and earlier), such as elasticsearch=7.10.2.",
    Role.EVENT_STREAMING: "Event streaming, such as kafka=2.1.1.",
    Role.COORDINATION: "Coordination of event streaming, such as zookeeper=3.4.6.",
    Role.MONITORING: "Monitoring, such as prometheus=2.53.0.",
    Role.OBSERVATION: "Visualization, such as grafana=11.1.0.",
}

#: Roles whose stores can have a plugin and a schema.
_STORES = (*STORE_ROLES, Role.SECONDARY_VISIBILITY)


def components_for(role: Role) -> frozenset[str]:
    """The names that `--ROLE` takes: components and their compatible products."""
    return FILLED_BY[role] | {flavor for flavor, of in FLAVOR_OF.items() if of in FILLED_BY[role]}


def inventory_options(command: Command) -> Command:
    """Add the options that declare a stack."""
    options = [
        *(
            click.option(
                f"--{role.replace('_', '-')}",
                role.value,
                metavar="NAME=VERSION",
                shell_complete=offer(sorted(components_for(role))),
                help=text,
            )
            for role, text in _ROLE_HELP.items()
        ),
        click.option(
            "--plugin",
            "plugins",
            multiple=True,
            metavar="[ROLE=]PLUGIN",
            shell_complete=offer_plugins,
            help="The SQL plugin of one store, or of every store that it fits. Repeatable.",
        ),
        click.option(
            "--schema",
            "schemas",
            multiple=True,
            metavar="ROLE=VERSION",
            shell_complete=offer(f"{role}=" for role in _STORES),
            help="The schema version of a store. Repeatable.",
        ),
        click.option(
            "--multi-datacenter", is_flag=True, help="The cluster replicates to or from another data centre."
        ),
    ]
    for option in reversed(options):
        command = option(command)
    return command


def declared_stack(
    server: str,
    *,
    plugins: tuple[str, ...],
    schemas: tuple[str, ...],
    multi_datacenter: bool,
    **parts: str | None,
) -> DeclaredStack:
    """The stack that these options declare.

    Raises:
        click.UsageError: an option is malformed or repeated for one store.
    """
    from agent.cli.inventory import DeclaredStack

    return DeclaredStack(
        server=server,
        parts={role: text for role in _ROLE_HELP if (text := parts[role]) is not None},
        plugins=_by_role("--plugin", (text for text in plugins if "=" in text)),
        any_plugins=tuple(text for text in plugins if "=" not in text),
        schemas=_by_role("--schema", schemas),
        multi_datacenter=multi_datacenter,
    )


def _by_role(option: str, texts: Iterable[str]) -> dict[Role, str]:
    """Read `ROLE=TEXT`, at most once for each store."""
    what = "PLUGIN" if option == "--plugin" else "VERSION"
    by_role: dict[Role, str] = {}
    for text in texts:
        name, _, value = text.partition("=")
        if name not in _STORES or not value:
            listed = f"write ROLE={what}, where ROLE is one of: {', '.join(_STORES)}"
            hint = did_you_mean(name, _STORES, listed) if name not in _STORES and value else listed
            raise click.UsageError(f"{option} {text[:60]!r}: {hint}")
        if name in by_role:
            raise click.UsageError(f"{option} {name}=… is given twice; give it once")
        by_role[Role(name)] = value
    return by_role
