"""What takes long to obtain (builds, downloads) is kept in a folder outside the tree, for all checkouts."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from .commands import CommandError, UnavailableError


def root() -> Path:
    """The cache's folder: `$TEMPORAL_COMPAT_CACHE`, else one under the user's caches."""
    if configured := os.environ.get("TEMPORAL_COMPAT_CACHE"):
        return Path(configured)
    caches = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(caches) / "temporal-compat-agent"


def entry(group: str, name: str, inputs: Sequence[bytes], build: Callable[[Path], None]) -> Path:
    """The folder that `build` fills, kept until one of the inputs changes.

    One thing of a group is built at a time, whoever asks: another thread or test run waits and then
    finds it there. `build` gets an empty folder that becomes the entry only if it succeeds; a command
    of it that fails (without a network they do) makes the thing unavailable.
    """
    folder = root() / group
    finished = folder / f"{name}-{_digest(inputs)}"
    if finished.is_dir():
        return finished
    folder.mkdir(parents=True, exist_ok=True)
    with _locked(folder / ".lock"):
        if finished.is_dir():
            return finished
        for leftover in folder.glob(".building-*"):  # of a run that was killed: we hold the lock
            shutil.rmtree(leftover)
        building = Path(tempfile.mkdtemp(prefix=".building-", dir=folder))
        building.chmod(0o755)  # mkdtemp lets only the owner in
        try:
            build(building)
            building.rename(finished)
        except CommandError as error:
            raise UnavailableError(f"{group} {name} can't be obtained: {error}") from error
        finally:
            shutil.rmtree(building, ignore_errors=True)
    return finished


def _digest(inputs: Sequence[bytes]) -> str:
    # Each input is hashed by itself, so that no two lists of inputs run together into the same bytes.
    return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in inputs)).hexdigest()[:16]


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    # The kernel gives the lock back when its holder ends, however that happens.
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
