"""Real servers that listen on ::1 alone, and an agent there: each probe, the listener, what is shown."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from agent.model.vocabulary import Role

from .agents import AgentProcess, observe
from .factories import CassandraFactory
from .servers.cassandra import CassandraOptions
from .servers.kafka import KafkaOptions, KafkaServer
from .servers.kafka_build import kafka_jars
from .servers.mysql import MySqlServer
from .servers.mysql_build import mysql_home
from .servers.postgres import PostgresServer
from .servers.postgres_build import postgres_15_home
from .servers.prometheus import PrometheusBinaries, PrometheusServer
from .servers.requirement import require
from .servers.search import SearchServer
from .servers.search_build import search_home
from .servers.temporal_cli import DevServer
from .servers.zookeeper import ZooKeeperServer
from .servers.zookeeper_build import zookeeper_jars

_HOST = "::1"


class _PostgreSql(PostgresServer):
    host = _HOST


class _MySql(MySqlServer):
    host = _HOST


class _Temporal(DevServer):
    host = _HOST


class _ZooKeeper(ZooKeeperServer):
    host = _HOST


class _Kafka(KafkaServer):
    @property
    def address(self) -> str:
        return f"[{_HOST}]:{self.port}"


class _Search(SearchServer):
    @property
    def url(self) -> str:
        return f"http://[{_HOST}]:{self.port}"


class _Prometheus(PrometheusServer):
    @property
    def address(self) -> str:
        return f"[{_HOST}]:{self._port}"


class _Agent(AgentProcess):
    @property
    def address(self) -> str:
        return f"[{_HOST}]:{self.port}"


def _database(server: PostgresServer | MySqlServer) -> dict[str, Any]:
    server.create_database("temporal")
    login = {"user": server.user, "password": "${TEMPORAL_STORE_PASSWORD}"}
    return {"host": server.host, "port": server.port, "database": "temporal", **login}


def test_databases_frontend_prometheus_and_the_agent_itself(
    temporal_cli: Path, prometheus: PrometheusBinaries, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(MySqlServer, "password", PostgresServer.password)
    with ExitStack() as running:
        postgres = running.enter_context(
            _PostgreSql(require(postgres_15_home), "15", settings={"listen_addresses": _HOST})
        )
        mysql = running.enter_context(
            _MySql(require(lambda: mysql_home("8.0.33")), settings={"bind-address": _HOST})
        )
        temporal = running.enter_context(_Temporal(temporal_cli))
        monitoring = running.enter_context(_Prometheus(prometheus, {}))
        described = {
            "name": "orders-live",
            "temporal": {"frontend": temporal.grpc_address},
            "persistence": {"postgresql": _database(postgres)},
            "visibility": {"mysql": _database(mysql)},
            "monitoring": {"prometheus": {"url": monitoring.url}},
        }
        times = {"interval": "1m", "timeout": "30s", "max_age": "5m"}
        agent = running.enter_context(_Agent([described], PostgresServer.password, **times))
        found = {each["role"]: each for each in agent.cluster()["probes"]}
        assert [role for role, each in found.items() if each["failure"]] == []
        assert set(found) == {Role.SERVER, Role.PERSISTENCE, Role.VISIBILITY, Role.MONITORING}
        (target,) = agent.get("/sd").json()
        assert target["targets"] == [agent.address]
        assert agent.get("/metrics").text.count("temporal_compat_probe_up{") == 4


@pytest.mark.full
def test_cassandra_search_kafka_and_zookeeper(tmp_path: Path, start_cassandra: CassandraFactory) -> None:
    with ExitStack() as running:
        cassandra = start_cassandra("5.0.5", CassandraOptions(address=_HOST))
        home = require(lambda: search_home("elasticsearch", "7.17.28"))
        search = running.enter_context(_Search(home, "7.17.28", settings={"network.host": _HOST}))
        zookeeper = running.enter_context(_ZooKeeper(require(lambda: zookeeper_jars("3.4.6"))))
        kafka = running.enter_context(
            _Kafka(require(lambda: kafka_jars("2.1.1")), KafkaOptions(zookeeper=zookeeper.address))
        )
        cassandra.cql(
            "CREATE KEYSPACE temporal WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}"
        )
        snapshot = observe(
            tmp_path,
            {
                "name": "orders-live",
                "temporal": {"frontend": f"[{_HOST}]:1"},
                "persistence": {
                    "cassandra": {"hosts": [_HOST], "port": cassandra.port, "keyspace": "temporal"}
                },
                "search": {"elasticsearch": {"url": search.url, "index": "temporal_visibility_v1"}},
                "event_streaming": {
                    "kafka": {"brokers": [kafka.address]},
                    "zookeeper": {"hosts": [zookeeper.address]},
                },
            },
        )
        nodes = {each.target.role: each.facts.nodes for each in snapshot.observations if each.facts}
        versions = {role: [node.version for node in each] for role, each in nodes.items()}
        assert versions == {
            Role.PERSISTENCE: ["5.0.5"],
            Role.SEARCH: ["7.17.28"],
            # Brokers report no patch.
            Role.EVENT_STREAMING: ["2.1"],
            Role.COORDINATION: ["3.4.6"],
        }
