"""docs/install.md: every command in it is one that the program accepts."""

from __future__ import annotations

import re
import shlex
import tomllib

import click

from agent.cli import cli
from tests.delivery.building import ROOT
from tests.import_graph import ROOT as PACKAGE
from tests.laws import law

PAGE = (ROOT / "docs" / "install.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^\s*(temporal-compat-agent .+)$", PAGE, re.MULTILINE)
COMMANDS += re.findall(r"`(temporal-compat-agent [^`]+)`", PAGE)


@law(COMMANDS)
def test_every_command_of_the_page_is_accepted(line: str) -> None:
    _, *arguments = shlex.split(line)
    command: click.Command = cli
    while isinstance(command, click.Group):
        name, *arguments = arguments
        command = command.commands[name]
    # click keeps the help option that it makes first, so it must have both names here, too.
    context = click.Context(command, help_option_names=["-h", "--help"])
    command.make_parser(context).parse_args(args=arguments)


def test_the_page_lists_every_extra() -> None:
    extras = tomllib.loads((PACKAGE.parent / "pyproject.toml").read_text())["project"][
        "optional-dependencies"
    ]
    assert [name for name in extras if name != "embedded-postgres" and f"`{name}`" not in PAGE] == []
