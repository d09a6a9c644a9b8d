"""One state of Temporal's files: a git tag, or the folder of a Go module."""

from __future__ import annotations

import re
from functools import cached_property
from pathlib import Path
from typing import Protocol


class MaintainError(Exception):
    """The command can't go on; its text is for the person who runs it."""


class UnreadableError(MaintainError):
    """A file that does not say what is looked for in it."""

    def __init__(self, tree: Tree, path: str, why: str) -> None:
        super().__init__(f"{tree.name}: {path}: {why}")


class Tree(Protocol):
    """Files by path, `/` between the parts. `name` is for messages."""

    @property
    def name(self) -> str: ...

    @property
    def paths(self) -> tuple[str, ...]:
        """All paths, sorted."""

    def text(self, path: str) -> str: ...


class Folder:
    """A folder on disk, such as a module in Go's module cache."""

    def __init__(self, root: Path) -> None:
        if not root.is_dir():
            raise MaintainError(f"{root} is no folder")
        self._root = root
        self.name = root.name

    @cached_property
    def paths(self) -> tuple[str, ...]:
        files = (path for path in self._root.rglob("*") if path.is_file())
        return tuple(sorted(path.relative_to(self._root).as_posix() for path in files))

    def text(self, path: str) -> str:
        try:
            return (self._root / path).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise UnreadableError(self, path, str(error)) from error


def first(tree: Tree, *paths: str) -> str:
    """The first of these paths that the tree has; the newest place comes first."""
    found = next((path for path in paths if path in tree.paths), None)
    if found is None:
        raise UnreadableError(tree, paths[0], "not there")
    return found


def group(tree: Tree, path: str, pattern: re.Pattern[str], what: str) -> str:
    """The first group of the pattern in a file that must have it."""
    found = pattern.search(tree.text(path))
    if found is None:
        raise UnreadableError(tree, path, f"names no {what}")
    return found[1]


def numbers(version: str) -> tuple[int, ...]:
    """`1.28.3.1` as numbers, to order by."""
    return tuple(int(part) for part in version.split("."))
