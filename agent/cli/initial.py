"""`config init`: writes a first configuration."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click

from agent.cli.temporary import need_temporary_folder

if TYPE_CHECKING:
    from agent.config.initial.first_configuration import FirstConfiguration

_STANDARD_INPUT = "standard input"


@click.command("init")
@click.option(
    "--from",
    "source",
    metavar="FILE",
    help="Read the settings from this file: Temporal's configuration, Helm values, a manifest, a compose file"
    " or an env file. - is standard input. Without it, an example is written.",
)
@click.option(
    "--with",
    "options",
    metavar="KEY=VALUE",
    multiple=True,
    help="A key next to the file, such as service=temporal, version=1.30.1 or chart=1.5.0. Repeatable.",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    help="The file to write, which must not exist. Without it, standard output.",
)
def config_init(source: str | None, options: tuple[str, ...], output: Path | None) -> None:
    """Write a configuration from any file of Temporal, with comments; secrets are not copied."""
    if source is None:
        from agent.config.initial.starting_file import STARTING_FILE

        _write(STARTING_FILE, output)
        return
    made = _from_standard_input(options) if source == "-" else _from_file(Path(source), options)
    _write(made.text, output)
    for sentence in made.to_do:
        click.echo(sentence, err=True)


def _from_file(path: Path, options: tuple[str, ...], shown: str = "") -> FirstConfiguration:
    from agent.config.initial.first_configuration import first_configuration

    pairs = dict(option.partition("=")[::2] for option in options)
    if not all(key and value for key, value in pairs.items()):
        raise click.UsageError("write --with KEY=VALUE, such as --with service=temporal")
    return first_configuration(path, pairs, shown)


def _from_standard_input(options: tuple[str, ...]) -> FirstConfiguration:
    from agent.config.document import MAX_BYTES
    from agent.config.errors import ConfigError

    need_temporary_folder()
    content = sys.stdin.buffer.read(MAX_BYTES + 1)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "stdin"
        path.write_bytes(content)
        try:
            made = _from_file(path, options, _STANDARD_INPUT)
        except ConfigError as error:
            raise ConfigError([replace(each, file=_STANDARD_INPUT) for each in error.problems]) from error
    # A relative path is relative to the folder in which the command runs.
    return replace(made, text=made.text.replace(folder, str(Path.cwd())))


def _write(text: str, output: Path | None) -> None:
    if output is None:
        click.echo(text, nl=False)
        return
    try:
        with output.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise click.UsageError(f"{output} exists: choose another file, or remove it first") from error
    except OSError as error:
        raise click.UsageError(f"{output} cannot be written: {error.strerror}") from error
