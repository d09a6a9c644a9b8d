"""The upgrade steps of a store as every release has them: which of them differ under the same number."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from agent.maintain.repository import Repository, Tag
from agent.maintain.source_tree import Folder, numbers

_STEP = re.compile(r"schema/(.+)/(temporal|visibility)/versioned/v(\d+\.\d+)/(.+)")
#: What 1.0 called its folder.
_FOLDERS = {"postgres": "postgresql/v96"}

#: Releases with a step that the next release repaired in place, because nothing can be written on what it
#: leaves: MySQL visibility 1.3 (temporalio/temporal@v1.21.1, @v1.21.2: schema/mysql/v8/visibility/versioned).
_BROKEN = {("mysql", "visibility"): frozenset({"1.21.0", "1.21.1"})}


@dataclass(frozen=True)
class Step:
    """One version's files, by name: what names their content."""

    version: str
    files: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class ReleaseSteps:
    """The steps of one schema folder in one release. `paths` leads from a version to its folder there."""

    release: str
    folder: str
    steps: Mapping[str, Step]
    source: Tag | Path

    def is_new(self, seen: set[Step]) -> bool:
        return any(step not in seen for step in self.steps.values())


def read_steps(repository: Repository, modules: Sequence[Path]) -> list[tuple[str, str, ReleaseSteps]]:
    """Component, store and steps of every release and folder, newest release first."""
    found: list[tuple[str, str, ReleaseSteps]] = []
    for tag in repository.tags():
        found += _sorted(tag.version, tag, repository.blobs(tag, "schema/"))
    for module in modules:
        tree = Folder(module)
        paths = [path for path in tree.paths if _STEP.fullmatch(path)]
        files = {
            path: hashlib.sha1(_blob(module / path), usedforsecurity=False).hexdigest() for path in paths
        }
        found += _sorted(module.name.rpartition("@v")[2], module, files)
    return sorted(found, key=lambda entry: (numbers(entry[2].release), entry[2].folder), reverse=True)


def _blob(path: Path) -> bytes:
    """What git calls a file by."""
    content = path.read_bytes()
    return b"blob %d\0%s" % (len(content), content)


def _sorted(
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


def walks(releases: Sequence[ReleaseSteps]) -> list[list[tuple[str, ReleaseSteps]]]:
    """Every way through the versions that is worth going: each version with the release whose step it is.

    The first is by the newest steps. The others begin with the steps of an older release that has one of
    its own, and go on by the newest from where that release ends: what an upgrade hop by hop does.
    """
    newest: dict[str, ReleaseSteps] = {}
    for release in reversed(releases):
        newest |= dict.fromkeys(release.steps, release)
    ways, seen = [_way(newest)], {release.steps[version] for version, release in newest.items()}
    for release in releases:
        if release.is_new(seen):
            seen |= set(release.steps.values())
            ways.append(_way(newest | dict.fromkeys(release.steps, release)))
    return ways


def _way(steps: Mapping[str, ReleaseSteps]) -> list[tuple[str, ReleaseSteps]]:
    return [(version, steps[version]) for version in sorted(steps, key=numbers)]
