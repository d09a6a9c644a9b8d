"""The releases of the data files that came from tags, for an update without a clone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from agent.maintain.manual_releases import ReleaseEntry

#: `temporalio/temporal@v1.23.1: schema/…`, and notes about versions without a folder.
_FOLDERS = re.compile(r"(?:^|; )(?P<source>[^;]*@v(?P<release>[\d.]+)[^;]*?): schema/[^;]*/versioned(?=;|$)")
_NO_FOLDER = re.compile(r"(?:^|; )(?P<version>[\d.]+), which has no folder: ")


def source_releases(schema_versions: Mapping[str, Any]) -> set[str]:
    """The releases whose upgrade folders the lists have."""
    found = (_FOLDERS.search(entry["source"]) for entry in schema_versions["lists"].values())
    return {match["release"] for match in found if match}


def tagged_releases(
    releases: Mapping[str, Any], schema_versions: Mapping[str, Any], by_hand: set[str]
) -> list[ReleaseEntry]:
    """What the command `releases` read from tags, as it reads them.

    A release has the upgrade folders of those lists that come from it. Lists of other releases are older, and
    the same command ignores them.
    """
    lists: dict[str, dict[str, list[str]]] = {}
    for store, entry in schema_versions["lists"].items():
        if found := _FOLDERS.search(entry["source"]):
            without = {match["version"] for match in _NO_FOLDER.finditer(entry["source"])}
            folders = [version for version in entry["versions"] if version not in without]
            lists.setdefault(found["release"], {})[store] = folders
    default = releases["sources"]["default"]
    return [
        ReleaseEntry(entry, lists.get(entry["version"], {}), default.format(version=entry["version"]))
        for entry in releases["releases"]
        if entry["version"] not in by_hand
    ]
