"""Reads a clone of Temporal's repository: its stable tags and their files. Checks nothing out."""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from agent.maintain.source_tree import MaintainError, Tree, UnreadableError, numbers

#: vX.Y.Z and vX.Y.Z.W from 1.0.0 on: no pre-releases, which have a suffix, and nothing before 1.0.0.
_STABLE = re.compile(r"v([1-9]\d*(?:\.\d+){2,3})")

#: A commit's date in its committer's time zone; for an annotated tag, the date of the tagged commit.
_TAGS = "%(refname:strip=2)%09%(committerdate:short)%09%(*committerdate:short)"


@dataclass(frozen=True)
class Tag:
    """A release tag without its `v`, with the date of its commit."""

    version: str
    published: str


class Repository:
    """A clone, bare or with a work tree."""

    def __init__(self, path: Path) -> None:
        self._path = path
        if not path.is_dir():
            raise MaintainError(f"{path} is not a folder")
        # Ignore git's own variables. Git must not use a repository in a parent folder, nor fetch files that a
        # partial clone lacks.
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
            "GIT_CEILING_DIRECTORIES": str(path.resolve().parent),
            "GIT_NO_LAZY_FETCH": "1",
        }

    def git(self, *arguments: str) -> bytes:
        """The output of a git command.

        Raises:
            MaintainError: git failed, with its error message.
        """
        command = ["git", "-C", str(self._path), *arguments]
        done = subprocess.run(  # noqa: S603 - git of the maintainer's PATH, no shell
            command, stdin=subprocess.DEVNULL, capture_output=True, check=False, env=self._environment
        )
        if done.returncode:
            raise MaintainError(f"{self._path}: {done.stderr.decode(errors='replace').strip()}")
        return done.stdout

    def tags(self) -> tuple[Tag, ...]:
        """The stable releases, oldest first."""
        tags = []
        for line in self.git("for-each-ref", f"--format={_TAGS}", "refs/tags").decode().splitlines():
            name, day, day_behind = line.split("\t")
            if stable := _STABLE.fullmatch(name):
                if not (day_behind or day):
                    raise MaintainError(f"{name}: does not point to a commit")
                tags.append(Tag(stable[1], day_behind or day))
        if not tags:
            raise MaintainError(f"{self._path} has no tag of a stable release; fetch its tags")
        return tuple(sorted(tags, key=lambda tag: numbers(tag.version)))

    def blobs(self, tag: Tag, below: str) -> dict[str, str]:
        """Every path below a folder, with git's hash of its content."""
        listed = self.git("ls-tree", "-r", "-z", f"refs/tags/v{tag.version}", below).decode()
        lines = (line.split("\t", 1) for line in listed.split("\0") if line)
        return {path: entry.split(" ")[2] for entry, path in lines}

    def tree(self, tag: Tag) -> Tree:
        return _TagTree(self, tag)


class _TagTree:
    def __init__(self, repository: Repository, tag: Tag) -> None:
        self._repository = repository
        self.name = f"v{tag.version}"
        self._ref = f"refs/tags/v{tag.version}"

    @cached_property
    def paths(self) -> tuple[str, ...]:
        try:
            listed = self._repository.git("ls-tree", "-r", "-z", "--name-only", self._ref)
        except MaintainError as error:
            raise MaintainError(f"{self.name}: {error}") from error
        return tuple(sorted(listed.decode().split("\0")[:-1]))

    def text(self, path: str) -> str:
        try:
            return self._repository.git("cat-file", "blob", f"{self._ref}:{path}").decode()
        except (MaintainError, UnicodeDecodeError) as error:
            raise UnreadableError(self, path, str(error)) from error
