"""Which pairs of visibility stores a release refuses to start with.

This file has what each rule refuses; data/store_pairs.json has the releases that it applies to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from packaging.specifiers import SpecifierSet

from agent.components.registry import SEARCH, SQL
from agent.matrix.release import Release, read_specifier
from agent.matrix.schema import CUSTOM, plugins_for


@dataclass(frozen=True)
class Visibility:
    """A visibility store: the component, its plugin (empty where not known), and a search store's address.

    `has_index`: the configuration is known to give it a second index.
    """

    component: str
    plugin: str = ""
    address: str = ""
    has_index: bool = False


class StorePairs:
    """The rules, each with the releases that it applies to; data/store_pairs.json explains them."""

    def __init__(
        self, rules: Mapping[str, SpecifierSet], ignored_as_second: Mapping[str, SpecifierSet], source: str
    ) -> None:
        """`ignored_as_second`: by component, the releases that ignore it as their second store."""
        self._rules = rules
        self._ignored = ignored_as_second
        self.source = source

    def refuses_search_with(self, release: Release, first: Visibility, search: Visibility) -> bool | None:
        """Whether the release refuses advancedVisibilityStore together with visibilityStore.

        None: that depends on the plugin.
        """
        if self._applies("one_index", release):
            return search.has_index
        if not self._applies("three_keys", release):
            return False
        return first.component in SEARCH or _is_advanced(release, first)

    def refuses_search_with_second(self, release: Release) -> bool:
        """Whether the release refuses advancedVisibilityStore with secondaryVisibilityStore."""
        return self._applies("three_keys", release)

    def refuses_second(
        self, release: Release, first: Visibility, second: Visibility, *, is_index: bool | None = None
    ) -> bool | None:
        """Whether the release refuses secondaryVisibilityStore together with visibilityStore.

        None: that depends on the plugin. `is_index`: the second store is a second index of the first; None:
        not known.
        """
        searches = first.component in SEARCH, second.component in SEARCH
        if is_index is None and all(searches):
            # A second index is on the same server.
            is_index = first.address == second.address
        if is_index:
            return False
        if self._applies("three_keys", release):
            return searches[0] or second.has_index or self._refuses_with_sql(release, first, second)
        if not self._applies("two_keys", release):
            return False
        if searches[0] is not searches[1] and CUSTOM not in (first.component, second.component):
            return True
        differ = first.address != second.address or _clients_differ(first, second)
        refused = all(searches) and differ and self._applies("one_client", release)
        return first.has_index or second.has_index or refused

    def _refuses_with_sql(self, release: Release, first: Visibility, second: Visibility) -> bool | None:
        ignored = self._ignored.get(second.component)
        if ignored is not None and release.version.within(ignored):
            return False
        answers = _is_advanced(release, first), _is_advanced(release, second)
        if answers[0] is False or answers[1] is True:
            return False
        return True if answers == (True, False) else None

    def _applies(self, rule: str, release: Release) -> bool:
        return rule in self._rules and release.version.within(self._rules[rule])


def _clients_differ(first: Visibility, second: Visibility) -> bool:
    """Whether both name the version of the search client, such as v7, and not the same one."""
    clients = {first.plugin, second.plugin}
    return len(clients) > 1 and all(client.startswith("v") for client in clients)


def _is_advanced(release: Release, store: Visibility) -> bool | None:
    if store.component not in SQL:
        return False
    names = plugins_for(release, store.component, store.plugin)
    advanced = {release.known_plugins.named(name).advanced for name in names}
    return advanced.pop() if len(advanced) == 1 else None


def read_store_pairs(data: Mapping[str, Any]) -> StorePairs:
    """The rules of the data file."""
    rules = {name: read_specifier(entry["releases"]) for name, entry in data["rules"].items()}
    ignored = {name: read_specifier(releases) for name, releases in data["ignored_as_second"].items()}
    return StorePairs(rules, ignored, data["source"])
