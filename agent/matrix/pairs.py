"""Which visibility stores a release refuses to start with beside each other.

From 1.14 to 1.20 (the visibility factory): an advancedVisibilityStore that has a second index, beside
visibilityStore.

From 1.21 to 1.24 (common/config/persistence.go, and as a fatal error of the factory):
advancedVisibilityStore beside secondaryVisibilityStore; Elasticsearch as visibilityStore with any second
store but its own second index; advanced SQL with anything but advanced SQL. Standard visibility may have any,
on the way off it.

From 1.25 on: Elasticsearch with anything else, unless one is of the user's own; a second store beside a
second index; and up to 1.27 two Elasticsearch stores of different configuration.

A second store with a second index of its own is refused by all of them.
"""

from __future__ import annotations

from dataclasses import dataclass

from packaging.specifiers import SpecifierSet

from agent.components.registry import SEARCH, SQL
from agent.matrix.release import Release
from agent.matrix.schema import CUSTOM, plugins_for

_ONE_INDEX = SpecifierSet(">=1.14.0,<1.21.0")
_THREE_KEYS = SpecifierSet(">=1.21.0,<1.25.0")
_TWO_KEYS = SpecifierSet(">=1.25.0")
_ONE_CLIENT = SpecifierSet(">=1.25.0,<1.28.0")
#: The factory has no place for these as a second store, and leaves them out in silence (factory.go at these).
_LEFT_OUT = {"cassandra": SpecifierSet(">=1.24.0"), CUSTOM: SpecifierSet("<1.23.0")}

#: Plugins of advanced visibility; `mysql` and `postgres` are those of standard visibility.
_ADVANCED = frozenset({"mysql8", "postgres12", "postgres12_pgx", "sqlite"})

SOURCE = (
    "temporalio/temporal@v1.20.4, @v1.24.2, @v1.27.4, @v1.31.2: common/config/persistence.go, "
    "common/persistence/visibility/factory.go"
)


@dataclass(frozen=True)
class Visibility:
    """A visibility store: the component, its plugin (empty where not known), and a search store's address.

    `has_index`: it has a second index, as far as that is known.
    """

    component: str
    plugin: str = ""
    address: str = ""
    has_index: bool = False


def refuses_search_beside(release: Release, first: Visibility, search: Visibility) -> bool | None:
    """Whether the release refuses advancedVisibilityStore beside visibilityStore; None: a plugin decides."""
    if release.version.within(_ONE_INDEX):
        return search.has_index
    if not release.version.within(_THREE_KEYS):
        return False
    return first.component in SEARCH or _is_advanced(release, first)


def refuses_search_with_second(release: Release) -> bool:
    """Whether advancedVisibilityStore and secondaryVisibilityStore may not stand together."""
    return release.version.within(_THREE_KEYS)


def refuses_second(
    release: Release, first: Visibility, second: Visibility, *, is_index: bool | None = None
) -> bool | None:
    """Whether the release refuses secondaryVisibilityStore beside visibilityStore; None: a plugin decides.

    `is_index`: the second store is a second index of the first; None: nobody tells.
    """
    searches = first.component in SEARCH, second.component in SEARCH
    if is_index is None and all(searches):
        # A second index is on the same server.
        is_index = first.address == second.address
    if is_index:
        return False
    if release.version.within(_THREE_KEYS):
        return searches[0] or second.has_index or _refuses_beside_sql(release, first, second)
    if not release.version.within(_TWO_KEYS):
        return False
    if searches[0] is not searches[1] and CUSTOM not in (first.component, second.component):
        return True
    differ = all(searches) and first.address != second.address and release.version.within(_ONE_CLIENT)
    return first.has_index or second.has_index or differ


def _refuses_beside_sql(release: Release, first: Visibility, second: Visibility) -> bool | None:
    left_out = _LEFT_OUT.get(second.component)
    if left_out is not None and release.version.within(left_out):
        return False
    answers = _is_advanced(release, first), _is_advanced(release, second)
    if answers[0] is False or answers[1] is True:
        return False
    return True if answers == (True, False) else None


def _is_advanced(release: Release, store: Visibility) -> bool | None:
    if store.component not in SQL:
        return False
    names = plugins_for(release, store.component, store.plugin)
    advanced = {name in _ADVANCED for name in names}
    return advanced.pop() if len(advanced) == 1 else None
