"""The clusters of a replication group, read from one of them."""

from __future__ import annotations

from typing import Any

import grpc
import pytest
from temporalio.api.operatorservice.v1 import ClusterMetadata, ListClustersResponse

from agent.config import Temporal
from agent.model.observation import Facts, Failure
from agent.model.vocabulary import Reason
from agent.probes import open_probe
from tests.probes.reading import read, within
from tests.probes.servers import Loopback, Method, cluster_info, frontend, refuse, silence

Code = grpc.StatusCode


def group(*others: ClusterMetadata) -> Method:
    """ListClusters of a cluster called `active`, whose own stored address leads nowhere."""
    own = ClusterMetadata(cluster_name="active", address="127.0.0.1:1", is_connection_enabled=True)
    return lambda _request, _context: ListClustersResponse(clusters=[own, *others])


def info(name: str, version: str, failover: int, **fields: Any) -> Method:
    return cluster_info(
        server_version=version,
        cluster_name=name,
        history_shard_count=4,
        initial_failover_version=failover,
        failover_version_increment=10,
        **fields,
    )


def standby(address: str, **fields: Any) -> ClusterMetadata:
    known = {"history_shard_count": 8, "initial_failover_version": 2, "is_connection_enabled": True}
    return ClusterMetadata(cluster_name="standby", address=address, **(known | fields))


def ask(address: str, timeout: float = 2.0) -> Facts | Failure:
    return read(open_probe("temporal_remotes", Temporal(frontend=address)), timeout)


def told(address: str) -> Facts:
    result = ask(address)
    assert isinstance(result, Facts), result
    return result


def test_each_cluster_reports_its_version_and_the_own_one_never_by_its_stored_address() -> None:
    with (
        frontend(info("standby", "1.30.4", 2), None) as other,
        frontend(info("active", "1.31.2", 1), None, clusters=group(standby(other))) as own,
    ):
        found = told(own)
    assert [(r.name, r.version, r.shards, r.initial_failover_version) for r in found.remotes] == [
        ("active", "1.31.2", 4, 1),
        ("standby", "1.30.4", 8, 2),
    ]
    assert [(r.failover_increment, r.is_connected, r.problem) for r in found.remotes] == [
        (10, True, None)
    ] * 2
    assert (found.nodes, found.gaps) == ((), ())


def test_a_cluster_without_others_has_none() -> None:
    with frontend(info("active", "1.31.2", 1), None, clusters=group()) as own:
        assert told(own).remotes == ()


def test_one_that_is_off_is_not_read_and_one_that_is_silent_costs_its_share() -> None:
    with (
        Loopback(silence) as quiet,
        frontend(
            info("active", "1.31.2", 1),
            None,
            clusters=group(standby(quiet.address), standby("127.0.0.1:1", is_connection_enabled=False)),
        ) as own,
        within(2.5),
    ):
        _, silent, off = told(own).remotes
    assert silent.problem is not None
    assert silent.problem.reason in {Reason.TIMEOUT, Reason.UNREACHABLE}
    assert (off.is_connected, off.problem, off.version) == (False, None, "")


@pytest.mark.parametrize(
    ("clusters", "reason"),
    [
        (None, Reason.NOT_IMPLEMENTED),
        (refuse(Code.PERMISSION_DENIED), Reason.PERMISSION_DENIED),
        (refuse(Code.UNAUTHENTICATED), Reason.AUTHENTICATION_FAILED),
    ],
)
def test_a_server_that_has_no_such_question_or_refuses_it_is_not_a_failure(
    clusters: Method | None, reason: Reason
) -> None:
    with frontend(info("active", "1.31.2", 1), None, clusters=clusters) as own:
        found = told(own)
    assert (found.remotes, [gap.reason for gap in found.gaps]) == ((), [reason])
