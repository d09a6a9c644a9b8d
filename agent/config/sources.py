"""The files that a configuration is read from, so that a later change of one of them can be noticed."""

from __future__ import annotations

import glob
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

#: Identity, size in bytes and time of change in nanoseconds of a file; None: it is not a regular file.
Signature = tuple[int, int, int, int] | None


class Sources:
    """The files that were read, as they were just before, and the globs that found some of them."""

    def __init__(self) -> None:
        self._files: dict[str, Signature] = {}
        self._globs: dict[str, tuple[str, ...]] = {}

    def add_file(self, path: Path) -> None:
        """Remember a file that will now be read, also one that does not exist."""
        self._files[str(path)] = _signature(str(path))

    def add_glob(self, pattern: str, names: tuple[str, ...]) -> None:
        """Remember what a glob found."""
        self._globs[pattern] = names

    def are_unchanged(self, other: Sources) -> bool:
        """Whether two looks at the same files saw the same."""
        return self._files == other._files and self._globs == other._globs

    def look_again(self) -> Sources:
        """The same files and globs as they are now."""
        current = Sources()
        current._files = {name: _signature(name) for name in self._files}
        current._globs = {pattern: find(pattern) for pattern in self._globs}
        return current


_recorded: ContextVar[Sources | None] = ContextVar("recorded", default=None)


@contextmanager
def recording() -> Iterator[Sources]:
    """Record every file of a configuration that this thread reads within the block."""
    sources = Sources()
    token = _recorded.set(sources)
    try:
        yield sources
    finally:
        _recorded.reset(token)


def record_file(path: Path) -> None:
    """Record that a file will now be read, if anybody records."""
    sources = _recorded.get()
    if sources is not None:
        sources.add_file(path)


def find(pattern: str) -> tuple[str, ...]:
    """The paths that match a glob, in order; they are recorded, if anybody records."""
    names = tuple(sorted(glob.glob(pattern)))
    sources = _recorded.get()
    if sources is not None:
        sources.add_glob(pattern, names)
    return names


def _signature(name: str) -> Signature:
    # Kubernetes replaces the target of a symbolic link, so links are followed.
    try:
        found = os.stat(name)
    except (OSError, ValueError):
        return None
    if not stat.S_ISREG(found.st_mode):
        return None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns
