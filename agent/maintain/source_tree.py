"""Temporal's files at one release: in a git tag, or in the folder of a Go module."""

from __future__ import annotations

import re
from functools import cached_property
from pathlib import Path
from typing import Protocol


class MaintainError(Exception):
    """The command cannot continue; its message is for the maintainer."""


class UnreadableError(MaintainError):
    """A file that does not contain the expected text."""

    def __init__(self, tree: Tree, path: str, why: str) -> None:
        super().__init__(f"{tree.name}: {path}: {why}")


class Tree(Protocol):
    """Files by path, with `/` as separator. `name` is for messages."""

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
            raise MaintainError(f"{root} is not a folder")
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
    """The first of these paths that the tree has; callers list the newest place first."""
    existing = next((path for path in paths if path in tree.paths), None)
    if existing is None:
        raise UnreadableError(tree, paths[0], "file not found")
    return existing


def group(tree: Tree, path: str, pattern: re.Pattern[str], what: str) -> str:
    """The first group of the pattern in a file; `what` names it in the error.

    Raises:
        UnreadableError: the file does not match."""
    match = pattern.search(tree.text(path))
    if match is None:
        raise UnreadableError(tree, path, f"does not contain a {what}")
    return match[1]


def numbers(version: str) -> tuple[int, ...]:
    """`1.28.3.1` as numbers, for sorting."""
    return tuple(int(part) for part in version.split("."))
