"""The exit codes of all commands, as promised in docs/cli.md."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """How a command ends."""

    OK = 0
    FINDINGS = 1
    USAGE_ERROR = 2
    UNDETERMINED = 3
    FAILED = 4
