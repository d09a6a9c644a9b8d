"""The wheel and the sdist, and the comparison of two builds of anything."""

from __future__ import annotations

import hashlib
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from deploy.release.commands import ReleaseError, run


def build(source: Path, target: Path, epoch: str) -> list[Path]:
    """Build both packages into the folder `target`, with `epoch` (Unix seconds) as the time of all files.

    Raises `ReleaseError` if a second build differs in one byte.
    """

    def once(folder: Path) -> None:
        command: list[str | Path] = [sys.executable, "-m", "hatchling", "build", "-d", folder]
        run(command, folder=source, environment={"SOURCE_DATE_EPOCH": epoch})

    return build_twice(once, target)


def build_twice(once: Callable[[Path], object], target: Path) -> list[Path]:
    """Let `once` write into two folders, and copy what it writes into the folder `target`; the files.

    Raises `ReleaseError` if the folders differ in one byte.
    """
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as first, tempfile.TemporaryDirectory() as second:
        for folder in (first, second):
            once(Path(folder))
        pairs = [(path, Path(second) / path.name) for path in sorted(Path(first).iterdir())]
        for path, again in pairs:
            if not again.is_file() or path.read_bytes() != again.read_bytes():
                raise ReleaseError(f"two builds of {path.name} differ: find out what the build depends on")
        return [Path(shutil.copyfile(path, target / path.name)) for path, _ in pairs]


def checksums(files: Iterable[Path]) -> str:
    """Lines for `sha256sum --check`, sorted by name."""
    digests = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
    return "".join(f"{digest}  {name}\n" for name, digest in sorted(digests.items()))
