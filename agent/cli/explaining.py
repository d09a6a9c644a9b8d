"""`explain`: what a reason code means, how bad it is, how to check it by hand and how to fix it."""

from __future__ import annotations

import click

from agent.cli.completing import offer_reasons
from agent.cli.options import format_option
from agent.cli.terminal import text_style


@click.command()
@click.argument("code", shell_complete=offer_reasons)
@format_option()
def explain(code: str, form: str) -> None:
    """Explain a reason code: what it means, how bad it is, how to check it by hand, how to fix it."""
    from agent.reports.document import as_json
    from agent.reports.reason_document import UnknownReasonError, reason_document
    from agent.reports.reasons import reason_markdown

    try:
        document = reason_document(code)
    except UnknownReasonError as error:
        raise click.UsageError(str(error)) from error
    if form == "json":
        click.echo(as_json(document))
    else:
        click.echo(text_style().fitted(f"{document.code}\n\n{reason_markdown(document)}"))
