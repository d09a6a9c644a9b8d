"""Reads `releases_by_hand.json`: releases that no clone has, and releases only known to exist."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent.maintain.release_facts import read
from agent.maintain.schema_files import lists
from agent.maintain.source_tree import Folder, MaintainError, Tree

Entry = dict[str, Any]

#: The keys of a release in the releases file, in order; `announced_by` only if the date is not known.
KEYS = ("version", "published", "reported", "go", "plugins", "schema", "index", "tested_with")

_MODULE = re.compile(r"server@(v(\d+(?:\.\d+){2,3}))")


@dataclass(frozen=True)
class ReleaseEntry:
    """One release: its entry in the releases file, its upgrade folders by store, and the source of both."""

    entry: Entry
    lists: dict[str, list[str]]
    source: str

    @property
    def version(self) -> str:
        return str(self.entry["version"])


@dataclass(frozen=True)
class ManualReleases:
    """The contents of the file."""

    releases: tuple[ReleaseEntry, ...]
    known_to_exist: tuple[str, ...]
    known_to_exist_source: str


def load(path: Path) -> ManualReleases:
    """Read the file.

    Raises:
        MaintainError: the file cannot be read, or a key is missing.
    """
    try:
        return read_document(json.loads(path.read_bytes()))
    except OSError as error:
        raise MaintainError(str(error)) from error
    except (ValueError, TypeError) as error:
        raise MaintainError(f"{path}: {error}") from error
    except KeyError as error:
        raise MaintainError(f"{path}: {error} is missing") from error


def read_document(document: Entry) -> ManualReleases:
    """The contents of the file, from its JSON."""
    return ManualReleases(
        tuple(_entry(entry) for entry in document["releases"]),
        tuple(document["known_to_exist"]),
        document["known_to_exist_source"],
    )


def _entry(line: Entry) -> ReleaseEntry:
    announced = ("announced_by",) if line.get("published") is None else ()
    missing = [key for key in (*KEYS, *announced, "schema_versions", "source") if key not in line]
    if missing:
        raise ValueError(f"release {line.get('version')} has no {', '.join(missing)}")
    return ReleaseEntry(
        {key: line[key] for key in (*KEYS, *announced)}, line["schema_versions"], line["source"]
    )


def module_line(folder: Path) -> str:
    """The line for a module in Go's module cache, `…/go.temporal.io/server@v1.32.0`, as JSON."""
    match = _MODULE.fullmatch(folder.name)
    if match is None:
        raise MaintainError(f"{folder} is not named server@vX.Y.Z, like a Go module of Temporal's server")
    line = release_line(match[2], _published(folder, match[1]), Folder(folder))
    return json.dumps(line, ensure_ascii=False)


def release_line(version: str, published: str | None, tree: Tree) -> Entry:
    """The line for a release that was read from its Go module."""
    return {
        "version": version,
        "published": published,
        **read(tree),
        "schema_versions": lists(tree),
        "source": f"go.temporal.io/server@v{version} (Go module)",
    }


def _published(folder: Path, version: str) -> str | None:
    """The date of the tagged commit, in UTC, from the module cache; None if the cache does not have it."""
    place = folder.parent.parent / "cache" / "download" / "go.temporal.io" / "server" / "@v"
    try:
        return str(json.loads((place / f"{version}.info").read_bytes())["Time"])[:10]
    except (OSError, ValueError, KeyError):
        return None
