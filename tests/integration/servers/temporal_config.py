"""The configuration of a Temporal server for tests: all services in one process, on loopback."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from .certificates import Certificate
from .process import free_port
from .stores import AnyStores

#: The services of every release.
DEFAULT_SERVICES = ("frontend", "history", "matching", "worker")


@dataclass(frozen=True)
class TemporalTls:
    """How the frontend speaks TLS: its certificate, and the authority that has issued it.

    With `client`, callers must show a certificate of the same authority, and tests may show this one.
    """

    server: Certificate
    ca: Path
    client: Certificate | None = None


@dataclass(frozen=True)
class TemporalOptions:
    """What tests vary. With `jwks_uri`, callers need a token that a key of this set has signed.

    `kafka`: the broker between the server and its advanced visibility store, which 1.3 wants beside one.

    Only releases from 1.20 on are known to take anything but the defaults.
    """

    metrics_framework: Literal["tally", "opentelemetry"] = "tally"
    tls: TemporalTls | None = None
    jwks_uri: str | None = None
    cluster_name: str = "active"
    initial_failover_version: int = 1
    history_shards: int = 4
    global_namespaces: bool = False
    kafka: str = ""

    @property
    def closed(self) -> bool:
        """Whether the frontend turns away callers that show nothing."""
        return self.tls is not None or self.jwks_uri is not None

    @property
    def services(self) -> list[str]:
        """The services that run; the worker needs a frontend of its own where the other is closed."""
        return [*DEFAULT_SERVICES, *(["internal-frontend"] if self.closed else [])]


@dataclass(frozen=True)
class TemporalPorts:
    """Ports of a replica; no two share any, so several run side by side."""

    grpc: int = field(default_factory=free_port)
    http: int = field(default_factory=free_port)
    metrics: int = field(default_factory=free_port)


def temporal_config(
    number: tuple[int, ...], stores: AnyStores, options: TemporalOptions, ports: TemporalPorts
) -> dict[str, Any]:
    """The configuration file's content, for the release of this number."""
    cluster = {
        "enabled": True,
        "initialFailoverVersion": options.initial_failover_version,
        "rpcName": "frontend",
        "rpcAddress": f"127.0.0.1:{ports.grpc}",
    }
    return {
        "log": {"stdout": True, "level": "info"},
        "persistence": _persistence(stores, options),
        "global": {
            "membership": {"maxJoinDuration": "30s", "broadcastAddress": "127.0.0.1"},
            "metrics": {
                "prometheus": {
                    "framework": options.metrics_framework,
                    "listenAddress": f"127.0.0.1:{ports.metrics}",
                }
            },
            "tls": _tls(options),
            "authorization": _authorization(options),
        },
        "services": {service: {"rpc": _rpc(service, number, ports)} for service in options.services},
        "clusterMetadata": {
            "enableGlobalNamespace": options.global_namespaces,
            "failoverVersionIncrement": 10,
            "masterClusterName": options.cluster_name,
            "currentClusterName": options.cluster_name,
            "clusterInformation": {options.cluster_name: cluster},
            **_REPLICATION_WITHOUT_KAFKA,
        },
        **_public_client(number, ports),
        **_kafka(options),
        "archival": {"history": {"state": "disabled"}, "visibility": {"state": "disabled"}},
        "namespaceDefaults": {
            "archival": {"history": {"state": "disabled"}, "visibility": {"state": "disabled"}}
        },
    }


# Up to 1.5 the default is Kafka; later releases skip the key.
_REPLICATION_WITHOUT_KAFKA = {"replicationConsumer": {"type": "rpc"}}


def _public_client(number: tuple[int, ...], ports: TemporalPorts) -> dict[str, Any]:
    # From 1.20 on it is not needed, and forbidden beside an internal frontend.
    return {} if number >= (1, 20) else {"publicClient": {"hostPort": f"127.0.0.1:{ports.grpc}"}}


def _persistence(stores: AnyStores, options: TemporalOptions) -> dict[str, Any]:
    datastores = stores.datastores()
    further = {
        "secondaryVisibilityStore": "secondary_visibility",
        "advancedVisibilityStore": "advanced_visibility",
    }
    return {
        **{key: name for key, name in further.items() if name in datastores},
        "defaultStore": "default",
        "visibilityStore": "visibility",
        "numHistoryShards": options.history_shards,
        "datastores": datastores,
    }


def _kafka(options: TemporalOptions) -> dict[str, Any]:
    if not options.kafka:
        return {}
    # config/development_es.yaml@v1.3.0
    topics = {"topic": "temporal-visibility", "dlq-topic": "temporal-visibility-dlq"}
    return {
        "kafka": {
            "clusters": {"only": {"brokers": [options.kafka]}},
            "topics": {topic: {"cluster": "only"} for topic in topics.values()},
            "applications": {"visibility": topics},
        }
    }


def _rpc(service: str, number: tuple[int, ...], ports: TemporalPorts) -> dict[str, Any]:
    rpc = {"membershipPort": free_port(), "bindOnIP": "127.0.0.1"}
    if service == "frontend":
        # Older ones have no HTTP API.
        http = {"httpPort": ports.http} if number >= (1, 22) else {}
        return {**rpc, "grpcPort": ports.grpc, **http}
    return {**rpc, "grpcPort": free_port()}


def _tls(options: TemporalOptions) -> dict[str, Any]:
    if options.tls is None:
        return {}
    own = options.tls.server
    server: dict[str, Any] = {"certFile": str(own.cert), "keyFile": str(own.key)}
    if options.tls.client:
        server |= {"requireClientAuth": True, "clientCaFiles": [str(options.tls.ca)]}
    return {"frontend": {"server": server}}


def _authorization(options: TemporalOptions) -> dict[str, Any]:
    if options.jwks_uri is None:
        return {}
    return {
        "authorizer": "default",
        "claimMapper": "default",
        "jwtKeyProvider": {"keySourceURIs": [options.jwks_uri]},
    }
