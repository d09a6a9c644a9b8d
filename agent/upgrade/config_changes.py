"""Changes of Temporal's configuration that the next release requires while the stores stay the same.

A release that needs another store (after Cassandra visibility or Elasticsearch 6) is a blocker instead.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from agent.components.registry import SEARCH, SQL, original, record, title_of
from agent.matrix import Matrix, Release, Uses
from agent.matrix.pairs import Visibility
from agent.matrix.roles import refusal
from agent.model.versions import UnreadableVersionError, parse
from agent.model.vocabulary import STORE_ROLES, Role
from agent.upgrade.simulated_stores import SimulatedStores
from agent.verdict import StoreSpec

_PERSISTENCE_GO = "temporalio/temporal@{tag}: common/config/persistence.go"

#: SQL roles whose plugin can be replaced.
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
class ConfigChange:
    """One change: its role, the new value, the instruction and the source. `state`: the stores after it."""

    role: Role
    to: str
    note: str
    source: str
    state: SimulatedStores


def successor(release: Release, plugin: str) -> str:
    """The plugin of this release that replaces `plugin` on the same database; empty if there is none."""
    following = release.known_plugins.named(plugin).replaced_by
    return following if following in release.plugins else ""


def client_of(state: SimulatedStores, role: Role, uses: Uses) -> str:
    """The present or required value of `elasticsearch.version` of a search store: v6 for Elasticsearch 6."""
    spec = dict(state.stores)[role]
    is_old = _is_below(record(spec.component).v6_client_below, role, uses)
    return spec.plugin or ("v6" if is_old else "v7")


def changes_before(
    matrix: Matrix, state: SimulatedStores, release: Release, following: Release
) -> list[ConfigChange]:
    """Changes to make while `release` runs, because `following` no longer accepts the old value."""
    changes = _store_migrations(matrix, state, release, following)
    state = changes[-1].state if changes else state
    for role in _SQL_ROLES:
        spec = state.spec(role)
        if spec is None or not spec.plugin or spec.component not in SQL or not _ends(spec, following):
            continue
        if named := successor(release, spec.plugin):
            state = state.with_store(role, replace(spec, plugin=named))
            note = (
                f"Set pluginName of the {_KEYS[role]} to {named}: {following.name} has no plugin"
                f" {spec.plugin}. First migrate the schema using the new plugin's schema folder."
            )
            changes.append(ConfigChange(role, named, note, following.source, state))
    return changes


def changes_with_deploy(
    matrix: Matrix, state: SimulatedStores, release: Release, uses: Uses
) -> list[ConfigChange]:
    """Changes to make with the deploy: `release` requires them, and the one before may not accept them."""
    changes = _store_migrations(matrix, state, release, release)
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
                    f"Set elasticsearch.version of the {_KEYS[role]} to v6 if it is not set: the default of"
                    f" {release.name} is v7, that of releases before 1.12 was v6."
                )
                changes.append(ConfigChange(role, "v6", note, unset_source, state))
        elif spec.plugin and taken and spec.plugin not in taken and "v7" in taken:
            state = state.with_store(role, replace(spec, plugin="v7"))
            note = (
                f"Set elasticsearch.version of the {_KEYS[role]} to v7: {release.name} does not start with"
                f" {spec.plugin}."
            )
            changes.append(ConfigChange(role, "v7", note, source, state))
    return changes


def _is_below(major: int, role: Role, uses: Uses) -> bool:
    for raw in (raw for used, use in uses if used is role for raw in use.versions):
        try:
            return parse(raw).release[0] < major
        except UnreadableVersionError:
            continue
    return False


def _ends(spec: StoreSpec, following: Release) -> bool:
    """Whether the release lacks the plugin. False for a release whose requirements are not known."""
    return following.was_read and spec.plugin not in following.plugins


def _store_migrations(
    matrix: Matrix, state: SimulatedStores, release: Release, following: Release
) -> list[ConfigChange]:
    """An existing store replaces one that the release no longer supports."""
    return _search(matrix, state, release, following) or _secondary(state, release, following)


def _search(
    matrix: Matrix, state: SimulatedStores, release: Release, following: Release
) -> list[ConfigChange]:
    """advancedVisibilityStore becomes visibilityStore once both releases support that."""
    search, visibility = state.spec(Role.SEARCH), state.spec(Role.VISIBILITY)
    if search is None or refusal(release, Role.VISIBILITY, search.component):
        return []
    gone = refusal(following, Role.SEARCH, search.component)
    if not gone and not _prevents_start(matrix, visibility, search, following):
        return []
    note = (
        "Configure the search store as visibilityStore, in place of advancedVisibilityStore"
        + (f" and of the {title_of(visibility.component)} store" if visibility else "")
        + ". Its index only has records written since system.advancedVisibilityWritingMode is on or dual (the"
        " default is on). Remove that key and enableReadVisibilityFromES from the dynamic configuration: 1.24"
        " does not have them."
    )
    source = gone[1] if gone else matrix.store_pairs.source
    moved = state.with_move(Role.SEARCH, Role.VISIBILITY)
    return [ConfigChange(Role.VISIBILITY, "visibilityStore", note, source, moved)]


def _secondary(state: SimulatedStores, release: Release, following: Release) -> list[ConfigChange]:
    """secondaryVisibilityStore becomes visibilityStore if the primary loses support, as Cassandra does."""
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
        f"Configure the {title_of(secondary.component)} store as visibilityStore, in place of"
        f" secondaryVisibilityStore and of the {title_of(visibility.component)} store. Before that, let"
        " Temporal write to it for as long as your longest retention period: it has no older records."
    )
    moved = state.with_move(Role.SECONDARY_VISIBILITY, Role.VISIBILITY)
    source = _PERSISTENCE_GO.format(tag="v1.23.1")
    return [ConfigChange(Role.VISIBILITY, "visibilityStore", note, source, moved)]


def _prevents_start(
    matrix: Matrix, visibility: StoreSpec | None, search: StoreSpec, following: Release
) -> bool:
    """Whether the following release would not start with this visibility store and a search store."""
    if visibility is None:
        return False
    if refusal(following, Role.VISIBILITY, visibility.component):
        return True
    if visibility.component in SQL and visibility.plugin and _ends(visibility, following):
        # Its replacement is advanced visibility, which excludes a separate search store.
        return True
    first = Visibility(original(visibility.component), visibility.plugin)
    return matrix.store_pairs.refuses_search_with(following, first, Visibility(search.component)) is True
