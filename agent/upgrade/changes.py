"""Changes of Temporal's configuration that a next release asks for, where the same store can go on.

What needs another store (Cassandra visibility, Elasticsearch 6) is no change of configuration: it blocks.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from agent.matrix import Release
from agent.matrix.index import clients
from agent.matrix.pairs import refuses_search_beside
from agent.matrix.roles import SEARCH, SQL, refusal
from agent.upgrade.state import State
from agent.verdict import StoreSpec
from agent.vocabulary import STORE_ROLES, Role

_PERSISTENCE_GO = "temporalio/temporal@{tag}: common/config/persistence.go"

#: The plugin that goes on where another ends, on the same database. The schema of the new one continues that
#: of the old: v57 and v96 end at visibility 1.1, which v8 and v12 share
#: (temporalio/temporal@v1.23.1: schema/).
_SUCCESSORS = {"mysql": "mysql8", "postgres": "postgres12", "postgres_pgx": "postgres12_pgx"}

#: SQL roles whose plugin may be another.
_SQL_ROLES = (*STORE_ROLES, Role.SECONDARY_VISIBILITY)


@dataclass(frozen=True)
class Change:
    """One change: of which role, to what, what to write, and who says so. `state` is what it leads to."""

    role: Role
    to: str
    note: str
    source: str
    state: State


def successor(release: Release, plugin: str) -> str:
    """The plugin of this release that goes on where `plugin` ends; empty where there is none."""
    named = _SUCCESSORS.get(plugin, "")
    return named if named in release.plugins else ""


def while_on(state: State, release: Release, following: Release) -> list[Change]:
    """What must be changed while `release` runs, since `following` no longer takes it."""
    changes = _search(state, release, following)
    state = changes[-1].state if changes else state
    for role in _SQL_ROLES:
        spec = state.spec(role)
        if spec is None or spec.component not in SQL or spec.plugin in following.plugins or not spec.plugin:
            continue
        if named := successor(release, spec.plugin):
            state = state.with_store(role, replace(spec, plugin=named))
            note = (
                f"Set pluginName of the {_KEYS[role]} to {named}: {following.name} has no {spec.plugin}. The"
                " schema must have been brought along the new plugin's folder before."
            )
            changes.append(Change(role, named, note, following.source, state))
    return changes


def with_deploy(state: State, release: Release) -> list[Change]:
    """What `release` wants and the one before may not take yet: it changes with the deploy."""
    changes = _search(state, release, release)
    state = changes[-1].state if changes else state
    for role in (Role.VISIBILITY, Role.SECONDARY_VISIBILITY, Role.SEARCH):
        spec = state.spec(role)
        if spec is None or spec.component not in SEARCH or not spec.plugin:
            continue
        taken, source = clients(release)
        if taken and spec.plugin not in taken and "v7" in taken:
            state = state.with_store(role, replace(spec, plugin="v7"))
            note = f"Set elasticsearch.version of the {_KEYS[role]} to v7: {spec.plugin} stops the start."
            changes.append(Change(role, "v7", note, source, state))
    return changes


_KEYS = {
    Role.PERSISTENCE: "defaultStore",
    Role.VISIBILITY: "visibilityStore",
    Role.SECONDARY_VISIBILITY: "secondaryVisibilityStore",
    Role.SEARCH: "advancedVisibilityStore",
}


def _search(state: State, release: Release, following: Release) -> list[Change]:
    """advancedVisibilityStore becomes visibilityStore once both releases take it so."""
    search, visibility = state.spec(Role.SEARCH), state.spec(Role.VISIBILITY)
    if search is None or refusal(release, Role.VISIBILITY, search.component):
        return []
    gone = refusal(following, Role.SEARCH, search.component)
    if not gone and not _stands_in_the_way(visibility, following):
        return []
    after = state.with_store(Role.SEARCH, None).with_store(Role.VISIBILITY, search)
    reached = dict(after.reached)
    reached.pop(Role.VISIBILITY, None)
    if Role.SEARCH in reached:
        reached[Role.VISIBILITY] = reached.pop(Role.SEARCH)
    note = (
        "Name the search store as visibilityStore, in place of advancedVisibilityStore"
        + (f" and of the {visibility.component} store" if visibility else "")
        + "; its index holds all records already."
    )
    source = gone[1] if gone else _PERSISTENCE_GO.format(tag="v1.24.2")
    return [
        Change(
            Role.VISIBILITY,
            "visibilityStore",
            note,
            source,
            replace(after, reached=tuple(sorted(reached.items()))),
        )
    ]


def _stands_in_the_way(visibility: StoreSpec | None, following: Release) -> bool:
    """Whether the visibility store keeps the following release from starting with search beside it."""
    if visibility is None:
        return False
    if refusal(following, Role.VISIBILITY, visibility.component):
        return True
    return refuses_search_beside(following, visibility.component, visibility.plugin) is True
