"""Keys of dynamic configuration that a release no longer has, and the keys that replaced them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agent.matrix.release import Release
from agent.model.versions import Version, parse


class DynamicKeys:
    """All keys that some release dropped; data/dynamic_keys.json explains them. `source` says where from."""

    def __init__(self, gone: Mapping[str, Version], replaced: Mapping[str, str], source: str) -> None:
        """`gone`: each key with the first release that does not have it."""
        self._gone = {key.lower(): (key, since) for key, since in gone.items()}
        self._replaced = replaced
        self.source = source

    def dropped(self, release: Release, keys: tuple[str, ...]) -> list[str]:
        """Those of the keys that an earlier release had and this one does not, with what is known of each."""
        found = []
        for written in sorted(keys):
            if written.lower() not in self._gone:
                continue
            key, since = self._gone[written.lower()]
            if release.version.number >= since.number:
                now = f", now {self._replaced[key]}" if key in self._replaced else ""
                found.append(f"{key} (gone since {since}{now})")
        return found


def read_dynamic_keys(data: Mapping[str, Any]) -> DynamicKeys:
    """The keys of the data file."""
    gone = {key: parse(release) for release, keys in data["dropped"].items() for key in keys}
    return DynamicKeys(gone, data["replaced"], data["source"])
