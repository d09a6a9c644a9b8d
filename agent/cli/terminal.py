"""How `check` writes to a terminal or a pipe, and which roles and checks it shows."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from agent.cli.completing import offer_roles_and_checks

if TYPE_CHECKING:
    from agent.reports.text_style import TextStyle

Command = Callable[..., Any]


def text_style() -> TextStyle:
    """Plain in a pipe and with TERM=dumb; without colours if NO_COLOR is set (no-color.org)."""
    from agent.reports.text_style import TextStyle

    if not sys.stdout.isatty():
        return TextStyle()
    width = shutil.get_terminal_size().columns
    if os.environ.get("TERM", "dumb") == "dumb":
        return TextStyle(width)
    has_symbols = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    return TextStyle(width, colours=not os.environ.get("NO_COLOR"), symbols=has_symbols)


def selection_options(command: Command) -> Command:
    """The options of `check` that choose what it judges and shows."""
    for option in (
        click.option(
            "--only",
            default="",
            metavar="NAMES",
            callback=_names,
            shell_complete=offer_roles_and_checks,
            help="Judge only these roles and checks, such as persistence,schema. Would start always counts.",
        ),
        click.option(
            "--exclude",
            default="",
            metavar="NAMES",
            callback=_names,
            shell_complete=offer_roles_and_checks,
            help="Leave out these roles and checks, such as observation,toolchain.",
        ),
        click.option(
            "--list-checks",
            is_flag=True,
            is_eager=True,
            expose_value=False,
            callback=_list_checks,
            help="List all roles and their checks, then exit.",
        ),
        click.option("-v", "--verbose", is_flag=True, help="Also print passed checks, and all sources."),
        click.option("--short", is_flag=True, help="Print one line for each cluster, for a chat."),
    ):
        command = option(command)
    return command


def _names(_context: click.Context, _option: click.Parameter, text: str) -> frozenset[str]:
    from agent.reports.check_names import read_names

    try:
        return read_names(text)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


def _list_checks(context: click.Context, _option: click.Parameter, wanted: bool) -> None:
    if not wanted or context.resilient_parsing:
        return
    from agent.reports.check_names import list_lines
    from agent.verdict.checks import SECTIONS

    judged = {(role, row.check) for part in SECTIONS for role in part.roles for row in part.rows}
    click.echo("\n".join(list_lines(judged, text_style())))
    context.exit()
