"""What a healthy server of each kind says in one read: recorded from the servers of the fault table."""

from __future__ import annotations

import socket
import tempfile
from functools import cache
from pathlib import Path

from temporalio.api.operatorservice.v1 import ClusterMetadata, ListClustersResponse
from temporalio.api.workflowservice.v1 import GetClusterInfoResponse, GetSystemInfoResponse

from agent.demo.stores import make_store
from agent.probes import open_probe
from tests.faults.healthy import healthy
from tests.faults.relay import Relay, through
from tests.probes.contract import GRPC, settings
from tests.probes.reading import facts


@cache
def recorded(kind: str) -> tuple[bytes, ...]:
    """The pieces that the server sent, each of them the answer to one question."""
    pieces: list[bytes] = []

    def record(client: socket.socket, piece: bytes, _index: int) -> None:
        pieces.append(piece)
        client.sendall(piece)

    with healthy(kind) as upstream, Relay(upstream) as relay:
        relay.use(through(record))
        probe = open_probe(kind, settings(kind, relay.port))
        facts(probe, 20)
        probe.close()
    return tuple(pieces)


def pieces_of(kind: str) -> tuple[bytes, ...]:
    """What is mutated: a file, messages, or what went over a connection."""
    if kind == "sqlite":
        return (_store(),)
    return messages() if kind in GRPC else recorded(kind)


@cache
def _store() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "temporal.db"
        make_store(path, "0.11")
        return path.read_bytes()


@cache
def messages() -> tuple[bytes, ...]:
    """The answers of a frontend as messages, in the order of `QUESTIONS`."""
    info = GetClusterInfoResponse(
        server_version="1.31.2",
        cluster_name="active",
        cluster_id="c1",
        history_shard_count=4,
        persistence_store="sqlite",
        visibility_store="sqlite",
        failover_version_increment=10,
    )
    info.version_info.recommended.version = "1.31.3"
    info.version_info.alerts.add(message="upgrade")
    others = [
        ClusterMetadata(cluster_name=name, address=f"{name}:7233", is_connection_enabled=True)
        for name in ("active", "standby")
    ]
    answers = (info, GetSystemInfoResponse(server_version="1.31.2"), ListClustersResponse(clusters=others))
    return tuple(answer.SerializeToString() for answer in answers)


#: The methods that probes of a frontend call.
QUESTIONS = ("GetClusterInfo", "GetSystemInfo", "ListClusters")
