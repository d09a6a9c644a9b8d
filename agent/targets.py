"""From the configuration of a cluster to what is judged and what is probed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from agent.config import Cassandra, Cluster, Config, Elasticsearch, OneStore, Sqlite, Temporal
from agent.config.stores import Custom, SqlServer
from agent.matrix.schema import CUSTOM
from agent.observation import Target
from agent.verdict import StoreSpec, Subject, Waiver
from agent.vocabulary import Role

#: How each kind of store is read.
_ENDPOINTS = {
    "cassandra": "cql",
    "elasticsearch": "api",
    "mysql": "sql",
    "opensearch": "api",
    "postgresql": "sql",
    "sqlite": "sql",
}
#: Kinds that another kind's probe reads.
_PROBES = {"opensearch": "elasticsearch"}


@dataclass(frozen=True)
class ProbeSpec:
    """One target, the kind of probe that reads it, and the settings that the probe needs.

    `asks` names what this target is asked beside what every target of its kind is.
    """

    target: Target
    kind: str
    settings: Any
    asks: tuple[str, ...] = ()


def subject(config: Config, cluster: Cluster) -> Subject:
    """The cluster as it is judged."""
    return Subject(
        name=cluster.name,
        product=cluster.product,
        environment=cluster.environment,
        stores={role: _store_spec(store, _sharing(cluster, role)) for role, store in _stores(cluster)},
        max_age=config.effective_max_age,
        sees_replicas=bool(cluster.temporal.metrics or cluster.temporal.prometheus),
        waivers=tuple(
            Waiver(waiver.role, waiver.check, waiver.reason, waiver.comment, waiver.until)
            for waiver in cluster.waivers
        ),
    )


def probe_specs(cluster: Cluster) -> tuple[ProbeSpec, ...]:
    """Everything that one round of this cluster reads. A store of the user's own has nothing to read."""
    specs = list(_server(cluster.temporal))
    specs += [_store(role, store) for role, store in _stores(cluster) if store.kind != CUSTOM]
    return tuple(specs)


def _stores(cluster: Cluster) -> list[tuple[Role, OneStore]]:
    stores: dict[Role, OneStore | None] = {
        Role.PERSISTENCE: cluster.persistence,
        Role.VISIBILITY: cluster.visibility,
        Role.SECONDARY_VISIBILITY: cluster.secondary_visibility,
        Role.SEARCH: cluster.search,
    }
    return [(role, store) for role, store in stores.items() if store is not None]


def _server(temporal: Temporal) -> Iterator[ProbeSpec]:
    if temporal.frontend:
        yield ProbeSpec(Target(Role.SERVER, "temporal", "grpc"), "temporal_grpc", temporal)
    if temporal.http:
        yield ProbeSpec(Target(Role.SERVER, "temporal", "http"), "temporal_http", temporal)
    for index, metrics in enumerate(temporal.metrics):
        # A name tells repeated endpoints apart; an address in a label would change with every pod.
        name = metrics.name or (str(index) if len(temporal.metrics) > 1 else "")
        yield ProbeSpec(Target(Role.SERVER, "temporal", "metrics", name), "temporal_metrics", metrics)
    if temporal.prometheus:
        yield ProbeSpec(Target(Role.SERVER, "temporal", "prometheus"), "temporal_prometheus", temporal)


def _store(role: Role, store: OneStore) -> ProbeSpec:
    endpoint = _ENDPOINTS[store.kind]
    kind = _PROBES.get(store.kind, store.kind)
    # Only the visibility schema needs an extension.
    asks = ("extension",) if kind == "postgresql" and role is not Role.PERSISTENCE else ()
    return ProbeSpec(Target(role, store.kind, endpoint), kind, getattr(store, store.kind), asks)


def _store_spec(store: OneStore, shared_with: tuple[Role, ...]) -> StoreSpec:
    settings = getattr(store, store.kind)
    match settings:
        case Sqlite():
            # SQLite has one plugin, so it needs no naming.
            return StoreSpec(store.kind, "sqlite")
        case Custom():
            return StoreSpec(store.kind, label=settings.name)
        case Elasticsearch():
            return StoreSpec(store.kind, settings.version or "", shared_with=shared_with)
    return StoreSpec(store.kind, getattr(settings, "plugin", None) or "", shared_with=shared_with)


def _sharing(cluster: Cluster, role: Role) -> tuple[Role, ...]:
    """The roles that are configured with the same database, keyspace or index as this one."""
    stores = dict(_stores(cluster))
    return tuple(other for other in stores if other is not role and _are_one(stores[other], stores[role]))


def _are_one(one: OneStore, other: OneStore) -> bool:
    """Whether two stores are one by what is configured. Of two names for one server nothing is known."""
    match getattr(one, one.kind), getattr(other, other.kind):
        case (SqlServer() as mine, SqlServer() as its):
            place = mine.host.lower(), mine.port, mine.database
            return one.kind == other.kind and place == (its.host.lower(), its.port, its.database)
        case (Cassandra() as mine, Cassandra() as its):
            hosts = {host.lower() for host in mine.hosts} & {host.lower() for host in its.hosts}
            return bool(hosts) and (mine.port, mine.keyspace) == (its.port, its.keyspace)
        case (Elasticsearch() as mine, Elasticsearch() as its):
            return (mine.url.rstrip("/"), mine.index) == (its.url.rstrip("/"), its.index)
    return False
