"""Options that several commands share, and how a command ends."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

Command = Callable[..., Any]

format_option = click.option(
    "--format",
    "form",
    default="text",
    show_default=True,
    type=click.Choice(["text", "json"]),
    help="For people, or one JSON object.",
)


def config_file_option(*, required: bool) -> Callable[[Command], Command]:
    return click.option(
        "--config.file",
        "config_file",
        required=required,
        type=click.Path(path_type=Path),
        help="The configuration.",
    )


def web_options(command: Command) -> Command:
    for option in (
        click.option(
            "--web.listen-address",
            "listen_address",
            default=":17233",
            show_default=True,
            help="Where to listen: host:port, or :port for all addresses.",
        ),
        click.option(
            "--web.enable-lifecycle",
            "enable_lifecycle",
            is_flag=True,
            help="Allow POST /-/reload.",
        ),
    ):
        command = option(command)
    return command


def log_options(command: Command) -> Command:
    for option in (
        click.option(
            "--log.level",
            "log_level",
            default="info",
            show_default=True,
            type=click.Choice(["debug", "info", "warning", "error"]),
            help="The least level to log.",
        ),
        click.option(
            "--log.format",
            "log_format",
            default="logfmt",
            show_default=True,
            type=click.Choice(["logfmt", "json"]),
            help="How log lines are written.",
        ),
    ):
        command = option(command)
    return command


def leave(code: int) -> None:
    """Exit without waiting for a probe that hangs; its thread is a daemon."""
    sys.stdout.flush()
    sys.exit(code)
