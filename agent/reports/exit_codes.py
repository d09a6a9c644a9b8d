"""What every command's exit code means; docs/cli.md promises them."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """How a command ends."""

    OK = 0
    FINDINGS = 1
    USAGE_ERROR = 2
    UNDETERMINED = 3
    FAILED = 4
