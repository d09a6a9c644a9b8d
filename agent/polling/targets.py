"""From the configuration of a cluster to what is judged and what is probed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from agent.components.monitoring import GRAFANA, PROMETHEUS
from agent.components.record import Prerequisite
from agent.components.registry import record
from agent.components.streaming import KAFKA, ZOOKEEPER
from agent.components.temporal import TEMPORAL
from agent.config import (
    Cassandra,
    Cluster,
    Config,
    Elasticsearch,
    OneStore,
    Sqlite,
    Temporal,
    Watch,
    WebApi,
)
from agent.config.redaction import mask_url
from agent.config.stores import Custom, PostgreSql, SqlServer
from agent.config.waiver import Waiver as FindingWaiver
from agent.matrix.schema import CUSTOM
from agent.model.observation import Target
from agent.model.traits import Trait
from agent.model.vocabulary import Role
from agent.polling.addresses import address_of, login_of
from agent.verdict import AdvisoryWaiver, ClusterSpec, ServerFile, StoreSpec, Waiver


@dataclass(frozen=True)
class ProbeSpec:
    """One target, the kind of probe that reads it, and the settings that the probe needs.

    `asks` names what the probe reads in addition to what it reads of every target of this kind.
    """

    target: Target
    kind: str
    settings: Any
    asks: tuple[str, ...] = ()


def cluster_spec(config: Config, cluster: Cluster) -> ClusterSpec:
    """The cluster as it is judged."""
    return ClusterSpec(
        name=cluster.name,
        product=cluster.product,
        environment=cluster.environment,
        stores={role: _store_spec(store, _sharing(cluster, role)) for role, store in _stores(cluster)}
        | {spec.target.role: StoreSpec(spec.target.component) for spec in _streaming(cluster)}
        | _watchers(cluster),
        max_age=config.effective_max_age,
        sees_replicas=bool(cluster.temporal.metrics or cluster.temporal.prometheus),
        multi_datacenter=cluster.multi_datacenter,
        waivers=tuple(
            Waiver(waiver.role, waiver.check, waiver.reason, waiver.comment, waiver.until)
            for waiver in cluster.waivers
            if isinstance(waiver, FindingWaiver)
        ),
        advisory_waivers=tuple(
            AdvisoryWaiver(waiver.advisory, waiver.comment, waiver.until)
            for waiver in cluster.waivers
            if not isinstance(waiver, FindingWaiver)
        ),
        server_file=_server_file(cluster),
    )


def probe_specs(cluster: Cluster) -> tuple[ProbeSpec, ...]:
    """Everything that one round of this cluster reads. A custom store has nothing to read."""
    specs = list(_server(cluster.temporal))
    if cluster.multi_datacenter and cluster.temporal.frontend:
        specs.append(_temporal("temporal_remotes", cluster.temporal, cluster.temporal.frontend, "remotes"))
    specs += [_store(role, store) for role, store in _stores(cluster) if store.kind != CUSTOM]
    specs += _streaming(cluster)
    specs += _watching(cluster)
    return tuple(specs)


def _server_file(cluster: Cluster) -> ServerFile | None:
    file = cluster.server_file
    if file is None:
        return None
    return ServerFile(
        cluster_name=file.cluster_name or "",
        history_shards=file.history_shards or 0,
        initial_failover_version=file.initial_failover_version or 0,
        store_keys=file.store_keys,
        dynamic_keys=file.dynamic_keys,
        traits={Trait(name): has for name, has in (file.traits or {}).items()},
        dynamic_values=file.dynamic_values,
        image_release=file.image_release or "",
        violations=tuple((each.rule, each.found) for each in file.violations or ()),
        connect_attributes={
            Role(role): tuple(name.strip().lower() for name in names)
            for role, names in (file.connect_attributes or {}).items()
        },
    )


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
        yield _temporal("temporal_grpc", temporal, temporal.frontend)
    if temporal.http:
        yield _temporal("temporal_http", temporal, temporal.http)
    for index, metrics in enumerate(temporal.metrics):
        # A name distinguishes repeated endpoints; an address in a label would change with every pod.
        name = metrics.name or (str(index) if len(temporal.metrics) > 1 else "")
        yield _temporal("temporal_metrics", metrics, metrics.url, name)
    if temporal.prometheus:
        yield _temporal("temporal_prometheus", temporal, temporal.prometheus.url)


def _temporal(probe: str, settings: Any, address: str, name: str = "") -> ProbeSpec:
    """A target of the server, which can be read in several ways."""
    (reader,) = (reader for reader in TEMPORAL.readers if reader.probe == probe)
    target = Target(Role.SERVER, TEMPORAL.name, reader.endpoint, name, mask_url(address), login_of(settings))
    return ProbeSpec(target, probe, settings)


def _read(role: Role, component: str, settings: Any, asks: tuple[str, ...] = ()) -> ProbeSpec:
    """A target that can be read in one way."""
    reader = record(component).reader
    address, login = mask_url(address_of(settings)), login_of(settings)
    target = Target(role, component, reader.endpoint, address=address, login=login)
    return ProbeSpec(target, reader.probe, settings, asks)


def _store(role: Role, store: OneStore) -> ProbeSpec:
    # Only the visibility schema needs an extension.
    needs_extension = (
        Prerequisite.BTREE_GIN in record(store.kind).prerequisites and role is not Role.PERSISTENCE
    )
    return _read(role, store.kind, getattr(store, store.kind), ("extension",) if needs_extension else ())


def _store_spec(store: OneStore, shared_with: tuple[Role, ...]) -> StoreSpec:
    settings = getattr(store, store.kind)
    match settings:
        case Sqlite():
            # SQLite has one plugin, so the configuration does not name it.
            return StoreSpec(store.kind, "sqlite")
        case Custom():
            return StoreSpec(store.kind, label=settings.name)
        case Elasticsearch():
            version, address = settings.version or "", settings.url.rstrip("/")
            return StoreSpec(store.kind, version, shared_with=shared_with, address=address)
        case Cassandra():
            return StoreSpec(store.kind, shared_with=shared_with, database=settings.keyspace)
    return StoreSpec(store.kind, settings.plugin or "", shared_with=shared_with, database=settings.database)


def _sharing(cluster: Cluster, role: Role) -> tuple[Role, ...]:
    """The roles that are configured with the same database, keyspace or index as this one."""
    stores = dict(_stores(cluster))
    return tuple(other for other in stores if other is not role and _are_one(stores[other], stores[role]))


def _are_one(one: OneStore, other: OneStore) -> bool:
    """Whether two stores are configured as one. Two names of one server are not recognized."""
    match getattr(one, one.kind), getattr(other, other.kind):
        case (SqlServer() as mine, SqlServer() as its):
            return one.kind == other.kind and _place(mine) == _place(its)
        case (Cassandra() as mine, Cassandra() as its):
            hosts = {host.lower() for host in mine.hosts} & {host.lower() for host in its.hosts}
            return bool(hosts) and (mine.port, mine.keyspace) == (its.port, its.keyspace)
        case (Elasticsearch() as mine, Elasticsearch() as its):
            return (mine.url.rstrip("/"), mine.index) == (its.url.rstrip("/"), its.index)
    return False


def _place(settings: SqlServer) -> tuple[str, int, str, str]:
    """Where the tables are. In one database of PostgreSQL, two search paths are two places."""
    path = (settings.search_path or "") if isinstance(settings, PostgreSql) else ""
    return settings.host.lower(), settings.port, settings.database, path


def _streaming(cluster: Cluster) -> Iterator[ProbeSpec]:
    streaming = cluster.event_streaming
    if streaming and streaming.kafka:
        yield _read(Role.EVENT_STREAMING, KAFKA.name, streaming.kafka)
    if streaming and streaming.zookeeper:
        yield _read(Role.COORDINATION, ZOOKEEPER.name, streaming.zookeeper)


def _watchers(cluster: Cluster) -> dict[Role, StoreSpec]:
    watchers = {}
    if cluster.monitoring:
        watchers[Role.MONITORING] = StoreSpec(PROMETHEUS.name)
    if cluster.observation:
        watchers[Role.OBSERVATION] = StoreSpec(GRAFANA.name)
    return watchers


def _watching(cluster: Cluster) -> Iterator[ProbeSpec]:
    if cluster.monitoring:
        prometheus = cluster.monitoring.prometheus
        watch = Watch(prometheus, cluster.name, _matchers(cluster.temporal, prometheus))
        yield _read(Role.MONITORING, PROMETHEUS.name, watch)
    if cluster.observation:
        yield _read(Role.OBSERVATION, GRAFANA.name, cluster.observation.grafana)


def _matchers(temporal: Temporal, prometheus: WebApi) -> str:
    """The PromQL matchers that select this cluster's series in that Prometheus, if configured."""
    scraping = temporal.prometheus
    # Another Prometheus may give other labels to the same series.
    if scraping and scraping.url.rstrip("/") == prometheus.url.rstrip("/"):
        return scraping.matchers
    addresses = [urlsplit(metrics.url) for metrics in temporal.metrics]
    # Prometheus sets `instance` to the address that it scrapes; some versions always add a port.
    instances = [re.escape(url.netloc) + ("" if url.port else "(:80|:443)?") for url in addresses]
    return f"{{instance=~`{'|'.join(instances)}`}}" if instances else "{}"
