"""`releases_by_hand.json`: releases that no clone has, and those only known to exist, with their sources."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent.maintain.release_facts import read
from agent.maintain.schema_files import lists
from agent.maintain.source_tree import Folder, MaintainError

Entry = dict[str, Any]

#: What the releases file has of a release, in its order; `announced_by` only where no day is known.
KEYS = ("version", "published", "reported", "go", "plugins", "schema", "index", "tested_with")

_MODULE = re.compile(r"server@(v(\d+(?:\.\d+){2,3}))")


@dataclass(frozen=True)
class Found:
    """One release: its entry in the releases file, its upgrade folders, and where they were read."""

    entry: Entry
    lists: dict[str, list[str]]
    source: str

    @property
    def version(self) -> str:
        return str(self.entry["version"])


@dataclass(frozen=True)
class ByHand:
    """What the file holds."""

    releases: tuple[Found, ...]
    known_to_exist: tuple[str, ...]
    known_to_exist_source: str


def load(path: Path) -> ByHand:
    try:
        document = json.loads(path.read_bytes())
        return ByHand(
            tuple(_found(entry) for entry in document["releases"]),
            tuple(document["known_to_exist"]),
            document["known_to_exist_source"],
        )
    except OSError as error:
        raise MaintainError(str(error)) from error
    except (ValueError, TypeError) as error:
        raise MaintainError(f"{path}: {error}") from error
    except KeyError as error:
        raise MaintainError(f"{path}: {error} is missing") from error


def _found(line: Entry) -> Found:
    announced = ("announced_by",) if line.get("published") is None else ()
    lacking = [key for key in (*KEYS, *announced, "schema_versions", "source") if key not in line]
    if lacking:
        raise ValueError(f"release {line.get('version')} lacks {', '.join(lacking)}")
    return Found({key: line[key] for key in (*KEYS, *announced)}, line["schema_versions"], line["source"])


def module_line(folder: Path) -> str:
    """The line for a module in Go's module cache, `…/go.temporal.io/server@v1.32.0`."""
    named = _MODULE.fullmatch(folder.name)
    if named is None:
        raise MaintainError(f"{folder} is not named server@vX.Y.Z, as a module of Temporal's server is")
    tree = Folder(folder)
    line = {
        "version": named[2],
        "published": _published(folder, named[1]),
        **read(tree),
        "schema_versions": lists(tree),
        "source": f"go.temporal.io/{folder.name} (Go module)",
    }
    return json.dumps(line, ensure_ascii=False)


def _published(folder: Path, version: str) -> str | None:
    """The day of the tagged commit, in UTC, from what the module cache keeps beside its modules."""
    place = folder.parent.parent / "cache" / "download" / "go.temporal.io" / "server" / "@v"
    try:
        return str(json.loads((place / f"{version}.info").read_bytes())["Time"])[:10]
    except (OSError, ValueError, KeyError):
        return None
