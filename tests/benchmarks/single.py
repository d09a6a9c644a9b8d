"""What one round costs in a warm loop next to a bare script with the same drivers, store by store.

CPU is this process' own, all threads; a driver's threads count for both.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import grpc
import psycopg
import pymysql
import requests
from cassandra.cluster import Cluster
from temporalio.api.workflowservice.v1 import GetClusterInfoRequest, WorkflowServiceStub

from tests.benchmarks.fleet import Servers
from tests.integration.agents import cluster, one_cycle
from tests.integration.mysql_clusters import mysql_store
from tests.integration.servers.cassandra import CassandraServer, Keyspace
from tests.integration.servers.cassandra_build import cassandra_jars, cassandra_tool
from tests.integration.servers.commands import UnavailableError
from tests.integration.servers.index_templates import index_template
from tests.integration.servers.mysql import MySqlServer
from tests.integration.servers.mysql_build import mysql_home
from tests.integration.servers.mysql_stores import create_mysql_stores
from tests.integration.servers.search import SearchServer
from tests.integration.servers.search_build import search_home
from tests.integration.servers.stores import Stores
from tests.integration.servers.temporal_build import temporal_binaries

_ROUNDS = 100
_SCHEMA = "SELECT curr_version FROM schema_version"
_VERSIONS = "SELECT version(), curr_version FROM schema_version"

#: A store as the configuration has it, and what reads its version and its schema without the agent.
Part = tuple[dict[str, Any], Callable[[], object]]


def rows(servers: Servers) -> Iterator[tuple[str, str, str]]:
    """For each kind of store: milliseconds of a warm round of a frontend and it, and of a bare script."""
    stub: Any = WorkflowServiceStub(grpc.insecure_channel(servers.frontends[0]))
    temporal = {"frontend": servers.frontends[0]}
    kinds = {
        "two databases of PostgreSQL 15": lambda: _postgresql(servers.stores),
        "MySQL 8.0.33": _mysql,
        "Cassandra 5.0.5": _cassandra,
        "Elasticsearch 7.17.28": _elasticsearch,
    }
    for name, start in kinds.items():
        try:
            with start() as (parts, bare), tempfile.TemporaryDirectory() as folder:

                def read(bare: Callable[[], object] = bare) -> None:
                    stub.GetClusterInfo(GetClusterInfoRequest(), timeout=5)
                    bare()

                described = {"name": "bench", "temporal": temporal, **parts}
                yield name, f"{_agent(Path(folder), described):.2f} ms", f"{_median(read):.2f} ms"
        except UnavailableError as error:
            yield name, f"not measured: {error}", ""


def _agent(folder: Path, described: dict[str, Any]) -> float:
    with one_cycle(folder, described, timeout="10s") as cycle:
        snapshot = cycle.round()
        failures = [seen.failure for seen in snapshot.observations if seen.failure]
        assert not failures, failures
        return _median(lambda: cycle.round(snapshot))


def _median(call: Callable[[], object]) -> float:
    """Milliseconds of processor time."""
    call()
    spent = []
    for _ in range(_ROUNDS):
        before = time.process_time()
        call()
        spent.append(time.process_time() - before)
    return statistics.median(spent) * 1000


@contextmanager
def _postgresql(stores: Stores) -> Iterator[Part]:
    os.environ["TEMPORAL_STORE_PASSWORD"] = stores.postgres.password
    described = cluster(stores, {})
    with ExitStack() as stack:
        opened = [
            stack.enter_context(
                psycopg.connect(
                    host=stores.postgres.host,
                    port=stores.postgres.port,
                    dbname=name,
                    user=stores.postgres.user,
                    password=stores.postgres.password,
                    autocommit=True,
                )
            )
            for name in (stores.default, stores.visibility)
        ]

        def bare() -> None:
            for connection in opened:
                connection.execute(_VERSIONS).fetchall()

        parts = {role: described[role] for role in ("persistence", "visibility")}
        yield parts, bare


@contextmanager
def _mysql() -> Iterator[Part]:
    tool = temporal_binaries("1.31.2").sql_tool
    with MySqlServer(mysql_home("8.0.33")) as server:
        os.environ["TEMPORAL_MYSQL_PASSWORD"] = server.password
        stores = create_mysql_stores(server, tool, "bench")
        connection = pymysql.connect(
            host=server.host,
            port=server.port,
            user=server.user,
            password=server.password,
            database=stores.default,
        )

        def bare() -> None:
            with connection.cursor() as cursor:
                cursor.execute(_VERSIONS)
                cursor.fetchall()

        with connection:
            yield {"persistence": mysql_store(server, stores.default)}, bare


@contextmanager
def _cassandra() -> Iterator[Part]:
    with CassandraServer(cassandra_jars("5.0.5")) as server:
        keyspace = Keyspace(server, "temporal_bench", cassandra_tool("1.31.2"))
        keyspace.create()
        store = {"cassandra": {"hosts": [server.host], "port": server.port, "keyspace": keyspace.name}}
        with Cluster([server.host], port=server.port, compression=False) as driver:
            session = driver.connect(keyspace.name)

            def bare() -> None:
                session.execute("SELECT release_version FROM system.local").all()
                session.execute("SELECT release_version FROM system.peers_v2").all()
                session.execute(_SCHEMA).all()

            yield {"persistence": store}, bare


@contextmanager
def _elasticsearch() -> Iterator[Part]:
    with SearchServer(search_home("elasticsearch", "7.17.28"), "7.17.28") as server:
        server.create_index("temporal_visibility_v1_bench", index_template(14))
        store = {"elasticsearch": {"url": server.url, "index": "temporal_visibility_v1_bench"}}
        with requests.Session() as session:

            def bare() -> None:
                session.get(server.url, timeout=5).json()
                session.get(f"{server.url}/temporal_visibility_v1_bench/_mapping", timeout=5).json()

            yield {"visibility": store}, bare
