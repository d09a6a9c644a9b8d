"""The other clusters that a Temporal cluster replicates with, and the versions that they run.

ListClusters (temporal.api.operatorservice.v1, from 1.18 on; with an authorizer it needs the permission
`temporal-system:admin`) returns the stored addresses, shard counts and failover versions. The probe then
sends GetClusterInfo to each of the others, with the same certificates. The token goes only to addresses that
`remote_frontends` lists, and only with TLS: who can write to this cluster's database can store any address.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import grpc
from temporalio.api.operatorservice.v1 import ListClustersRequest, ListClustersResponse
from temporalio.api.workflowservice.v1 import GetClusterInfoRequest, GetClusterInfoResponse

from agent.config import Temporal
from agent.config.fields import HOST_PORT
from agent.model.observation import Facts, Failure, RemoteCluster
from agent.model.reasons import REFUSALS
from agent.model.vocabulary import Reason
from agent.probes.base import ProbeError
from agent.probes.parsing.temporal import credentials
from agent.probes.transport.grpc_channel import Server, open_channel, rpc_failure, unary_call
from agent.probes.transport.proxy import read_proxy

#: Maximum number of other clusters that are read; a replication group has only a few.
_MAX_REMOTE_CLUSTERS = 20

_ANSWERS: dict[type, type] = {
    ListClustersRequest: ListClustersResponse,
    GetClusterInfoRequest: GetClusterInfoResponse,
}

_Metadata = tuple[tuple[str, str], ...]


def open_probe(settings: Temporal) -> TemporalRemotes:
    """A probe of the clusters behind `settings.frontend`."""
    return TemporalRemotes(settings)


class TemporalRemotes:
    """Keeps no connection: each read calls several servers once."""

    def __init__(self, settings: Temporal) -> None:
        self._settings = settings

    def read(self, timeout: float) -> Facts:
        """The stored clusters, each with the version that it reports."""
        end = time.monotonic() + timeout
        gaps: list[Failure] = []
        tries: list[_Metadata] = [
            (("authorization", value),) if value else () for value in credentials(self._settings.secret, gaps)
        ]
        assert self._settings.frontend is not None
        try:
            found = self._ask(self._settings.frontend, tries, end, ListClustersRequest())
        except ProbeError as error:
            # An older server does not have this call, and the call may be denied. Neither is a fault.
            if error.failure.reason not in (Reason.NOT_IMPLEMENTED, *REFUSALS):
                raise
            return Facts("temporal", (), gaps=(*gaps, error.failure))
        own = self._ask(self._settings.frontend, tries, end, GetClusterInfoRequest())
        others = [cluster for cluster in found.clusters if cluster.cluster_name != own.cluster_name][
            :_MAX_REMOTE_CLUSTERS
        ]
        remotes = []
        for place, cluster in enumerate(others):
            share = (end - time.monotonic()) / (len(others) - place)
            allowed = tries if self._may_have_token(cluster.address) else [()]
            remotes.append(self._remote(cluster, allowed, time.monotonic() + share))
        return Facts("temporal", (), remotes=(_own(own), *remotes) if remotes else (), gaps=tuple(gaps))

    def abort(self) -> None:
        """Nothing to do: gRPC has its own deadlines."""

    def close(self) -> None:
        """Nothing is open."""

    def _may_have_token(self, address: str) -> bool:
        listed = {each.lower() for each in self._settings.remote_frontends or ()}
        return self._settings.tls is not None and address.lower() in listed

    def _remote(self, cluster: Any, tries: Sequence[_Metadata], end: float) -> RemoteCluster:
        version, increment, problem = "", 0, None
        if cluster.is_connection_enabled:
            try:
                info = self._ask(_network_address(cluster.address), tries, end, GetClusterInfoRequest())
                version, increment = info.server_version, info.failover_version_increment
            except ProbeError as error:
                problem = error.failure
        return RemoteCluster(
            name=cluster.cluster_name,
            version=version,
            shards=cluster.history_shard_count,
            initial_failover_version=cluster.initial_failover_version,
            failover_increment=increment,
            is_connected=cluster.is_connection_enabled,
            problem=problem,
        )

    def _ask(self, address: str, tries: Sequence[_Metadata], end: float, request: Any) -> Any:
        failure = Failure(Reason.TIMEOUT, f"{type(request).__name__}: no time left for the call")
        server = Server(address, self._settings.tls, read_proxy(self._settings.proxy_url))
        with open_channel(server) as channel:
            call = unary_call(channel, type(request), _ANSWERS[type(request)])
            for metadata in tries:
                left = end - time.monotonic()
                if left <= 0:
                    break
                try:
                    return call(request, timeout=left, metadata=metadata)
                except grpc.RpcError as error:
                    failure = rpc_failure(error, request, channel, server, end)
                if failure.reason not in REFUSALS:
                    break
        raise ProbeError(failure.reason, failure.text, failure.details)


def _network_address(text: str) -> str:
    """The stored address, if it is `host:port`.

    gRPC also takes `unix:`, `vsock:` and others, which lead to sockets of the agent's own machine.

    Raises:
        ProbeError: it has another form.
    """
    if HOST_PORT.fullmatch(text) is None:
        raise ProbeError(Reason.BAD_ANSWER, f"the stored address {text[:200]!r} is not host:port")
    return text


def _own(info: Any) -> RemoteCluster:
    return RemoteCluster(
        name=info.cluster_name,
        version=info.server_version,
        shards=info.history_shard_count,
        initial_failover_version=info.initial_failover_version,
        failover_increment=info.failover_version_increment,
        is_connected=True,
    )
