"""Schema versions: what a release needs in a store, and how far a store is from that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from packaging.version import Version as PackagingVersion

from agent.components.registry import original, record
from agent.matrix.plugins import SqlPlugins
from agent.matrix.release import Release, ReleaseMatch, Releases
from agent.model.versions import Version, parse
from agent.model.vocabulary import Reason, Role

#: Temporal's own names for the two stores, as its schema folders have them.
STORES = {
    Role.PERSISTENCE: "default",
    Role.VISIBILITY: "visibility",
    Role.SECONDARY_VISIBILITY: "visibility",
}

#: The component of a custom datastore. It has no versions to judge, so no statement is about it.
CUSTOM = "custom"

#: What a server reports for a store without a SQL plugin (PersistenceName in common/persistence).
_FURTHER_KINDS = frozenset({"cassandra", "elasticsearch"})


_NOTHING_APPLIED = parse("0.0").number


@dataclass(frozen=True)
class Need:
    """The schema version that is needed: at least `low`, at most `high`.

    They differ where the release or the plugin is not known for certain; `reason` says which.
    `low` is None: no need is known. `high` is None: no upper bound is known.
    """

    low: Version | None
    high: Version | None
    reason: Reason

    @property
    def exact(self) -> Version | None:
        return self.low if self.low is not None and self.low == self.high else None


def is_checked_at_start(component: str) -> bool:
    """Whether the server refuses to start on an older schema of this store.

    Read from common/persistence/{sql,cassandra}/version_checker.go.
    """
    return record(component).is_checked_at_start


def is_store_of(plugins: SqlPlugins, plugin: str, component: str) -> bool:
    """Whether a plugin name that the server reports fits this component. OpenSearch is `elasticsearch` to it.

    For a custom datastore the server reports the name that the store gives itself (GetName in
    common/persistence).
    """
    if component == CUSTOM:
        return plugin not in plugins and plugin not in _FURTHER_KINDS
    if plugin in plugins:
        return plugins.fits(plugin, component)
    return component == plugin or (plugin == "elasticsearch" and component == "opensearch")


def plugins_for(release: Release, component: str, plugin: str) -> tuple[str, ...]:
    """The given plugin, or all plugins of this release for the component."""
    if plugin:
        return (plugin,)
    return tuple(
        name for name in sorted(release.plugins) if release.known_plugins.named(name).component == component
    )


@lru_cache(maxsize=4096)
def need(match: ReleaseMatch, component: str, plugin: str, role: Role) -> Need:
    """The schema that the server which reports this version needs in the store of `role`."""
    component = original(component)
    lows = _needs(match.below, component, plugin, role)
    # Only from 1.0.0 on is it known that a newer release never needs an older schema.
    highs = _needs(match.above, component, plugin, role) if match.below else []
    low = min(lows, key=lambda version: version.number, default=None)
    high = max(highs, key=lambda version: version.number, default=None)
    by_plugin = len(set(lows)) > 1 or len(set(highs)) > 1
    return Need(low, high, Reason.PLUGIN_UNKNOWN if by_plugin else match.reason)


def first_with(releases: Releases, component: str, role: Role, version: Version) -> Release | None:
    """The oldest release that needs at least this schema version in a store, with any of its plugins."""
    component = original(component)
    for release in releases.all:
        needed = _needs(release, component, "", role)
        if needed and max(each.number for each in needed) >= version.number:
            return release
    return None


def _needs(release: Release | None, component: str, plugin: str, role: Role) -> list[Version]:
    if release is None:
        return []
    folders = _folders(release, component, plugin)
    versions = [release.schema[folder].get(STORES[role]) for folder in folders if folder in release.schema]
    return [parse(version) for version in versions if version is not None]


def _folders(release: Release, component: str, plugin: str) -> list[str]:
    # One folder per component, without a database version in its name: all components up to 1.19, later those
    # without a choice of plugins.
    if component in release.schema:
        return [component]
    return [release.known_plugins.named(name).folder for name in plugins_for(release, component, plugin)]


class SchemaLists:
    """The schema versions that exist for each store, in order."""

    def __init__(self, lists: Mapping[str, Sequence[str]]) -> None:
        """The longest list of a component counts: v12 continues v96, and v8 continues v57."""
        self._places: dict[tuple[str, str], dict[PackagingVersion, int]] = {}
        for store in sorted(lists, key=lambda store: len(lists[store])):
            component, name = store.split("/")[0], store.split("/")[-1]
            numbers = [parse(version).number for version in lists[store]]
            places = {number: place for place, number in enumerate(numbers)}
            self._places[component, name] = {_NOTHING_APPLIED: -1} | places

    def exists(self, component: str, role: Role, version: Version) -> bool:
        """Whether some release has this version for this store; true where no list is known."""
        places = self._places.get((original(component), STORES[role]))
        return places is None or version.number in places

    def may_follow(self, component: str, role: Role, version: Version) -> bool:
        """Whether this comes right after the newest one: a release after those of the matrix may have it."""
        places = self._places.get((original(component), STORES[role]))
        if not places:
            return False
        newest = max(places)
        found = version.number
        return (found.major, found.minor, found.micro) == (newest.major, newest.minor + 1, 0)

    def role_with(self, component: str, version: Version) -> Role | None:
        """The role whose schema has this version, if no other has."""
        roles = (Role.PERSISTENCE, Role.VISIBILITY)
        found = [
            role
            for role in roles
            if version.number in self._places.get((original(component), STORES[role]), {})
        ]
        return found[0] if len(found) == 1 else None

    def newest(self, component: str, role: Role) -> str:
        """The newest version of this store; empty where no list is known."""
        places = self._places.get((original(component), STORES[role]), {})
        return str(max(places)) if places else ""

    def drift(self, component: str, role: Role, required: Version, actual: Version) -> int | None:
        """Versions from the required one to the actual one; negative: behind. None: not on the list.

        0.0, the version of a schema before its first step, comes right before the first version of the list.
        """
        places = self._places.get((original(component), STORES[role]), {})
        if required.number not in places or actual.number not in places:
            return None
        return places[actual.number] - places[required.number]
