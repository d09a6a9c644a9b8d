"""Reads the schema upgrade steps of every release, and finds steps that differ under the same version."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from agent.maintain.repository import Repository, Tag
from agent.maintain.source_tree import Folder, numbers

_STEP = re.compile(r"schema/(.+)/(temporal|visibility)/versioned/v(\d+\.\d+)/(.+)")
#: The folder's name in 1.0.
_FOLDERS = {"postgres": "postgresql/v96"}

#: Releases with a broken step that the next release repaired in place: no rows can be written after it.
#: MySQL visibility 1.3 (temporalio/temporal@v1.21.1, @v1.21.2: schema/mysql/v8/visibility/versioned).
_BROKEN = {("mysql", "visibility"): frozenset({"1.21.0", "1.21.1"})}


@dataclass(frozen=True)
class Step:
    """One version's files: pairs of name and hash of the content."""

    version: str
    files: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class ReleaseSteps:
    """The steps of one schema folder in one release, by version. `folder` has a folder for each version."""

    release: str
    folder: str
    steps: Mapping[str, Step]
    source: Tag | Path

    def is_new(self, seen: set[Step]) -> bool:
        return any(step not in seen for step in self.steps.values())


def read_steps(repository: Repository, modules: Sequence[Path]) -> list[tuple[str, str, ReleaseSteps]]:
    """Component, store and steps of every release and folder, newest release first."""
    all_steps: list[tuple[str, str, ReleaseSteps]] = []
    for tag in repository.tags():
        all_steps += _by_store(tag.version, tag, repository.blobs(tag, "schema/"))
    for module in modules:
        tree = Folder(module)
        paths = [path for path in tree.paths if _STEP.fullmatch(path)]
        files = {
            path: hashlib.sha1(_blob(module / path), usedforsecurity=False).hexdigest() for path in paths
        }
        all_steps += _by_store(module.name.rpartition("@v")[2], module, files)
    return sorted(all_steps, key=lambda entry: (numbers(entry[2].release), entry[2].folder), reverse=True)


def _blob(path: Path) -> bytes:
    """Git's hash input for a file's content."""
    content = path.read_bytes()
    return b"blob %d\0%s" % (len(content), content)


def _by_store(
    release: str, source: Tag | Path, files: Mapping[str, str]
) -> Iterable[tuple[str, str, ReleaseSteps]]:
    steps: dict[tuple[str, str], dict[str, list[tuple[str, str]]]] = {}
    for path, blob in files.items():
        match = _STEP.fullmatch(path)
        if match is None:
            continue
        folder, schema, version, name = match.groups()
        steps.setdefault((folder, schema), {}).setdefault(version, []).append((name, blob))
    for (folder, schema), versions in steps.items():
        component = _FOLDERS.get(folder, folder).split("/")[0]
        store = "default" if schema == "temporal" else schema
        if release in _BROKEN.get((component, store), ()):
            continue
        read = {version: Step(version, tuple(sorted(held))) for version, held in versions.items()}
        yield component, store, ReleaseSteps(release, f"schema/{folder}/{schema}/versioned", read, source)


def upgrade_paths(releases: Sequence[ReleaseSteps]) -> list[list[tuple[str, ReleaseSteps]]]:
    """Every upgrade path that can give a different catalog: each version with the release of its step.

    The first path uses the newest steps. Each other path starts with the steps of an older release that has a
    step of its own, and continues with the newest steps, like an upgrade hop by hop.
    """
    newest: dict[str, ReleaseSteps] = {}
    for release in reversed(releases):
        newest |= dict.fromkeys(release.steps, release)
    paths, seen = [_path(newest)], {release.steps[version] for version, release in newest.items()}
    for release in releases:
        if release.is_new(seen):
            seen |= set(release.steps.values())
            paths.append(_path(newest | dict.fromkeys(release.steps, release)))
    return paths


def _path(steps: Mapping[str, ReleaseSteps]) -> list[tuple[str, ReleaseSteps]]:
    return [(version, steps[version]) for version in sorted(steps, key=numbers)]
