"""What every command's exit code means; docs/cli.md promises them."""

from __future__ import annotations

FINE, FINDINGS, WRONG_USE, UNDETERMINED, FAILED = range(5)
