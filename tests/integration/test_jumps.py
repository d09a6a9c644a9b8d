"""A jump over releases that must have run: the gate refuses it, and the real server shows why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from temporalio.api.workflowservice.v1.request_response_pb2 import GetClusterInfoRequest
from temporalio.api.workflowservice.v1.service_pb2_grpc import WorkflowServiceStub

from tests.commands import answer, document

from .agents import cluster, write_config
from .servers.postgres import PostgresServer
from .servers.stores import create_own_stores, update_schema
from .servers.temporal import TemporalServer
from .servers.temporal_build import TemporalBinaries


def _cluster_id(server: TemporalServer) -> str:
    with server.channel() as channel:
        return str(
            WorkflowServiceStub(channel).GetClusterInfo(GetClusterInfoRequest(), timeout=10).cluster_id
        )


@pytest.mark.full
def test_1_31_2_starts_as_a_new_cluster_on_the_stores_of_1_8_2_and_the_gate_refuses_it(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    plain_postgres15: PostgresServer,
    temporal: Callable[[str], TemporalBinaries],
) -> None:
    old, new = temporal("1.8.2"), temporal("1.31.2")
    stores = create_own_stores(plain_postgres15, old, "jump_from_1_8", "postgres")
    monkeypatch.setenv("TEMPORAL_STORE_PASSWORD", plain_postgres15.password)
    with TemporalServer(old, stores) as server:
        first = _cluster_id(server)
        described = cluster(stores, {"frontend": server.grpc_address})
        file = write_config(tmp_path, [described])
        skip = ("--assume-server", "1.31.2", "--assume-schema-upgraded")
        code, read = document("check", "--config.file", str(file), *skip)
        path = answer(read, "server", "path")
        assert path is not None
        assert (code, path["verdict"], path["reason"]) == (1, "unsupported", "minor_skipped")
        assert "1.8.2" in path["message"]
    update_schema(plain_postgres15, new.sql_tool, stores.default, "temporal")
    update_schema(plain_postgres15, new.sql_tool, stores.visibility, "visibility")
    with TemporalServer(new, replace(stores, plugin="postgres12")) as server:
        # What makes the jump dangerous: the server comes up, without the identity of the cluster.
        assert _cluster_id(server) != first
