"""Each kind of real server is up and is what it should be."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable

import grpc
import psycopg
import pytest
import requests
from temporalio.api.workflowservice.v1.request_response_pb2 import (
    GetClusterInfoRequest,
    GetClusterInfoResponse,
)
from temporalio.api.workflowservice.v1.service_pb2_grpc import WorkflowServiceStub

from .factories import StoresFactory, TemporalFactory
from .servers.certificates import Authority
from .servers.postgres import PostgresServer
from .servers.prometheus import PrometheusBinaries, PrometheusServer
from .servers.stores import create_version_tables, schema_version, set_schema_version, update_schema
from .servers.temporal import TemporalServer, try_start
from .servers.temporal_build import TEMPORAL_VERSIONS, TemporalBinaries
from .servers.temporal_config import TemporalOptions, TemporalTls
from .servers.tokens import TokenIssuer


def cluster_info(server: TemporalServer, token: str | None = None) -> GetClusterInfoResponse:
    """What the server says of itself over gRPC."""
    metadata = (("authorization", f"Bearer {token}"),) if token else None
    with server.channel() as channel:
        return WorkflowServiceStub(channel).GetClusterInfo(
            GetClusterInfoRequest(), timeout=5, metadata=metadata
        )


def test_temporal_answers_on_all_its_ports(temporal_server: TemporalServer) -> None:
    info = cluster_info(temporal_server)
    assert info.server_version == "1.31.2"
    assert info.persistence_store == "postgres12"
    over_http = requests.get(f"{temporal_server.http_url}/api/v1/cluster-info", timeout=5).json()
    assert over_http["serverVersion"] == "1.31.2"
    metrics = requests.get(temporal_server.metrics_url, timeout=5).text
    assert 'build_version="1_31_2"' in metrics


def test_temporal_reports_its_version_with_dots_through_opentelemetry(
    start_temporal: TemporalFactory,
) -> None:
    server = start_temporal(options=TemporalOptions(metrics_framework="opentelemetry"))
    assert 'build_version="1.31.2"' in requests.get(server.metrics_url, timeout=5).text


def test_replicas_of_two_versions_share_a_cluster(
    start_temporal: TemporalFactory, make_stores: StoresFactory
) -> None:
    stores = make_stores()
    replicas = [start_temporal(version, stores) for version in TEMPORAL_VERSIONS]
    told = [cluster_info(replica) for replica in replicas]
    assert [info.server_version for info in told] == list(TEMPORAL_VERSIONS)
    assert told[0].cluster_id == told[1].cluster_id


def test_temporal_refuses_an_older_schema_only(
    temporal: Callable[[str], TemporalBinaries], make_stores: StoresFactory
) -> None:
    stores = make_stores(default_version="1.18")
    newest = temporal("1.31.2")
    came_up, log = try_start(newest, stores)
    assert not came_up
    assert "Expected version: 1.19 cannot be greater than Actual version: 1.18" in log
    came_up, _ = try_start(temporal("1.24.2"), stores)
    assert came_up
    update_schema(stores.postgres, newest.sql_tool, stores.default, "temporal")
    assert schema_version(stores.postgres, stores.default) == "1.19"
    came_up, _ = try_start(newest, stores)
    assert came_up


def test_mutual_tls_wants_a_certificate_of_the_authority(
    start_temporal: TemporalFactory, authority: Authority
) -> None:
    client = authority.issue("client")
    tls = TemporalTls(authority.issue("frontend"), authority.ca, client)
    server = start_temporal(options=TemporalOptions(tls=tls))
    assert cluster_info(server).server_version == "1.31.2"
    url = f"{server.http_url}/api/v1/cluster-info"
    files = (str(client.cert), str(client.key))
    assert requests.get(url, timeout=5, verify=str(authority.ca), cert=files).status_code == 200
    with pytest.raises(requests.ConnectionError):
        requests.get(url, timeout=5, verify=str(authority.ca))


def test_the_authorizer_wants_the_system_reader(
    start_temporal: TemporalFactory, token_issuer: TokenIssuer
) -> None:
    server = start_temporal(options=TemporalOptions(jwks_uri=token_issuer.jwks_uri))
    reader = token_issuer.token(["temporal-system:read"])
    assert cluster_info(server, reader).server_version == "1.31.2"
    for token in (
        None,
        token_issuer.token(["default:admin"]),
        token_issuer.token(["temporal-system:read"], lifetime=-60),
    ):
        with pytest.raises(grpc.RpcError, match="PERMISSION_DENIED"):
            cluster_info(server, token)


def test_postgres_keeps_its_data_over_a_stop(own_postgres15: PostgresServer) -> None:
    own_postgres15.create_database("kept")
    own_postgres15.stop()
    with pytest.raises(psycopg.OperationalError):
        own_postgres15.connect()
    own_postgres15.start()
    with own_postgres15.connect("kept", own_postgres15.user, own_postgres15.password) as connection:
        assert connection.execute("SELECT current_user").fetchone() == ("temporal",)


def test_postgres_asks_for_passwords(postgres15: PostgresServer, postgres96: PostgresServer) -> None:
    for server in (postgres15, postgres96):
        with pytest.raises(psycopg.OperationalError, match="password"):
            server.connect(password="wrong")
    assert postgres15.sql("SHOW server_version")[0][0].startswith("15.")
    assert postgres96.sql("SHOW server_version") == [("9.6.24",)]


def test_the_reader_reads_the_version_and_nothing_else(
    postgres96: PostgresServer, temporal: Callable[[str], TemporalBinaries]
) -> None:
    postgres96.create_database("versions")
    create_version_tables(postgres96, temporal("1.31.2").sql_tool, "versions", "1.12")
    set_schema_version(postgres96, "versions", "1.13")
    postgres96.create_reader("reader", "secret", ["versions"])
    with postgres96.connect("versions", "reader", "secret") as connection:
        assert connection.execute("SELECT curr_version FROM schema_version").fetchall() == [("1.13",)]
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("SELECT * FROM schema_update_history")


def test_prometheus_scrapes_itself_and_temporal(
    prometheus: PrometheusBinaries, temporal_server: TemporalServer
) -> None:
    job = {"static_configs": [{"targets": [temporal_server.metrics_address]}]}
    with PrometheusServer(prometheus, {"temporal": job}) as server:
        deadline = time.monotonic() + 30
        while len(server.query("up == 1")) < 2 and time.monotonic() < deadline:
            time.sleep(0.2)
        assert {labels["job"] for labels, _ in server.query("up == 1")} == {"prometheus", "temporal"}
        assert server.query("prometheus_build_info")
        assert server.firing() == []
    assert b"promtool" in subprocess.run([prometheus.promtool, "--version"], capture_output=True).stdout
