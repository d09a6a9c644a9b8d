"""Builds the packages with the locked build backend, offline."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]


def build(
    target: Path, *kinds: str, source: Path = ROOT, environment: Mapping[str, str] | None = None
) -> list[Path]:
    """Build `wheel` or `sdist` of `source` into the folder `target`; the files, sorted by name."""
    wanted = [argument for kind in kinds for argument in ("-t", kind)]
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", *wanted, "-d", target],
        cwd=source,
        env={**os.environ, "SOURCE_DATE_EPOCH": "1700000000", **(environment or {})},
        check=True,
        capture_output=True,
    )
    return sorted(target.iterdir())
