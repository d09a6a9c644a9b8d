"""Help texts of groups: the first sentence of each command, whole."""

from __future__ import annotations

import click

#: In characters; longer than any first sentence.
_NO_LIMIT = 1000


class Commands(click.Group):
    """A group whose help wraps the sentences of its commands; click cuts them at the end of the line."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the names of the commands, each with its first sentence."""
        found = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        rows = [(name, command.get_short_help_str(_NO_LIMIT)) for name, command in found if command]
        with formatter.section("Commands"):
            formatter.write_dl(rows)
