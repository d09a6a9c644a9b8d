"""A server of each kind that answers well, and a cluster of which such a server is one target."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from kafka.protocol.broker_version_data import BROKER_API_VERSIONS
from temporalio.api.operatorservice.v1 import ClusterMetadata, ListClustersResponse

from agent.model.vocabulary import Role
from tests.fleets import cluster
from tests.probes import cql_server, kafka_server, mysql_server, postgresql_server, servers
from tests.probes.servers import Answer, Handler, Loopback, Request

#: The version that each of these servers has, as it writes it. Kafka writes none.
VERSIONS = {
    "temporal_grpc": b"1.31.2",
    "temporal_remotes": b"1.31.2",
    "temporal_http": b"1.31.2",
    "temporal_metrics": b"1.31.2",
    "temporal_prometheus": b"1.31.2",
    "mysql": b"8.0.33",
    "postgresql": b"15.4",
    "cassandra": b"4.1.3",
    "elasticsearch": b"8.5.3",
    "zookeeper": b"3.4.6",
    "prometheus": b"2.42.0",
    "grafana": b"9.5.2",
}

#: What each kind fills.
ROLES = {
    "mysql": Role.PERSISTENCE,
    "postgresql": Role.PERSISTENCE,
    "cassandra": Role.PERSISTENCE,
    "elasticsearch": Role.VISIBILITY,
    "kafka": Role.EVENT_STREAMING,
    "zookeeper": Role.COORDINATION,
    "prometheus": Role.MONITORING,
    "grafana": Role.OBSERVATION,
}


def _page(value: object) -> Answer:
    return Answer(json.dumps(value).encode(), headers={"Content-Type": "application/json"})


def _vector(metric: Mapping[str, str]) -> Answer:
    series = [{"metric": metric, "value": [1790000000.0, "1"]}]
    return _page({"status": "success", "data": {"resultType": "vector", "result": series}})


_FIELDS = {"WorkflowId": {"type": "keyword"}, "StartTime": {"type": "date_nanos"}}
_TEMPLATE = {"index_patterns": ["visibility*"], "mappings": {"properties": _FIELDS}}

#: The pages of HTTP targets, in the form of the answers that the twins of the probes have recorded.
_PAGES: dict[str, dict[str, Answer]] = {
    "temporal_http": {
        "/api/v1/cluster-info": _page(
            {
                "serverVersion": "1.31.2",
                "clusterId": "ec15846c-4877-47ae-9aae-d1fe018485b4",
                "clusterName": "active",
                "historyShardCount": 4,
                "persistenceStore": "sqlite",
                "visibilityStore": "sqlite",
            }
        )
    },
    "temporal_metrics": {
        "/": Answer(
            b'restarts{service_name="frontend"} 1\n'
            b'build_information{build_version="1.31.2",go_version="go1.26.8",service_name="frontend"} 1\n'
        )
    },
    "temporal_prometheus": {
        "/api/v1/query": _vector(
            {"build_version": "1.31.2", "service_name": "history", "instance": "10.0.0.7:9090"}
        )
    },
    "elasticsearch": {
        "/": _page({"name": "vm", "version": {"number": "8.5.3"}, "tagline": "You Know, for Search"}),
        "/_nodes/_all/process": _page({"nodes": {"a": {"name": "vm", "version": "8.5.3"}}}),
        "/_cluster/stats": _page({"nodes": {"versions": ["8.5.3"]}}),
        "/visibility/_mapping": _page({"visibility": {"mappings": {"properties": _FIELDS}}}),
        "/_template/temporal_visibility_v1_template": _page({"temporal_visibility_v1_template": _TEMPLATE}),
    },
    "prometheus": {
        "/api/v1/status/buildinfo": _page(
            {"status": "success", "data": {"version": "2.42.0", "revision": "a", "goVersion": "go1.19.8"}}
        ),
        "/api/v1/query": _vector({}),
    },
    "grafana": {"/api/health": _page({"commit": "v", "database": "ok", "version": "9.5.2"})},
}

_ZOOKEEPER = b"Zookeeper version: 3.4.6-1569965, built on 02/20/2014 09:09 GMT\nMode: standalone\n"


def _zookeeper(connection: Any) -> None:
    if connection.recv(4) == b"srvr":
        connection.sendall(_ZOOKEEPER)


def _web(kind: str) -> Handler:
    pages = _PAGES[kind]

    def handle(connection: Any) -> None:
        for request in servers.requests(connection):
            connection.sendall(_answer(pages, request).wire)

    return handle


def _answer(pages: Mapping[str, Answer], request: Request) -> Answer:
    return pages.get(urlsplit(request.path).path, Answer(b"{}", 404))


def _handler(kind: str) -> Handler:
    made: dict[str, Callable[[], Handler]] = {
        "mysql": lambda: mysql_server.Speaker(schema=(("temporal", "1.19", 1),)),
        "postgresql": lambda: postgresql_server.answering(
            postgresql_server.rows(("a", "15.4", "PostgreSQL 15.4 on x86_64-pc-linux-gnu", "f")),
            postgresql_server.rows(("temporal", "1.19", "t")),
        ),
        "cassandra": lambda: cql_server.Node(
            {
                "system.local": [
                    {"key": "local", "cluster_name": "a", "data_center": "b", "release_version": "4.1.3"}
                ],
                "system.peers_v2": [],
                '"temporal".schema_version': [{"curr_version": "1.13"}],
            }
        ),
        "kafka": lambda: kafka_server.Broker(BROKER_API_VERSIONS[2, 1]),
        "zookeeper": lambda: _zookeeper,
    }
    return made[kind]() if kind in made else _web(kind)


@contextmanager
def healthy(kind: str) -> Iterator[int]:
    """The port of a server of this kind that answers well."""
    if kind in ("temporal_grpc", "temporal_remotes"):
        remote = ClusterMetadata(cluster_name="active", address="127.0.0.1:1", is_connection_enabled=True)
        info = servers.cluster_info(
            server_version="1.31.2",
            cluster_name="active",
            cluster_id="c1",
            persistence_store="sqlite",
            visibility_store="sqlite",
        )
        with servers.frontend(
            info,
            servers.system_info("1.31.2"),
            clusters=lambda _request, _context: ListClustersResponse(clusters=[remote]),
        ) as address:
            yield int(address.rpartition(":")[2])
        return
    with Loopback(_handler(kind)) as server:
        yield server.port


def cluster_with(kind: str, folder: Path, port: int, frontend: str) -> dict[str, Any]:
    """The configuration of a cluster of which one target is of this kind, on this port.

    The others are the frontend at this address and SQLite files.
    """
    address, url = f"127.0.0.1:{port}", f"http://127.0.0.1:{port}"
    sql = {"host": "127.0.0.1", "port": port, "database": "temporal", "user": "agent"}
    search = {"elasticsearch": {"url": url, "index": "visibility", "version": "v8"}}
    parts: dict[str, dict[str, Any]] = {
        "temporal_grpc": {"temporal": {"frontend": address}},
        "temporal_remotes": {"temporal": {"frontend": address}, "multi_datacenter": True},
        "temporal_http": {"temporal": {"http": url}},
        "temporal_metrics": {"temporal": {"metrics": [{"url": url}]}},
        "temporal_prometheus": {"temporal": {"prometheus": {"url": url}}},
        "mysql": {"persistence": {"mysql": {**sql, "plugin": "mysql8"}}},
        "postgresql": {"persistence": {"postgresql": {**sql, "plugin": "postgres12"}}},
        "cassandra": {
            "persistence": {"cassandra": {"hosts": ["127.0.0.1"], "port": port, "keyspace": "temporal"}}
        },
        "elasticsearch": {"visibility": search},
        "kafka": {"event_streaming": {"kafka": {"brokers": [address]}}},
        "zookeeper": {
            "event_streaming": {"kafka": {"brokers": ["127.0.0.1:1"]}, "zookeeper": {"hosts": [address]}}
        },
        "prometheus": {"monitoring": {"prometheus": {"url": url}}},
        "grafana": {"observation": {"grafana": {"url": url}}},
    }
    # Only with several clusters, and only up to 1.7, a server without Elasticsearch uses Kafka.
    needs_kafka = {"multi_datacenter": True} if "event_streaming" in parts[kind] else {}
    return cluster(folder, kind, frontend) | needs_kafka | parts[kind]
