"""`releases`: from a clone and what is kept by hand to the matrix' two files."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from agent.maintain import data_files as files
from agent.maintain import manual_releases as by_hand
from agent.maintain.manual_releases import Found
from agent.maintain.release_facts import read
from agent.maintain.repository import Repository
from agent.maintain.schema_files import lists
from agent.maintain.source_tree import MaintainError, numbers


def tagged(repository: Repository) -> list[Found]:
    """Every stable release that the clone has a tag of."""
    found = []
    for tag in repository.tags():
        tree = repository.tree(tag)
        entry = {"version": tag.version, "published": tag.published, **read(tree)}
        found.append(Found(entry, lists(tree), f"temporalio/temporal@{tree.name}"))
    return found


def write(repository: Repository, data: Path) -> list[str]:
    """Write both files anew, and say what is different from before.

    Raises:
        MaintainError: something can't be read, or releases would get lost. Nothing is written then.
    """
    kept = by_hand.load(data / files.BY_HAND)
    before = _before(data / files.RELEASES)
    from_tags = tagged(repository)
    releases = files.merge(from_tags, kept)
    if lost := before.keys() - {release.version for release in releases}:
        raise MaintainError(
            f"{files.RELEASES} has {_names(lost)}, but neither the clone nor {files.BY_HAND}: "
            "are all tags fetched?"
        )
    contents = {
        files.RELEASES: files.releases_file(releases, kept),
        files.SCHEMA_VERSIONS: files.schema_versions_file(releases),
    }
    files.replace(data, contents)
    both = {release.version for release in from_tags} & {
        *kept.known_to_exist,
        *(release.version for release in kept.releases),
    }
    said = [f"{len(releases)} releases, {releases[0].version} to {releases[-1].version}"]
    said += _differences(before, releases)
    if both:
        said.append(f"the clone has {_names(both)}: no longer needed in {files.BY_HAND}")
    return said


def _before(path: Path) -> dict[str, Any]:
    """The entries that are there now, to compare with; none where there is no file yet."""
    if not path.exists():
        return {}
    try:
        return {entry["version"]: entry for entry in json.loads(path.read_bytes())["releases"]}
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise MaintainError(f"{path}: {error!r}; take it away to write it from nothing") from error


def _differences(before: dict[str, Any], releases: Sequence[Found]) -> list[str]:
    said = []
    for release in releases:
        old, new = before.get(release.version), release.entry
        if old is None:
            said.append(f"{release.version}: new")
            continue
        said += [
            f"{release.version}: {key} was {json.dumps(old.get(key))}, is {json.dumps(new.get(key))}"
            for key in sorted(old.keys() | new.keys())
            if old.get(key) != new.get(key)
        ]
    return said


def _names(versions: set[str]) -> str:
    return ", ".join(sorted(versions, key=numbers))
