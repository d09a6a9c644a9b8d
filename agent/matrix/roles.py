"""Which components can fill which role of a release, as far as its code decides that."""

from __future__ import annotations

from functools import lru_cache

from packaging.specifiers import SpecifierSet

from agent.matrix.release import Release
from agent.matrix.schema import CUSTOM, STORES, plugins_for
from agent.model.vocabulary import Role

#: SQL databases, which a release can use when it has a plugin for them.
SQL = frozenset({"mysql", "postgresql", "sqlite"})
SEARCH = frozenset({"elasticsearch", "opensearch"})

#: What each role can be filled with, in some release at least.
FILLED_BY: dict[Role, frozenset[str]] = {
    Role.PERSISTENCE: SQL | {"cassandra"},
    Role.VISIBILITY: SQL | SEARCH | {"cassandra"},
    Role.SECONDARY_VISIBILITY: SQL | SEARCH | {"cassandra"},
    Role.SEARCH: SEARCH,
    Role.EVENT_STREAMING: frozenset({"kafka"}),
    Role.COORDINATION: frozenset({"zookeeper"}),
    Role.MONITORING: frozenset({"prometheus"}),
    Role.OBSERVATION: frozenset({"grafana"}),
}

#: Components without a plugin: the releases that can use them, and where that is read from.
_CODE: dict[tuple[Role, str], tuple[str, str]] = {
    (Role.EVENT_STREAMING, "kafka"): ("<1.8.0", "temporalio/temporal@v1.8.0: no Kafka code left"),
    (Role.COORDINATION, "zookeeper"): ("<1.8.0", "temporalio/temporal@v1.8.0: no Kafka code left"),
    (Role.MONITORING, "prometheus"): (">=1.0.0", "any release writes metrics for Prometheus"),
    (Role.OBSERVATION, "grafana"): (">=1.0.0", "Grafana reads Prometheus, not Temporal"),
    **{
        (Role.SEARCH, component): ("<1.25.0", "temporalio/temporal@v1.25.2: common/config/persistence.go")
        for component in SEARCH
    },
    **{
        (Role.VISIBILITY, component): (
            ">=1.21.0",
            "temporalio/temporal@v1.21.6: common/config/persistence.go",
        )
        for component in SEARCH
    },
    # Before that the configuration is refused, and the factory has no place for such a store.
    (Role.PERSISTENCE, CUSTOM): (">=1.11.0", "temporalio/temporal@v1.11.0: common/config/persistence.go"),
    (Role.VISIBILITY, CUSTOM): (
        ">=1.23.0",
        "temporalio/temporal@v1.23.0: common/persistence/visibility/factory.go",
    ),
}


#: Since when there can be a second visibility store.
_SECONDARY = SpecifierSet(">=1.21.0")


@lru_cache(maxsize=4096)
def refusal(release: Release, role: Role, component: str) -> tuple[str, str] | None:
    """Why this release can't use the component in this role, and the source; nothing if it can."""
    message = f"Temporal {release.name} cannot use {component} for {role}"
    if role is Role.SECONDARY_VISIBILITY:
        if not release.version.within(_SECONDARY):
            return message, "temporalio/temporal@v1.21.6: common/config/persistence.go"
        role = Role.VISIBILITY
    if component == "cassandra" or component in SQL:
        if not release.was_read or role not in STORES:
            return None if role in STORES else (message, release.source)
        has = bool(plugins_for(release, component, "")) if component in SQL else _has_cassandra(release, role)
        return None if has else (message, release.source)
    rule = _CODE.get((role, component))
    if rule is None:
        return message, release.source
    releases, source = rule
    return None if release.version.within(SpecifierSet(releases)) else (message, source)


def _has_cassandra(release: Release, role: Role) -> bool:
    return release.schema.get("cassandra", {}).get(STORES[role]) is not None
