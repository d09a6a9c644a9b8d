"""Renders and writes the two files of the command `releases`."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from agent.maintain.manual_releases import ManualReleases, ReleaseEntry
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
#: Kept short, because every answer shows it; docs/matrix.md names the files for each field.
_SOURCE = "temporalio/temporal@v{version}"

#: Lists whose name differs from their folder, and the list of a folder without a database version.
_PLACES = {"sqlite": "sqlite/v3"}
_SINGLE = {"mysql": "mysql/v57", "postgresql": "postgresql/v96"}


def merge(tagged: Sequence[ReleaseEntry], manual: ManualReleases) -> list[ReleaseEntry]:
    """All releases in order. A release from the clone wins over a manual entry."""
    by_version = {release.version: release for release in (*manual.releases, *tagged)}
    return sorted(by_version.values(), key=lambda release: numbers(release.version))


def releases_file(releases: Sequence[ReleaseEntry], manual: ManualReleases) -> bytes:
    read = {release.version for release in releases}
    own = {release.version: release.source for release in releases if release in manual.releases}
    return render(
        {
            "about": _ABOUT_RELEASES,
            "sources": {"default": _SOURCE} | own,
            "known_to_exist": sorted(set(manual.known_to_exist) - read, key=numbers),
            "known_to_exist_source": manual.known_to_exist_source,
            "releases": [release.entry for release in releases],
        }
    )


def schema_versions_file(releases: Sequence[ReleaseEntry]) -> bytes:
    """For each store: the folders of the newest release that has them, and versions without a folder."""
    versions: dict[str, list[str]] = {}
    sources: dict[str, list[str]] = {}
    for release in releases:
        for store, folders in release.lists.items():
            folder, _, name = store.rpartition("/")
            place = f"{_PLACES.get(folder, folder)}/{'temporal' if name == 'default' else name}"
            versions[store] = list(folders)
            sources[store] = [f"{release.source}: schema/{place}/versioned"]
    for release in releases:
        for folder, needs in release.entry["schema"].items():
            for name, need in needs.items():
                store = f"{_SINGLE.get(folder, folder)}/{name}"
                if need is not None and need not in versions.setdefault(store, []):
                    versions[store].append(need)
                    note = f"{need}, which has no folder: {release.source}: schema/{folder}/version.go"
                    sources.setdefault(store, []).append(note)
    return render(
        {
            "about": _ABOUT_SCHEMAS,
            "lists": {
                store: {"versions": sorted(versions[store], key=numbers), "source": "; ".join(sources[store])}
                for store in sorted(versions)
            },
        }
    )


def render(document: Mapping[str, Any]) -> bytes:
    """JSON with one release or list per line, for a readable pull request."""
    return (
        "{\n" + ",\n".join(f"{_text(key)}: {_value(document[key])}" for key in document) + "\n}\n"
    ).encode()


def render_lines(document: Mapping[str, Any]) -> bytes:
    """JSON with one line per entry of each list and object, as the files that are written by hand."""
    return (
        "{\n" + ",\n".join(f"{_text(key)}: {_lines(value)}" for key, value in document.items()) + "\n}\n"
    ).encode()


def _lines(value: Any) -> str:
    if isinstance(value, list):
        return "[\n" + ",\n".join(map(_text, value)) + "\n]"
    if isinstance(value, dict):
        return "{\n" + ",\n".join(f"{_text(key)}: {_text(inner)}" for key, inner in value.items()) + "\n}"
    return _text(value)


def _value(value: Any) -> str:
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return "[\n" + ",\n".join(map(_text, value)) + "\n]"
    if isinstance(value, dict) and value and all(isinstance(inner, dict) for inner in value.values()):
        return "{\n" + ",\n".join(f"{_text(key)}: {_text(inner)}" for key, inner in value.items()) + "\n}"
    return _text(value)


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def replace(folder: Path, contents: Mapping[str, bytes]) -> None:
    """Write all files or none: each is complete under a temporary name before the first is replaced."""
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
