"""The clusters of a replication group, read from one of them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
import pytest
from temporalio.api.operatorservice.v1 import ClusterMetadata, ListClustersResponse
from temporalio.api.workflowservice.v1 import GetClusterInfoResponse

from agent.config import Temporal, Tls
from agent.model.observation import Facts, Failure
from agent.model.vocabulary import Reason
from agent.probes import open_probe
from tests.probes.reading import read, within
from tests.probes.servers import TLS, Loopback, Method, cluster_info, frontend, refuse, silence

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


def test_a_disabled_host_is_not_read_and_a_silent_one_takes_its_share_of_the_time() -> None:
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


# Who gets the token


@pytest.fixture
def token(tmp_path: Path) -> str:
    path = tmp_path / "token"
    path.write_text("canary-token")
    return str(path)


class Impostor:
    """A frontend that keeps the tokens that it receives."""

    def __init__(self) -> None:
        self.tokens: list[str] = []

    def __call__(self, _request: Any, context: grpc.ServicerContext) -> Any:
        sent = {key: str(value) for key, value in context.invocation_metadata()}
        self.tokens += [sent[key] for key in sent if key == "authorization"]
        return GetClusterInfoResponse(server_version="1.30.4", cluster_name="standby")


def tokens_sent(token: str, *, tls: bool, allowed: bool) -> list[str]:
    """What a frontend that ListClusters names receives as a token."""
    impostor = Impostor()
    credentials = None
    if tls:
        pair = ((TLS / "server.key").read_bytes(), (TLS / "server.pem").read_bytes())
        credentials = grpc.ssl_server_credentials([pair])
    with (
        frontend(impostor, None, credentials) as other,
        frontend(info("active", "1.31.2", 1), None, credentials, clusters=group(standby(other))) as own,
    ):
        settings = Temporal(
            frontend=own,
            tls=Tls(ca_file=str(TLS / "ca.pem"), server_name="temporal") if tls else None,
            token_file=token,
            remote_frontends=(other,) if allowed else ("elsewhere:7233",),
        )
        found = read(open_probe("temporal_remotes", settings), 5.0)
    assert isinstance(found, Facts), found
    assert [remote.version for remote in found.remotes] == ["1.31.2", "1.30.4"]
    return impostor.tokens


@pytest.mark.parametrize(("tls", "allowed"), [(True, False), (False, True), (False, False)])
def test_an_address_gets_no_token_unless_it_is_allowed_and_encrypted(
    token: str, tls: bool, allowed: bool
) -> None:
    assert tokens_sent(token, tls=tls, allowed=allowed) == []


def test_an_allowed_address_gets_the_token_over_tls(token: str) -> None:
    assert tokens_sent(token, tls=True, allowed=True) == ["Bearer canary-token"]


@pytest.mark.parametrize("form", ["unix:", "unix://", "unix-abstract:", "dns:///", "passthrough:///"])
def test_only_host_and_port_is_contacted(token: str, tmp_path: Path, form: str) -> None:
    impostor = Impostor()
    path = str(tmp_path / "socket")
    with ThreadPoolExecutor(1) as pool:
        server = grpc.server(pool)
        server.add_insecure_port(f"unix:{path}")
        server.start()
        stored = standby(f"{form}{path if form.startswith('unix') else '127.0.0.1:7233'}")
        with frontend(info("active", "1.31.2", 1), None, clusters=group(stored)) as own:
            settings = Temporal(frontend=own, token_file=token, remote_frontends=(own,))
            found = read(open_probe("temporal_remotes", settings), 5.0)
        server.stop(None).wait(5)
    assert isinstance(found, Facts), found
    problem = found.remotes[1].problem
    assert problem is not None
    assert (problem.reason, "not host:port" in problem.text) == (Reason.BAD_ANSWER, True)
    assert impostor.tokens == []
