"""Changes of Temporal's configuration that a next release asks for, where the stores that are there go on.

What needs another store (Cassandra visibility alone, Elasticsearch 6) is no such change: it blocks.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from agent.components.registry import SEARCH, SQL, original, record
from agent.matrix import Matrix, Release, Uses
from agent.matrix.pairs import Visibility
from agent.matrix.roles import refusal
from agent.model.versions import UnreadableVersionError, parse
from agent.model.vocabulary import STORE_ROLES, Role
from agent.upgrade.simulated_stores import State
from agent.verdict import StoreSpec

_PERSISTENCE_GO = "temporalio/temporal@{tag}: common/config/persistence.go"

#: SQL roles whose plugin may be another.
_SQL_ROLES = (*STORE_ROLES, Role.SECONDARY_VISIBILITY)

#: Roles that a search store can fill.
SEARCH_ROLES = (Role.VISIBILITY, Role.SECONDARY_VISIBILITY, Role.SEARCH)

_KEYS = {
    Role.PERSISTENCE: "defaultStore",
    Role.VISIBILITY: "visibilityStore",
    Role.SECONDARY_VISIBILITY: "secondaryVisibilityStore",
    Role.SEARCH: "advancedVisibilityStore",
}


@dataclass(frozen=True)
class Change:
    """One change: of which role, to what, what to write, and who says so. `state` is what it leads to."""

    role: Role
    to: str
    note: str
    source: str
    state: State


def successor(release: Release, plugin: str) -> str:
    """The plugin of this release that replaces `plugin` on the same database; empty where there is none."""
    following = release.known_plugins.named(plugin).replaced_by
    return following if following in release.plugins else ""


def client_of(state: State, role: Role, uses: Uses) -> str:
    """The value that `elasticsearch.version` of a search store has, or must have: v6 for Elasticsearch 6."""
    spec = dict(state.stores)[role]
    is_old = _is_below(record(spec.component).v6_client_below, role, uses)
    return spec.plugin or ("v6" if is_old else "v7")


def while_on(matrix: Matrix, state: State, release: Release, following: Release) -> list[Change]:
    """What must be changed while `release` runs, since `following` no longer takes it."""
    changes = _moves(matrix, state, release, following)
    state = changes[-1].state if changes else state
    for role in _SQL_ROLES:
        spec = state.spec(role)
        if spec is None or not spec.plugin or spec.component not in SQL or not _ends(spec, following):
            continue
        if named := successor(release, spec.plugin):
            state = state.with_store(role, replace(spec, plugin=named))
            note = (
                f"Set pluginName of the {_KEYS[role]} to {named}: {following.name} has no {spec.plugin}. The"
                " schema must have been brought along the new plugin's folder before."
            )
            changes.append(Change(role, named, note, following.source, state))
    return changes


def with_deploy(matrix: Matrix, state: State, release: Release, uses: Uses) -> list[Change]:
    """What `release` wants and the one before may not take yet: it changes with the deploy."""
    changes = _moves(matrix, state, release, release)
    state = changes[-1].state if changes else state
    taken, source = matrix.server_keys.clients(release)
    unset, unset_source = matrix.server_keys.unset_client(release)
    for role in SEARCH_ROLES:
        spec = state.spec(role)
        if spec is None or spec.component not in SEARCH:
            continue
        if not spec.plugin and unset == "v7":
            if client_of(state, role, uses) == "v6":
                state = state.with_store(role, replace(spec, plugin="v6"))
                note = (
                    f"Set elasticsearch.version of the {_KEYS[role]} to v6, unless it is: without it"
                    f" {release.name} takes v7, and releases before 1.12 took v6."
                )
                changes.append(Change(role, "v6", note, unset_source, state))
        elif spec.plugin and taken and spec.plugin not in taken and "v7" in taken:
            state = state.with_store(role, replace(spec, plugin="v7"))
            note = f"Set elasticsearch.version of the {_KEYS[role]} to v7: {spec.plugin} stops the start."
            changes.append(Change(role, "v7", note, source, state))
    return changes


def _is_below(major: int, role: Role, uses: Uses) -> bool:
    for raw in (raw for used, use in uses if used is role for raw in use.versions):
        try:
            return parse(raw).release[0] < major
        except UnreadableVersionError:
            continue
    return False


def _ends(spec: StoreSpec, following: Release) -> bool:
    """Whether the plugin is gone in the release. Of one that was not read nothing is known."""
    return following.was_read and spec.plugin not in following.plugins


def _moves(matrix: Matrix, state: State, release: Release, following: Release) -> list[Change]:
    """A store that is there already takes the place of one that ends."""
    return _search(matrix, state, release, following) or _secondary(state, release, following)


def _search(matrix: Matrix, state: State, release: Release, following: Release) -> list[Change]:
    """advancedVisibilityStore becomes visibilityStore once both releases take it so."""
    search, visibility = state.spec(Role.SEARCH), state.spec(Role.VISIBILITY)
    if search is None or refusal(release, Role.VISIBILITY, search.component):
        return []
    gone = refusal(following, Role.SEARCH, search.component)
    if not gone and not _stands_in_the_way(matrix, visibility, search, following):
        return []
    note = (
        "Name the search store as visibilityStore, in place of advancedVisibilityStore"
        + (f" and of the {visibility.component} store" if visibility else "")
        + ". Its index holds what was written since system.advancedVisibilityWritingMode is on or dual; on is"
        " the default. Take that key and enableReadVisibilityFromES out of the dynamic configuration: 1.24"
        " knows neither."
    )
    source = gone[1] if gone else matrix.store_pairs.source
    moved = state.with_move(Role.SEARCH, Role.VISIBILITY)
    return [Change(Role.VISIBILITY, "visibilityStore", note, source, moved)]


def _secondary(state: State, release: Release, following: Release) -> list[Change]:
    """secondaryVisibilityStore becomes visibilityStore where the primary one ends: the way off Cassandra."""
    secondary, visibility = state.spec(Role.SECONDARY_VISIBILITY), state.spec(Role.VISIBILITY)
    if (
        secondary is None
        or visibility is None
        or not refusal(following, Role.VISIBILITY, visibility.component)
    ):
        return []
    if refusal(following, Role.VISIBILITY, secondary.component):
        return []
    note = (
        f"Name the {secondary.component} store as visibilityStore, in place of secondaryVisibilityStore and"
        f" of the {visibility.component} store, once it has been written to for as long as your longest"
        " retention: what is older it does not hold."
    )
    moved = state.with_move(Role.SECONDARY_VISIBILITY, Role.VISIBILITY)
    source = _PERSISTENCE_GO.format(tag="v1.23.1")
    return [Change(Role.VISIBILITY, "visibilityStore", note, source, moved)]


def _stands_in_the_way(
    matrix: Matrix, visibility: StoreSpec | None, search: StoreSpec, following: Release
) -> bool:
    """Whether the visibility store keeps the following release from starting with search beside it."""
    if visibility is None:
        return False
    if refusal(following, Role.VISIBILITY, visibility.component):
        return True
    if visibility.component in SQL and visibility.plugin and _ends(visibility, following):
        # What goes on in its place is advanced visibility, which takes no search beside it.
        return True
    first = Visibility(original(visibility.component), visibility.plugin)
    return matrix.store_pairs.refuses_search_beside(following, first, Visibility(search.component)) is True
