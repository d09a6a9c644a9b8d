"""`matrix export`: the supported versions as data for other programs."""

from __future__ import annotations

from pathlib import Path

import click

from agent.cli.completing import offer_releases
from agent.cli.loading import matrix_from, release_named
from agent.cli.options import matrix_file_option


@click.command("export")
@click.option(
    "--server",
    default="",
    metavar="RELEASE",
    shell_complete=offer_releases,
    help="The release; a minor, such as 1.29, means its newest patch. Without it: all releases.",
)
@matrix_file_option()
@click.option(
    "--format",
    "form",
    default="json",
    show_default=True,
    type=click.Choice(["json", "schema", "renovate", "html"]),
    help="json: the supported versions; schema: the JSON Schema of that; renovate: a preset for Renovate;"
    " html: a page with the upgrade plans between all releases, for common stores.",
)
def matrix_export(server: str, matrix_file: Path | None, form: str) -> None:
    """Write the supported versions as data for other programs."""
    from agent.reports.document import as_json
    from agent.reports.export_document import export_document, export_schema
    from agent.reports.renovate import renovate_preset

    if form == "schema":
        click.echo(export_schema())
        return
    if form == "renovate" and not server:
        raise click.UsageError("--format renovate needs --server RELEASE: a preset is for one release")
    if form == "html" and server:
        raise click.UsageError("--format html is about all releases; remove --server")
    matrix = matrix_from(matrix_file)
    if form == "html":
        from agent.cli.plan_tables import plan_html

        click.echo(plan_html(matrix))
        return
    releases = (release_named(matrix, server)[0],) if server else matrix.releases.all
    document = export_document(matrix, releases)
    click.echo(renovate_preset(document) if form == "renovate" else as_json(document))
