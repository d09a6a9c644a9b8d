"""Keys of dynamic configuration that a release no longer has, and the keys that replaced them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agent.matrix.release import Release
from agent.model.versions import Version, parse


class DynamicKeys:
    """All keys that a release removed; data/dynamic_keys.json explains them. `source`: of all of them."""

    def __init__(self, removed: Mapping[str, Version], replaced: Mapping[str, str], source: str) -> None:
        """`removed`: each key with the first release that does not have it."""
        self._removed = {key.lower(): (key, since) for key, since in removed.items()}
        self._replaced = replaced
        self.source = source

    def dropped(self, release: Release, keys: tuple[str, ...]) -> list[str]:
        """Those of the keys that an earlier release had and this one does not, each with what replaced it."""
        dropped = []
        for written in sorted(keys):
            if written.lower() not in self._removed:
                continue
            key, since = self._removed[written.lower()]
            if release.version.number >= since.number:
                successor = f", replaced by {self._replaced[key]}" if key in self._replaced else ""
                dropped.append(f"{key} (removed in {since}{successor})")
        return dropped


def read_dynamic_keys(data: Mapping[str, Any]) -> DynamicKeys:
    """The keys of the data file."""
    removed = {key: parse(release) for release, keys in data["dropped"].items() for key in keys}
    return DynamicKeys(removed, data["replaced"], data["source"])
