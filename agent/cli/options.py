"""Options that several commands share, and how a command ends."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import click

Command = Callable[..., Any]


def format_option(*more: str) -> Callable[[Command], Command]:
    """`--format`: text, JSON, and what more a command can write."""
    return click.option(
        "--format",
        "form",
        default="text",
        show_default=True,
        type=click.Choice(["text", "json", *more]),
        help="For people, one JSON object" + (", or another program's format." if more else "."),
    )


class Seconds(click.ParamType[float]):
    """A duration as in the configuration, `90s` or `10m`; in seconds."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        from pydantic import TypeAdapter, ValidationError

        from agent.config.fields import Duration

        if isinstance(value, float):
            return value
        try:
            return TypeAdapter[float](Duration).validate_python(value)
        except ValidationError:
            self.fail("write a duration such as 90s, 10m or 1h30m", param, ctx)


def config_file_option(*, required: bool) -> Callable[[Command], Command]:
    return click.option(
        "--config.file",
        "config_file",
        required=required,
        type=click.Path(path_type=Path),
        help="The configuration.",
    )


def matrix_file_option() -> Callable[[Command], Command]:
    return click.option(
        "--matrix.file",
        "matrix_file",
        type=click.Path(path_type=Path),
        help="A bundle to use in place of the built-in matrix.",
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
            "--web.external-url",
            "external_url",
            default="",
            help="The address that others reach this under, a proxy's for instance; links and /sd go by it.",
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


def leave(code: int) -> NoReturn:
    """Exit without waiting for a probe that hangs; its thread is a daemon."""
    sys.stdout.flush()
    sys.exit(code)
