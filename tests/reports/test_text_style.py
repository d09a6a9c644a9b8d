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


TEXT = """\
Title
  1. Wait about ten minutes for all history shards to load, then continue.
  ! critical warning: use a later release, or set a key without that value.
       tool --endpoint "$HOST" --port "$PORT" update-schema --version 1.19
- PostgreSQL: `psql -h HOST -U USER -d DATABASE -c "SELECT curr_version"`"""


@law([40, 60, 0])
def test_a_finished_text_fits_and_its_commands_can_be_copied(width: int) -> None:
    fitted = TextStyle(width).fitted(TEXT, " " * 7)
    lines = fitted.splitlines()
    if not width:
        assert fitted == TEXT
        return
    assert max(map(len, lines[:-1])) <= width
    assert lines[-1] == TEXT.splitlines()[-1]
    assert "     " + lines[2].strip() == lines[2]
    assert fitted.replace("\\\n", "").split() == TEXT.split()
