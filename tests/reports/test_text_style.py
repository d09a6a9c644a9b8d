"""Text on terminals: width, colours, symbols, and commands that can still be copied."""

from __future__ import annotations

import shlex

from agent.model.vocabulary import Verdict
from agent.reports.text_style import TextStyle
from tests.laws import law

COMMAND = shlex.join(["agent", "plan", "--config.file", "/etc/my files/agent.yaml", "--cluster", "it's $(x)"])


def test_a_plain_verdict_is_its_word() -> None:
    assert [TextStyle().verdict(verdict) for verdict in Verdict] == list(Verdict)
    assert len({TextStyle(symbols=True).verdict(verdict, padded=True)[0] for verdict in Verdict}) == 4


@law([30, 40, 60, 200])
def test_a_command_on_several_lines_is_the_same_command(width: int) -> None:
    lines = list(TextStyle(width).command(COMMAND, "    "))
    # A shell removes a backslash at the end of a line; shlex does not.
    assert shlex.split("\n".join(lines).replace("\\\n", "")) == shlex.split(COMMAND)
    assert max(map(len, lines)) <= max(width, 4 + 2 + len("'/etc/my files/agent.yaml'") + 2)


def test_a_narrow_terminal_still_has_room_for_words() -> None:
    lines = list(TextStyle(5).paragraph("one two three four five six", "  ", "  unsupported  "))
    assert lines[0] == "  unsupported  one two three"
