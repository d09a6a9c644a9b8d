"""The matrix from files and addresses of a user's choice: overlays, and a newer one than the built-in."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from agent.matrix import Matrix
from agent.matrix import load as built_in


def load(overlays: Sequence[Path] = (), file: Path | None = None) -> Matrix:
    """The built-in matrix, or the one in `file`, under these overlays, the last uppermost.

    Raises:
        ConfigError: a file is damaged or not there, or `file` is older than the built-in matrix.
    """
    matrix = built_in()
    # Imported when needed: a command that reads no such file answers sooner.
    if file is not None:
        from agent.matrix_files.bundle import read_newer

        matrix = read_newer(file, than=matrix)
    if overlays:
        from agent.matrix_files.overlay import overlaid

        matrix = overlaid(matrix, overlays)
    return matrix
