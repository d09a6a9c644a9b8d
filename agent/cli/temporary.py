"""Commands that need a folder for temporary files."""

from __future__ import annotations

import tempfile

import click


def need_temporary_folder() -> None:
    """Check that temporary files can be written.

    Raises:
        click.ClickException: no folder for them can be written to, as on a read-only file system.
    """
    try:
        tempfile.gettempdir()
    except FileNotFoundError as error:
        raise click.ClickException(
            "this command writes temporary files, and no folder for them is writable. "
            "Set TMPDIR to a folder that this user can write to"
        ) from error
