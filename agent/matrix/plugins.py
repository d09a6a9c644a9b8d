"""The SQL plugins of Temporal: what is known about each one, in whatever release."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class SqlPlugin:
    """One plugin. Where only the list of a release has it, everything but the name is unknown.

    `component`: the database that it is for. `folder`: its schema folder (`mysql/v8`). `advanced`: whether it
    has advanced visibility. `replaced_by`: the plugin that continues its schema on the same database.
    """

    name: str
    component: str = ""
    folder: str = ""
    advanced: bool | None = None
    replaced_by: str = ""


class SqlPlugins:
    """All plugins of a matrix."""

    def __init__(self, plugins: Iterable[SqlPlugin] = ()) -> None:
        self._by_name = {plugin.name: plugin for plugin in plugins}
        self._components = frozenset(plugin.component for plugin in self._by_name.values())

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._by_name)

    def __contains__(self, name: object) -> bool:
        return name in self._by_name

    def named(self, name: str) -> SqlPlugin:
        """The plugin with this name; only the name is known where no record has it."""
        return self._by_name.get(name) or SqlPlugin(name)

    def of(self, component: str) -> tuple[str, ...]:
        """The names of the plugins for this database, in the order of the file."""
        return tuple(name for name, plugin in self._by_name.items() if plugin.component == component)

    def component_of(self, name: str) -> str:
        """The component that a plugin is for; the plugin name itself where that is not known."""
        return self.named(name).component or name

    def fits(self, name: str, component: str) -> bool:
        """Whether the plugin may be for this component. Where that is not known, any SQL database may be."""
        if name not in self._by_name:
            return False
        known = self._by_name[name].component
        return component == known or (not known and component in self._components)


def read_plugins(data: Mapping[str, Any], listed: Iterable[str]) -> SqlPlugins:
    """The plugins of the data file, and those that only the releases list."""
    records = [
        SqlPlugin(
            name=entry["name"],
            component=entry["component"],
            folder=entry["folder"],
            advanced=entry["advanced"],
            replaced_by=entry.get("replaced_by", ""),
        )
        for entry in data["plugins"]
    ]
    described = {record.name for record in records}
    return SqlPlugins([*records, *(SqlPlugin(name) for name in sorted(set(listed) - described))])
