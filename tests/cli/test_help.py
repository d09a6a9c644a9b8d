"""Help texts: whole sentences, within the width of a terminal."""

from __future__ import annotations

from collections.abc import Iterator

import click
from click.testing import CliRunner

from agent.cli import cli
from tests.laws import law


def every(command: click.Command, *path: str) -> Iterator[tuple[str, ...]]:
    yield path
    for name, below in command.commands.items() if isinstance(command, click.Group) else ():
        yield from every(below, *path, name)


@law(every(cli))
def test_help_has_whole_sentences_within_eighty_columns(path: tuple[str, ...]) -> None:
    result = CliRunner().invoke(cli, [*path, "--help"], terminal_width=80)
    assert result.exit_code == 0
    # The first line has the arguments, such as `FILE...`.
    assert "..." not in result.output.partition("\n")[2]
    # The list of thresholds is a table, and the words of one option are not broken.
    text = result.output.partition("Thresholds and their defaults")[0]
    assert [line for line in text.splitlines() if len(line) > 80 and "|" not in line] == []


@law(every(cli))
def test_every_option_is_explained_by_a_sentence(path: tuple[str, ...]) -> None:
    command: click.Command = cli
    for name in path:
        assert isinstance(command, click.Group)
        command = command.commands[name]
    options = [each for each in command.params if isinstance(each, click.Option)]
    assert [each.name for each in options if not (each.help or "").endswith((".", "?"))] == []
