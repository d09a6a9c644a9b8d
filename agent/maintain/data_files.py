"""The two files that the command writes: from what was read, to their bytes, to the disk."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from agent.maintain.manual_releases import ByHand, Found
from agent.maintain.source_tree import numbers

RELEASES = "releases.json"
SCHEMA_VERSIONS = "schema_versions.json"
BY_HAND = "releases_by_hand.json"

_ABOUT_RELEASES = (
    "Every stable Temporal release since 1.0.0 that was read, one a line; written by `python -m "
    "agent.maintain releases` (docs/matrix.md), not by hand. schema: what the binary compares each "
    "store against at start, by schema folder. plugins: SQL plugins that the published binary has compiled "
    "in. reported: what the binary answers as its version. index: newest Elasticsearch template it ships, "
    "null when unversioned. tested_with: images of the release's own CI. published: date of the tagged "
    "commit, null when not known."
)
_ABOUT_SCHEMAS = (
    "The schema versions of each store in order, as the upgrade folders of the release named; written by the "
    "same command as releases.json. Drift is counted along these lists."
)
#: Which files of the tag, docs/matrix.md tells field by field; a source is read with every answer.
_SOURCE = "temporalio/temporal@v{version}"

#: Where a list's name is not its folder's, and which list a folder without a database's version is of.
_PLACES = {"sqlite": "sqlite/v3"}
_SINGLE = {"mysql": "mysql/v57", "postgresql": "postgresql/v96"}


def merge(tagged: Sequence[Found], by_hand: ByHand) -> list[Found]:
    """All releases in order. A release that the clone has is taken from there."""
    found = {release.version: release for release in (*by_hand.releases, *tagged)}
    return sorted(found.values(), key=lambda release: numbers(release.version))


def releases_file(releases: Sequence[Found], by_hand: ByHand) -> bytes:
    read = {release.version for release in releases}
    own = {release.version: release.source for release in releases if release in by_hand.releases}
    return _render(
        {
            "about": _ABOUT_RELEASES,
            "sources": {"default": _SOURCE} | own,
            "known_to_exist": sorted(set(by_hand.known_to_exist) - read, key=numbers),
            "known_to_exist_source": by_hand.known_to_exist_source,
            "releases": [release.entry for release in releases],
        }
    )


def schema_versions_file(releases: Sequence[Found]) -> bytes:
    """Of each store the folders of the newest release that has them, and needs that have no folder."""
    versions: dict[str, list[str]] = {}
    sources: dict[str, list[str]] = {}
    for release in releases:
        for store, found in release.lists.items():
            folder, _, name = store.rpartition("/")
            place = f"{_PLACES.get(folder, folder)}/{'temporal' if name == 'default' else name}"
            versions[store] = list(found)
            sources[store] = [f"{release.source}: schema/{place}/versioned"]
    for release in releases:
        for folder, needs in release.entry["schema"].items():
            for name, need in needs.items():
                store = f"{_SINGLE.get(folder, folder)}/{name}"
                if need is not None and need not in versions.setdefault(store, []):
                    versions[store].append(need)
                    note = f"{need}, which has no folder: {release.source}: schema/{folder}/version.go"
                    sources.setdefault(store, []).append(note)
    return _render(
        {
            "about": _ABOUT_SCHEMAS,
            "lists": {
                store: {"versions": sorted(versions[store], key=numbers), "source": "; ".join(sources[store])}
                for store in sorted(versions)
            },
        }
    )


def _render(document: Mapping[str, Any]) -> bytes:
    """JSON that reads well in a pull request: one release or list a line."""
    return (
        "{\n" + ",\n".join(f"{_text(key)}: {_value(document[key])}" for key in document) + "\n}\n"
    ).encode()


def _value(value: Any) -> str:
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return "[\n" + ",\n".join(map(_text, value)) + "\n]"
    if isinstance(value, dict) and value and all(isinstance(inner, dict) for inner in value.values()):
        return "{\n" + ",\n".join(f"{_text(key)}: {_text(inner)}" for key, inner in value.items()) + "\n}"
    return _text(value)


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def replace(folder: Path, contents: Mapping[str, bytes]) -> None:
    """Write all files, or none: each is complete under another name before the first takes its place."""
    written: dict[str, str] = {}
    try:
        for name, content in contents.items():
            with NamedTemporaryFile(dir=folder, prefix=f".{name}.", delete=False) as file:
                written[name] = file.name
                file.write(content)
            os.chmod(file.name, 0o644)
        for name in list(written):
            os.replace(written[name], folder / name)
            del written[name]
    finally:
        for left in written.values():
            Path(left).unlink()
