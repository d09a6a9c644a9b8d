"""`matrix`: the commands that read the matrix."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from agent.cli.completing import offer, offer_plugins, offer_releases
from agent.cli.exporting import matrix_export
from agent.cli.help import Commands
from agent.cli.loading import matrix_from, release_named
from agent.cli.options import Words, format_option, matrix_file_option, sources_option
from agent.components.registry import FILLED_BY, FLAVOR_OF, JUDGED
from agent.model.text import did_you_mean
from agent.model.vocabulary import Role, Verdict

if TYPE_CHECKING:
    from agent.matrix import Matrix


_COMPONENTS = sorted((*JUDGED, "go", *FLAVOR_OF))


@click.group("matrix", cls=Commands)
def matrix_group() -> None:
    """Read the compatibility matrix."""


matrix_group.add_command(matrix_export)


@matrix_group.command("list")
@matrix_file_option()
@format_option()
def matrix_list(matrix_file: Path | None, form: str) -> None:
    """List all releases with publication date, reported version and required schema versions."""
    from agent.reports.document import as_json
    from agent.reports.matrix import list_text
    from agent.reports.matrix_document import list_document

    document = list_document(matrix_from(matrix_file))
    click.echo(as_json(document) if form == "json" else list_text(document))


@matrix_group.command("show")
@click.argument("name", metavar="RELEASE", shell_complete=offer_releases)
@sources_option
@matrix_file_option()
@format_option()
def matrix_show(name: str, with_sources: bool, matrix_file: Path | None, form: str) -> None:
    """Show one release: its schemas, and the versions of each component that it supports.

    A minor, such as 1.29, means its newest patch.
    """
    from agent.reports.document import as_json
    from agent.reports.matrix import show_text
    from agent.reports.matrix_document import show_document

    matrix = matrix_from(matrix_file)
    release, minor = release_named(matrix, name)
    document = show_document(matrix, release, minor)
    click.echo(as_json(document) if form == "json" else show_text(document, sources=with_sources))


@matrix_group.command("find")
@click.argument("positional", metavar="[COMPONENT]", default="", shell_complete=offer(_COMPONENTS))
@click.option(
    "--component",
    "text",
    default="",
    metavar="NAME=VERSION",
    shell_complete=offer(_COMPONENTS),
    help="A component, such as postgresql=12: find the releases for it. The same as the argument.",
)
@click.option(
    "--server",
    default="",
    metavar="RELEASE",
    shell_complete=offer_releases,
    help="Find the versions of the component COMPONENT that this release supports. A minor, such as 1.29,"
    " means its newest patch.",
)
@click.option(
    "--role",
    type=Words([role.value for role in FILLED_BY]),
    help="The role that the component fills. Without it every possible role counts, with the worst verdict.",
)
@click.option(
    "--plugin",
    default="",
    shell_complete=offer_plugins,
    help="The SQL plugin. Without it the plugin with the best verdict counts.",
)
@click.option(
    "--verdict",
    default=Verdict.SUPPORTED.value,
    show_default=True,
    type=Words([verdict.value for verdict in Verdict if verdict is not Verdict.UNKNOWN]),
    help="The verdict to look for.",
)
@sources_option
@matrix_file_option()
@format_option()
@click.pass_context
def matrix_find(
    context: click.Context,
    positional: str,
    text: str,
    server: str,
    role: str | None,
    plugin: str,
    verdict: str,
    with_sources: bool,
    matrix_file: Path | None,
    form: str,
) -> None:
    """Find the releases for which a component version has this verdict, or with --server the versions.

    COMPONENT is postgresql with --server, and postgresql=16 without it.
    """
    if bool(positional) == bool(text):
        raise click.UsageError("write one component: `matrix find postgresql=16`, or with --server a name")
    matrix = matrix_from(matrix_file)
    if server:
        _refuse_with_server(context)
        click.echo(_versions_of(matrix, positional or text, server, form, sources=with_sources))
        return
    if with_sources:
        raise click.UsageError("--sources needs --server; `matrix show RELEASE --sources` shows all sources")
    click.echo(_releases_for(matrix, positional or text, role, plugin, Verdict(verdict), form))


def _refuse_with_server(context: click.Context) -> None:
    """--server shows every role and plugin, so the options that choose one are wrong use."""
    for name in ("role", "plugin", "verdict"):
        if context.get_parameter_source(name) is not ParameterSource.DEFAULT:
            raise click.UsageError(f"--server shows every role, plugin and version; remove --{name}")


def _versions_of(matrix: Matrix, name: str, server: str, form: str, *, sources: bool) -> str:
    """What a release supports of the component of this name.

    Raises:
        click.UsageError: the matrix has no such release or component.
    """
    from agent.reports.document import as_json
    from agent.reports.matrix_document import support_document
    from agent.reports.supported_text import support_text

    release, minor = release_named(matrix, server)
    component = FLAVOR_OF.get(name, name)
    if "=" in name:
        raise click.UsageError(f"--server lists all versions; write {name.partition('=')[0]!r} without one")
    if component not in (*JUDGED, "go"):
        hint = did_you_mean(name, _COMPONENTS, f"choose one of: {', '.join(JUDGED)}, go")
        raise click.UsageError(f"{name[:60]!r} is not a component; {hint}")
    flavor = name if name in FLAVOR_OF else ""
    document = support_document(matrix, release, component, flavor, minor)
    return as_json(document) if form == "json" else support_text(document, sources=sources)


def _releases_for(
    matrix: Matrix, text: str, role: str | None, plugin: str, verdict: Verdict, form: str
) -> str:
    """The releases with this verdict on a component version.

    Raises:
        click.UsageError: the component, its version or its plugin is wrong.
    """
    from agent.cli.inventory import DeclarationError, read_question
    from agent.matrix.tables import find
    from agent.reports.document import as_json
    from agent.reports.matrix import find_text
    from agent.reports.matrix_document import find_document

    try:
        question = read_question(matrix, text, Role(role) if role else None, plugin)
    except DeclarationError as error:
        raise click.UsageError(str(error)) from error
    document = find_document(matrix, question, verdict, find(matrix, question, verdict))
    return as_json(document) if form == "json" else find_text(document)


@matrix_group.command("sources")
@matrix_file_option()
@format_option()
def matrix_sources(matrix_file: Path | None, form: str) -> None:
    """List every source, with the number of its statements and of the matrix cells that rely on it."""
    from agent.matrix.tables import sources
    from agent.reports.document import as_json
    from agent.reports.matrix import sources_text
    from agent.reports.matrix_document import sources_document

    document = sources_document(sources(matrix_from(matrix_file)))
    click.echo(as_json(document) if form == "json" else sources_text(document))
