"""`matrix`: the commands that read the matrix."""

from __future__ import annotations

from pathlib import Path

import click

from agent.cli.loading import matrix_from
from agent.cli.options import format_option, matrix_file_option
from agent.components.registry import FILLED_BY
from agent.model.vocabulary import Role, Verdict


@click.group("matrix")
def matrix_group() -> None:
    """Read the compatibility matrix."""


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
@click.argument("name", metavar="RELEASE")
@matrix_file_option()
@format_option()
def matrix_show(name: str, matrix_file: Path | None, form: str) -> None:
    """Show one release: its schemas, and the verdict and source for each version of each component."""
    from agent.reports.document import as_json
    from agent.reports.matrix import show_text
    from agent.reports.matrix_document import show_document

    matrix = matrix_from(matrix_file)
    release = matrix.releases.named(name.removeprefix("v"))
    if release is None:
        raise click.UsageError(f"the matrix has no release {name[:60]}; `matrix list` shows all releases")
    document = show_document(matrix, release)
    click.echo(as_json(document) if form == "json" else show_text(document))


@matrix_group.command("find")
@click.option(
    "--component",
    "text",
    required=True,
    metavar="NAME=VERSION",
    help="A component, such as postgresql=12.",
)
@click.option(
    "--role",
    type=click.Choice([role.value for role in FILLED_BY]),
    help="The role that the component fills. Without it every possible role counts, with the worst verdict.",
)
@click.option(
    "--plugin", default="", help="The SQL plugin. Without it the plugin with the best verdict counts."
)
@click.option(
    "--verdict",
    default=Verdict.SUPPORTED.value,
    show_default=True,
    type=click.Choice([verdict.value for verdict in Verdict if verdict is not Verdict.UNKNOWN]),
    help="The verdict to look for.",
)
@matrix_file_option()
@format_option()
def matrix_find(
    text: str, role: str | None, plugin: str, verdict: str, matrix_file: Path | None, form: str
) -> None:
    """Find the releases for which a component version has this verdict."""
    from agent.cli.inventory import DeclarationError, read_question
    from agent.matrix.tables import find
    from agent.reports.document import as_json
    from agent.reports.matrix import find_text
    from agent.reports.matrix_document import find_document

    matrix = matrix_from(matrix_file)
    try:
        question = read_question(matrix, text, Role(role) if role else None, plugin)
    except DeclarationError as error:
        raise click.UsageError(str(error)) from error
    wanted = Verdict(verdict)
    document = find_document(matrix, question, wanted, find(matrix, question, wanted))
    click.echo(as_json(document) if form == "json" else find_text(document))


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
