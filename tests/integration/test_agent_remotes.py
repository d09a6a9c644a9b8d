"""Two real clusters that replicate: each sees the other's version, connection and numbers."""

from __future__ import annotations

from pathlib import Path

import pytest
from temporalio.api.operatorservice.v1 import AddOrUpdateRemoteClusterRequest, OperatorServiceStub

from agent.model.vocabulary import Check, Reason, Verdict
from agent.snapshot import Snapshot

from .agents import cluster, observe
from .factories import TemporalFactory
from .servers.postgres import PostgresServer
from .servers.temporal import TemporalServer
from .servers.temporal_config import TemporalOptions


@pytest.fixture(autouse=True)
def _password(postgres15: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEMPORAL_STORE_PASSWORD", postgres15.password)


@pytest.fixture
def pair(start_temporal: TemporalFactory) -> tuple[TemporalServer, TemporalServer]:
    """A cluster of 1.31.2 that knows one of 1.24.2, whose shard count is twice its own."""
    one = TemporalOptions(cluster_name="east", initial_failover_version=1, global_namespaces=True)
    other = TemporalOptions(
        cluster_name="west", initial_failover_version=2, global_namespaces=True, history_shards=8
    )
    east, west = start_temporal(options=one), start_temporal("1.24.2", options=other)
    connect(east, west.grpc_address, enabled=True)
    return east, west


def connect(server: TemporalServer, address: str, *, enabled: bool) -> None:
    request = AddOrUpdateRemoteClusterRequest(
        frontend_address=address, enable_remote_cluster_connection=enabled
    )
    with server.channel() as channel:
        OperatorServiceStub(channel).AddOrUpdateRemoteCluster(request, timeout=10)


def findings(snapshot: Snapshot) -> list[tuple[Verdict, Reason]]:
    found = snapshot.judgement.findings
    return [(f.verdict, f.reason) for f in found if f.check is Check.CONFIGURATION]


def test_a_remote_cluster_is_read_and_compared_with_its_own(
    tmp_path: Path, pair: tuple[TemporalServer, TemporalServer]
) -> None:
    east, west = pair
    described = cluster(east.stores, {"frontend": east.grpc_address}) | {"multi_datacenter": True}
    snapshot = observe(tmp_path, described)
    (facts,) = [o.facts for o in snapshot.observations if o.target.name == "remotes"]
    assert facts is not None
    assert [(r.name, r.version, r.shards, r.initial_failover_version) for r in facts.remotes] == [
        ("east", "1.31.2", 4, 1),
        ("west", "1.24.2", 8, 2),
    ]
    assert [r.is_connected for r in facts.remotes] == [True, True]
    # Eight is a multiple of four; seven minors lie between the two.
    assert findings(snapshot) == [(Verdict.UNTESTED, Reason.REMOTE_MINOR_SKIPPED)]
    west.stop()
    assert findings(observe(tmp_path, described)) == [(Verdict.SUPPORTED, Reason.REMOTE_NOT_READ)]


def test_a_disabled_connection_is_reported(
    tmp_path: Path, pair: tuple[TemporalServer, TemporalServer]
) -> None:
    east, west = pair
    connect(east, west.grpc_address, enabled=False)
    described = cluster(east.stores, {"frontend": east.grpc_address}) | {"multi_datacenter": True}
    assert findings(observe(tmp_path, described)) == [(Verdict.SUPPORTED, Reason.REMOTE_NOT_CONNECTED)]
