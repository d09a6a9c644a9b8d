"""The clusters of a replication group: which of them cannot replicate, or are not known to.

The rules are those of a server that adds a remote cluster (temporalio/temporal@v1.31.2:
service/frontend/operator_handler.go:735). It compares only once, when the cluster is added.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from agent.matrix import Matrix
from agent.model.observation import RemoteCluster
from agent.model.versions import UnreadableVersionError, parse_temporal
from agent.model.vocabulary import Check, Reason, Role, Verdict
from agent.verdict.cluster import ClusterView
from agent.verdict.result import Result
from agent.verdict.server.running_versions import skips_minor

_SOURCE = "temporalio/temporal@v1.31.2: service/frontend/operator_handler.go"


def remote_results(matrix: Matrix, view: ClusterView) -> list[Result]:
    """Results for every pair of clusters, and for clusters that do not answer."""
    answers = [a for a in map(view.fresh, view.of(Role.SERVER)) if a is not None and a.remotes]
    if not answers:
        return []
    remotes = answers[0].remotes
    pairs = [result for one, other in combinations(remotes, 2) for result in _pair(matrix, one, other)]
    return pairs + [result for remote in remotes for result in _reach(remote)]


def _pair(matrix: Matrix, one: RemoteCluster, other: RemoteCluster) -> Iterator[Result]:
    names = f"{one.name[:60]} and {other.name[:60]}"
    small, large = sorted((one.shards, other.shards))
    if small and large % small:
        message = (
            f"{names} have {one.shards} and {other.shards} history shards, and neither number is a multiple"
            f" of the other: they cannot replicate"
        )
        yield _result(Verdict.UNSUPPORTED, Reason.REMOTE_SHARDS, message, _SOURCE)
    if one.initial_failover_version and one.initial_failover_version == other.initial_failover_version:
        message = (
            f"{names} cannot replicate: both have initial failover version {one.initial_failover_version}"
        )
        yield _result(Verdict.UNSUPPORTED, Reason.REMOTE_FAILOVER_VERSION, message, _SOURCE)
    increments = one.failover_increment, other.failover_increment
    if all(increments) and len(set(increments)) > 1:
        message = (
            f"{names} cannot replicate: they have different failover version increments, {increments[0]} and"
            f" {increments[1]}"
        )
        yield _result(Verdict.UNSUPPORTED, Reason.REMOTE_FAILOVER_VERSION, message, _SOURCE)
    minors = sorted(minor for minor in map(_minor, (one, other)) if minor)
    if len(minors) == 2 and skips_minor(matrix, minors[0], minors[1]):
        message = (
            f"{names} run {one.version[:60]} and {other.version[:60]}, more than one minor apart: no source"
            " confirms that these replicate"
        )
        yield _result(Verdict.UNTESTED, Reason.REMOTE_MINOR_SKIPPED, message)


def _reach(remote: RemoteCluster) -> Iterator[Result]:
    if not remote.is_connected:
        message = f"the connection to the remote cluster {remote.name[:60]} is not enabled"
        yield _result(Verdict.SUPPORTED, Reason.REMOTE_NOT_CONNECTED, message, "ListClusters")
    elif remote.problem is not None:
        message = f"the version of the remote cluster {remote.name[:60]} is not known: {remote.problem.text}"
        yield _result(Verdict.SUPPORTED, Reason.REMOTE_NOT_READ, message)


def _minor(remote: RemoteCluster) -> tuple[int, ...]:
    try:
        return (*parse_temporal(remote.version).release, 0)[:2]
    except UnreadableVersionError:
        return ()


def _result(verdict: Verdict, reason: Reason, message: str, source: str = "") -> Result:
    return Result(Role.SERVER, Check.CONFIGURATION, "temporal", verdict, reason, message, source)
