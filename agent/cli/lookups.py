"""`matrix`: the commands that read the matrix."""

from __future__ import annotations

import click

from agent.cli.options import format_option
from agent.components.registry import FILLED_BY
from agent.model.vocabulary import Role, Verdict


@click.group("matrix")
def matrix_group() -> None:
    """Read the compatibility matrix."""


@matrix_group.command("list")
@format_option()
def matrix_list(form: str) -> None:
    """List all releases: when they were published, what they report, what schemas they need."""
    from agent.matrix import load
    from agent.reports import matrix as report

    matrix = load()
    click.echo(report.as_json(report.list_document(matrix)) if form == "json" else report.list_text(matrix))


@matrix_group.command("show")
@click.argument("name", metavar="RELEASE")
@format_option()
def matrix_show(name: str, form: str) -> None:
    """Show one release: its schemas, and every version of every component with verdict and source."""
    from agent.matrix import load
    from agent.reports import matrix as report

    matrix = load()
    release = matrix.releases.named(name.removeprefix("v"))
    if release is None:
        raise click.UsageError(f"the matrix has no release {name[:60]}; `matrix list` has all")
    if form == "json":
        click.echo(report.as_json(report.show_document(matrix, release)))
    else:
        click.echo(report.show_text(matrix, release))


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
    help="What it is for; else all that it can be for in a release, and the worst counts.",
)
@click.option("--plugin", default="", help="The SQL plugin; else whichever suits best.")
@click.option(
    "--verdict",
    default=Verdict.SUPPORTED.value,
    show_default=True,
    type=click.Choice([verdict.value for verdict in Verdict if verdict is not Verdict.UNKNOWN]),
    help="The verdict to look for.",
)
@format_option()
def matrix_find(text: str, role: str | None, plugin: str, verdict: str, form: str) -> None:
    """Find the releases that give a version of a component this verdict."""
    from agent.cli.inventory import GivenError, read_question
    from agent.matrix import load
    from agent.matrix.tables import find
    from agent.reports import matrix as report

    matrix = load()
    try:
        question = read_question(text, Role(role) if role else None, plugin)
    except GivenError as error:
        raise click.UsageError(str(error)) from error
    wanted = Verdict(verdict)
    found = find(matrix, question, wanted)
    if form == "json":
        click.echo(report.as_json(report.find_document(question, wanted, found)))
    else:
        click.echo(report.find_text(matrix, question, wanted, found))


@matrix_group.command("sources")
@format_option()
def matrix_sources(form: str) -> None:
    """List every source, with how many statements it makes and how many cells rest on it."""
    from agent.matrix import load
    from agent.matrix.tables import sources
    from agent.reports import matrix as report

    found = sources(load())
    click.echo(
        report.as_json(report.sources_document(found)) if form == "json" else report.sources_text(found)
    )
