"""The man page, from the same commands and help texts as `--help`. `python -m tests.reference` writes it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from agent.cli import cli

PATH = Path(__file__).parents[1] / "docs" / "man" / "temporal-compat-agent.1"


def man_page(commands: Iterable[tuple[str, click.Command]]) -> str:
    """The page in the macros of man(7), with a section for each of `commands` (full name, command)."""
    summary, *rest = _paragraphs(cli.help)
    lines = [
        r".\" Written by `python -m tests.reference`, from the help texts of the commands.",
        '.TH TEMPORAL-COMPAT-AGENT 1 "" temporal-compat-agent "User Commands"',
        ".SH NAME",
        f"temporal-compat-agent \\- {_escape(summary[0].lower() + summary[1:].rstrip('.'))}",
        ".SH SYNOPSIS",
        r".B temporal\-compat\-agent",
        '.RI [ OPTION ]... " COMMAND " [ ARGUMENT ]...',
        ".SH DESCRIPTION",
        _escape(summary),
        *(line for text in rest for line in _text(text)),
        ".PP",
        r"Each command explains itself with \fB\-\-help\fR.",
        ".SH OPTIONS",
        *_options(cli),
        ".SH COMMANDS",
    ]
    for name, command in commands:
        lines += _section(name, command)
    return "\n".join([*lines, ""])


def _section(name: str, command: click.Command) -> Iterator[str]:
    arguments = [each for each in command.params if isinstance(each, click.Argument)]
    synopsis = [name, *(each.make_metavar(click.Context(command)) for each in arguments)]
    yield f'.SS "{_escape(" ".join(synopsis))}"'
    first, *rest = _paragraphs(command.help)
    yield _escape(first)
    for text in rest:
        yield from _text(text)
    yield from _options(command)
    for text in _paragraphs(command.epilog):
        yield from _text(text)


def _options(command: click.Command) -> Iterator[str]:
    for option in command.params:
        if isinstance(option, click.Option):
            flags = ", ".join(rf"\fB{_escape(flag)}\fR" for flag in option.opts)
            takes = (
                "" if option.is_flag else rf" \fI{_escape(option.make_metavar(click.Context(command)))}\fR"
            )
            yield from (".TP", flags + takes, _escape(_one_line(option.help or "") + _default(option)))


def _default(option: click.Option) -> str:
    if option.required:
        return " Required."
    return f" Default: {option.default}." if isinstance(option.default, str) and option.default else ""


def _paragraphs(text: str | None) -> list[str]:
    return [part for part in re.split(r"\n\s*\n", text or "") if part.strip()]


def _text(paragraph: str) -> Iterator[str]:
    """A paragraph; one that click must not wrap (`\\b`) keeps its lines."""
    yield ".PP"
    if paragraph.startswith("\b"):
        yield from (".nf", *(_escape(line) for line in paragraph.splitlines()[1:]), ".fi")
    else:
        yield _escape(_one_line(paragraph))


def _one_line(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def _escape(text: str) -> str:
    """Text for a line of its own: no macro, no ligature of hyphens. groff_char(7), "Special characters"."""
    escaped = _one_line(text) if "\n" in text else text
    escaped = escaped.replace("\\", r"\e").replace("-", r"\-").replace('"', r"\(dq")
    return rf"\&{escaped}" if escaped.startswith((".", "'")) else escaped
