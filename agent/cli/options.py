"""Options that several commands share, and how a command ends."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import click

from agent.cli.completing import offer_list
from agent.model.text import did_you_mean
from agent.model.vocabulary import Level, Verdict

Command = Callable[..., Any]


def format_option(*more: str) -> Callable[[Command], Command]:
    """`--format`: text, JSON, and the other formats of a command."""
    return click.option(
        "--format",
        "form",
        default="text",
        show_default=True,
        type=Words(["text", "json", *more]),
        help="The output format.",
    )


class Words(click.Choice[str]):
    """One of some words; a message about another word names the closest one."""

    def get_invalid_choice_message(self, value: Any, ctx: click.Context | None) -> str:
        known = ", ".join(self.choices)
        return f"{str(value)[:60]!r}: {did_you_mean(str(value), self.choices, f'write one of {known}')}"


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
            self.fail("write a duration greater than zero, such as 90s, 10m or 1h30m", param, ctx)


def config_file_option(*, required: bool) -> Callable[[Command], Command]:
    return click.option(
        "--config.file",
        "config_file",
        required=required,
        type=click.Path(path_type=Path),
        help="The configuration file.",
    )


def matrix_file_option() -> Callable[[Command], Command]:
    return click.option(
        "--matrix.file",
        "matrix_file",
        type=click.Path(path_type=Path),
        help="A matrix bundle to use instead of the built-in matrix.",
    )


def sources_option(command: Command) -> Command:
    """`--sources`: every range with its verdict and source."""
    return click.option(
        "--sources",
        "with_sources",
        is_flag=True,
        help="Show every range of versions with its verdict and source. JSON has them always.",
    )(command)


def fail_on_option() -> Callable[[Command], Command]:
    return click.option(
        "--fail-on",
        default="",
        metavar="VERDICTS",
        callback=_fail_on,
        shell_complete=offer_list(_FAIL_ON),
        help="Also exit 1 on any of these, separated by commas: untested, unknown, critical-advisory.",
    )


#: The words of `--fail-on`. The last one: a critical published warning that applies or may apply.
_FAIL_ON: dict[str, Verdict | Level] = {
    "untested": Verdict.UNTESTED,
    "unknown": Verdict.UNKNOWN,
    "critical-advisory": Level.CRITICAL,
}


def _fail_on(_context: click.Context, _option: click.Parameter, text: str) -> frozenset[Verdict | Level]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    for name in names:
        if name not in _FAIL_ON:
            listed = f"write one or several of {', '.join(_FAIL_ON)}"
            # Another verdict is not a wrong spelling of one of these.
            hint = listed if name in set(Verdict) else did_you_mean(name, _FAIL_ON, listed)
            raise click.BadParameter(f"{name[:60]!r}: {hint}")
    return frozenset(_FAIL_ON[name] for name in names)


def web_options(command: Command) -> Command:
    for option in (
        click.option(
            "--web.listen-address",
            "listen_address",
            default=":17233",
            show_default=True,
            help="The address to listen on: host:port, or :port for all addresses.",
        ),
        click.option(
            "--web.external-url",
            "external_url",
            default="",
            help="The URL under which users reach this server, such as a proxy's. Links and /sd use it.",
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
            help="The lowest level to log.",
        ),
        click.option(
            "--log.format",
            "log_format",
            default="logfmt",
            show_default=True,
            type=click.Choice(["logfmt", "json"]),
            help="The format of log lines.",
        ),
    ):
        command = option(command)
    return command


def leave(code: int) -> NoReturn:
    """Exit without waiting for a hanging probe; its thread is a daemon thread."""
    sys.stdout.flush()
    sys.exit(code)
