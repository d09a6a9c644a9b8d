"""Keys of the server's own configuration that not every release accepts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from packaging.specifiers import SpecifierSet

from agent.matrix.release import Release, read_specifier


@dataclass(frozen=True)
class StoreKey:
    """A key below `persistence`: the releases that have it, and a note for people (`removed in 1.25.0`)."""

    key: str
    releases: SpecifierSet
    note: str
    source: str


@dataclass(frozen=True)
class SearchClients:
    """The values of `elasticsearch.version` that releases accept; none: they do not have this key."""

    releases: SpecifierSet
    values: frozenset[str]
    source: str


@dataclass(frozen=True)
class UnsetClient:
    """The client that releases use where `elasticsearch.version` is not set."""

    releases: SpecifierSet
    value: str
    source: str


@dataclass(frozen=True, eq=False)
class ServerKeys:
    """All that is known about such keys; data/server_keys.json explains the fields."""

    store_keys: Sequence[StoreKey]
    search_clients: Sequence[SearchClients]
    unset_clients: Sequence[UnsetClient]

    def ignored(self, release: Release, keys: Sequence[str]) -> list[StoreKey]:
        """Those of the keys below `persistence` that the release ignores."""
        known = {entry.key: entry for entry in self.store_keys}
        found = (known[key] for key in keys if key in known)
        return [entry for entry in found if not release.version.within(entry.releases)]

    def clients(self, release: Release) -> tuple[frozenset[str], str]:
        """The values of `elasticsearch.version` that the release accepts, and the source.

        Any other value stops the start. No values: the release does not have this key.
        """
        entry = next((entry for entry in self.search_clients if release.version.within(entry.releases)), None)
        return (entry.values, entry.source) if entry is not None else (frozenset(), release.source)

    def unset_client(self, release: Release) -> tuple[str, str]:
        """The client that the release uses without the key, and the source; empty where not known."""
        entry = next((entry for entry in self.unset_clients if release.version.within(entry.releases)), None)
        return (entry.value, entry.source) if entry is not None else ("", "")


def read_server_keys(data: Mapping[str, Any]) -> ServerKeys:
    """The keys of the data file."""
    return ServerKeys(
        store_keys=[
            StoreKey(entry["key"], read_specifier(entry["releases"]), entry["note"], entry["source"])
            for entry in data["store_keys"]
        ],
        search_clients=[
            SearchClients(read_specifier(entry["releases"]), frozenset(entry["values"]), entry["source"])
            for entry in data["elasticsearch_version"]
        ],
        unset_clients=[
            UnsetClient(read_specifier(entry["releases"]), entry["value"], entry["source"])
            for entry in data["elasticsearch_version_unset"]
        ],
    )
