"""How `check` writes to a terminal, a dumb terminal and a pipe."""

from __future__ import annotations

import os
import pty
import subprocess
import sys

from tests.laws import law

CHECK = (
    sys.executable, "-m", "agent.cli", "check", "--server", "1.31.2", "--plugin", "postgres12",
    "--persistence", "postgresql=15.4", "--schema", "persistence=1.18", "--visibility", "postgresql=15.4",
)  # fmt: skip


def on_terminal(**environment: str) -> str:
    """What `check` writes to a terminal of 60 columns."""
    above, below = pty.openpty()
    env = {**os.environ, "COLUMNS": "60", "LINES": "40", "PYTHONIOENCODING": "utf-8", **environment}
    env = {name: value for name, value in env.items() if value}
    with subprocess.Popen(CHECK, stdout=below, stdin=below, env=env) as process:
        os.close(below)
        written = b""
        try:
            while part := os.read(above, 65536):
                written += part
        except OSError:  # Linux reports the end of a terminal as an error.
            pass
        process.wait(timeout=30)
    os.close(above)
    return written.decode().replace("\r\n", "\n")


@law(
    [
        ({"TERM": "xterm-256color", "NO_COLOR": ""}, True, True),
        ({"TERM": "xterm-256color", "NO_COLOR": "1"}, False, True),
        ({"TERM": "dumb", "NO_COLOR": ""}, False, False),
        ({"TERM": "xterm", "NO_COLOR": "", "PYTHONIOENCODING": "ascii"}, True, False),
    ]
)
def test_a_terminal_gets_what_it_can_show(environment: dict[str, str], colours: bool, symbols: bool) -> None:
    text = on_terminal(**environment)
    assert ("\x1b[31m" in text) is colours
    assert ("✗" in text) is symbols
    assert "unsupported" in text
    assert "exit code 1: " in text.replace("\n", " ")


def test_a_pipe_gets_plain_text_in_whole_lines() -> None:
    env = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "60"}
    piped = subprocess.run(CHECK, env=env, capture_output=True, text=True, check=False)
    assert piped.returncode == 1
    assert "\x1b" not in piped.stdout
    assert max(map(len, piped.stdout.splitlines())) > 60
