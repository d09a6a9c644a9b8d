"""Shell completion: `completion`, and what it offers for each kind of argument."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import click

from agent.model.vocabulary import Check, Reason, Role

Offer = Callable[[click.Context, click.Parameter, str], list[str]]

#: What a shell sets to ask for completions: click's own name for this program.
_VARIABLE = "_TEMPORAL_COMPAT_AGENT_COMPLETE"


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print a script that completes commands, flags, releases, clusters, components and reasons.

    \b
    bash: eval "$(temporal-compat-agent completion bash)" in ~/.bashrc
    zsh:  eval "$(temporal-compat-agent completion zsh)" in ~/.zshrc
    fish: temporal-compat-agent completion fish | source, in config.fish
    """
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    assert kind is not None
    click.echo(kind(context.find_root().command, {}, "temporal-compat-agent", _VARIABLE).source())


def offer_releases(_context: click.Context, _parameter: click.Parameter, begun: str) -> list[str]:
    """Releases, newest first."""
    from agent.matrix import load

    return _beginning(begun, (release.name for release in reversed(load().releases.all)))


def offer_clusters(context: click.Context, _parameter: click.Parameter, begun: str) -> list[str]:
    """The clusters of the configuration on the same command line; none if it cannot be read."""
    from agent.config import ConfigError, load_config

    path = context.params.get("config_file")
    if path is None:
        return []
    try:
        return _beginning(begun, (cluster.name for cluster in load_config(Path(path)).clusters))
    except ConfigError:
        return []


def offer_plugins(_context: click.Context, _parameter: click.Parameter, begun: str) -> list[str]:
    """SQL plugins, also after `ROLE=`."""
    from agent.matrix import load

    role, equals, _ = begun.rpartition("=")
    return _beginning(begun, (f"{role}{equals}{name}" for name in sorted(load().plugins.names)))


def offer(words: Iterable[str]) -> Offer:
    """These words."""
    known = tuple(words)
    return lambda _context, _parameter, begun: _beginning(begun, known)


def offer_list(words: Iterable[str]) -> Offer:
    """These words, also at the end of a list with commas."""
    known = tuple(words)

    def found(_context: click.Context, _parameter: click.Parameter, begun: str) -> list[str]:
        before, comma, _ = begun.rpartition(",")
        used = before.split(",")
        return _beginning(begun, (f"{before}{comma}{word}" for word in known if word not in used))

    return found


offer_reasons = offer(Reason)
offer_roles_and_checks = offer_list((*Role, *Check))


def _beginning(begun: str, words: Iterable[str]) -> list[str]:
    return [str(word) for word in words if word.startswith(begun)]
