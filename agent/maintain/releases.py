"""`releases`: writes the matrix' two release files from a clone and the manual entries."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from agent.maintain import data_files as files
from agent.maintain import manual_releases
from agent.maintain.manual_releases import ReleaseEntry
from agent.maintain.release_facts import read
from agent.maintain.repository import Repository
from agent.maintain.schema_files import lists
from agent.maintain.source_tree import MaintainError, numbers


def tagged(repository: Repository) -> list[ReleaseEntry]:
    """Every stable release with a tag in the clone."""
    entries = []
    for tag in repository.tags():
        tree = repository.tree(tag)
        entry = {"version": tag.version, "published": tag.published, **read(tree)}
        entries.append(ReleaseEntry(entry, lists(tree), f"temporalio/temporal@{tree.name}"))
    return entries


def write(repository: Repository, data: Path) -> list[str]:
    """Rewrite both files, and return the differences, one line per entry.

    Raises:
        MaintainError: a file cannot be read, or releases would get lost. Nothing is written then.
    """
    manual = manual_releases.load(data / files.BY_HAND)
    before = _before(data / files.RELEASES)
    from_tags = tagged(repository)
    releases = files.merge(from_tags, manual)
    if lost := before.keys() - {release.version for release in releases}:
        raise MaintainError(
            f"{files.RELEASES} has {_names(lost)}, but neither the clone nor {files.BY_HAND}: fetch all tags"
        )
    contents = {
        files.RELEASES: files.releases_file(releases, manual),
        files.SCHEMA_VERSIONS: files.schema_versions_file(releases),
    }
    files.replace(data, contents)
    both = {release.version for release in from_tags} & {
        *manual.known_to_exist,
        *(release.version for release in manual.releases),
    }
    lines = [f"{len(releases)} releases, {releases[0].version} to {releases[-1].version}"]
    lines += _differences(before, releases)
    if both:
        lines.append(f"the clone has {_names(both)}: no longer needed in {files.BY_HAND}")
    return lines


def _before(path: Path) -> dict[str, Any]:
    """The current entries, to compare with; none if there is no file yet."""
    if not path.exists():
        return {}
    try:
        return {entry["version"]: entry for entry in json.loads(path.read_bytes())["releases"]}
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise MaintainError(f"{path}: {error!r}; delete the file to write a new one") from error


def _differences(before: dict[str, Any], releases: Sequence[ReleaseEntry]) -> list[str]:
    lines = []
    for release in releases:
        old, new = before.get(release.version), release.entry
        if old is None:
            lines.append(f"{release.version}: new")
            continue
        lines += [
            f"{release.version}: {key} was {json.dumps(old.get(key))}, is {json.dumps(new.get(key))}"
            for key in sorted(old.keys() | new.keys())
            if old.get(key) != new.get(key)
        ]
    return lines


def _names(versions: set[str]) -> str:
    return ", ".join(sorted(versions, key=numbers))
