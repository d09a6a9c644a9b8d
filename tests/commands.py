"""Runs the command line within the test's own process."""

from __future__ import annotations

import json
from typing import Any

from click.testing import CliRunner, Result

from agent.cli import cli


def command(*arguments: str, standard_input: str | None = None) -> Result:
    """What a command printed, and its exit code. A program that fails raises here."""
    result = CliRunner().invoke(cli, arguments, input=standard_input)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def document(*arguments: str) -> tuple[int, dict[str, Any]]:
    """The exit code, and the one JSON object that was printed."""
    result = command(*arguments, "--format", "json")
    assert result.exit_code in {0, 1, 3}, result.output
    read: dict[str, Any] = json.loads(result.stdout)
    return result.exit_code, read


def answer(read: dict[str, Any], role: str, check: str) -> dict[str, Any] | None:
    """The check of the one cluster; nothing where there is no such question."""
    (cluster,) = read["clusters"]
    found = [entry for entry in cluster["checks"] if (entry["role"], entry["check"]) == (role, check)]
    assert len(found) <= 1
    return found[0] if found else None
