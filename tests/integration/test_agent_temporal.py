"""Every way of asking a real Temporal server, and what is known when it tells less."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agent.metrics.exposition import negotiate, probe_metrics
from agent.model.observation import Facts, Failure, Node, Observation
from agent.model.vocabulary import Check, Reason, Role, Verdict
from agent.snapshot import Snapshot

from .agents import cluster, every_endpoint, observe, one_cycle, result, until
from .factories import StoresFactory, TemporalFactory
from .servers import toolchain
from .servers.certificates import Authority
from .servers.commands import run
from .servers.postgres import PostgresServer
from .servers.prometheus import PrometheusBinaries, PrometheusServer
from .servers.stores import create_stores
from .servers.temporal import TemporalServer
from .servers.temporal_build import TemporalBinaries
from .servers.temporal_config import TemporalOptions, TemporalTls
from .servers.tokens import TokenIssuer


@pytest.fixture(autouse=True)
def _password(postgres15: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEMPORAL_STORE_PASSWORD", postgres15.password)


def _server(snapshot: Snapshot, endpoint: str = "grpc") -> Observation:
    return next(
        o for o in snapshot.observations if o.target.role is Role.SERVER and o.target.endpoint == endpoint
    )


def _facts(snapshot: Snapshot, endpoint: str = "grpc") -> Facts:
    observation = _server(snapshot, endpoint)
    assert observation.failure is None, observation.failure
    assert observation.facts is not None
    return observation.facts


def _assert_built_with(snapshot: Snapshot, binaries: TemporalBinaries) -> None:
    """The check `toolchain` and the metric, by what Go itself reads in the program."""
    (built_with,) = re.findall(r": go(\S+)", run([toolchain.go(), "version", binaries.server]))
    told = result(snapshot, Role.SERVER, Check.TOOLCHAIN)
    assert (told.component, told.verdict, told.reason) == ("go", Verdict.SUPPORTED, Reason.DOCUMENTED)
    assert f"built with {built_with}" in told.message
    infos = [
        line for line in probe_metrics(snapshot, negotiate("")).decode().splitlines() if "_info{" in line
    ]
    assert [line for line in infos if 'component="go"' in line] == [
        'temporal_compat_component_info{component="go",flavor="",role="server",'
        f'temporal_cluster="orders-live",version="{built_with}"}} 1.0'
    ]


def test_every_endpoint_reports_the_same_version(
    tmp_path: Path, temporal_server: TemporalServer, temporal: Callable[[str], TemporalBinaries]
) -> None:
    snapshot = observe(tmp_path, cluster(temporal_server.stores, every_endpoint(temporal_server)))
    for endpoint in ("grpc", "http", "metrics"):
        assert {node.version for node in _facts(snapshot, endpoint).nodes} == {"1.31.2"}
    for endpoint in ("grpc", "http"):
        facts = _facts(snapshot, endpoint)
        assert facts.plugins == {Role.PERSISTENCE: ("postgres12",), Role.VISIBILITY: ("postgres12",)}
        assert facts.details["history_shard_count"] == "4"
        assert facts.gaps == ()
    services = {node.service for node in _facts(snapshot, "metrics").nodes}
    assert services == {"frontend", "history", "matching", "worker"}
    assert snapshot.judgement.verdict is Verdict.SUPPORTED
    assert snapshot.judgement.findings == ()
    assert snapshot.judgement.start.would_start is True
    _assert_built_with(snapshot, temporal("1.31.2"))
    # The frontend itself does not tell it.
    alone = observe(tmp_path, cluster(temporal_server.stores, {"frontend": temporal_server.grpc_address}))
    assert not [found for found in alone.judgement.results if found.check is Check.TOOLCHAIN]


def test_opentelemetry_writes_the_same_version(
    tmp_path: Path, start_temporal: TemporalFactory, temporal: Callable[[str], TemporalBinaries]
) -> None:
    server = start_temporal(options=TemporalOptions(metrics_framework="opentelemetry"))
    snapshot = observe(tmp_path, cluster(server.stores, {"metrics": [server.metrics_url]}))
    assert {node.version for node in _facts(snapshot, "metrics").nodes} == {"1.31.2"}
    assert len(_facts(snapshot, "metrics").nodes) == 4
    _assert_built_with(snapshot, temporal("1.31.2"))


def test_a_prometheus_that_scrapes_the_replicas_reports_all_their_versions(
    tmp_path: Path,
    prometheus: PrometheusBinaries,
    start_temporal: TemporalFactory,
    make_stores: StoresFactory,
    temporal: Callable[[str], TemporalBinaries],
) -> None:
    stores = make_stores()
    replicas = [start_temporal(version, stores) for version in ("1.31.2", "1.24.2")]
    targets = [replica.metrics_address for replica in replicas]
    job = {"static_configs": [{"targets": targets, "labels": {"namespace": "orders"}}]}
    with PrometheusServer(prometheus, {"temporal": job}) as scraper:
        by_scraper = {"prometheus": {"url": scraper.url, "matchers": '{namespace="orders"}'}}
        with one_cycle(tmp_path, cluster(stores, by_scraper)) as cycle:
            snapshot = until(cycle.round, lambda s: len(_nodes(s, "prometheus")) == 8)
        nothing = {"prometheus": {"url": scraper.url, "matchers": '{namespace="nobody"}'}}
        none = observe(tmp_path, cluster(stores, nothing))
    assert {node.version for node in _nodes(snapshot, "prometheus")} == {"1.31.2", "1.24.2"}
    assert {node.name for node in _nodes(snapshot, "prometheus")} == set(targets)
    replicas_check = result(snapshot, Role.SERVER, Check.REPLICAS)
    assert (replicas_check.verdict, replicas_check.reason) == (Verdict.UNSUPPORTED, Reason.MINOR_SKIPPED)
    # One Go has built both of them.
    _assert_built_with(snapshot, temporal("1.24.2"))
    failure = _server(none, "prometheus").failure
    assert failure is not None
    assert failure.reason is Reason.NO_SERIES


def test_an_authorizer_leaves_the_version_known(
    tmp_path: Path, start_temporal: TemporalFactory, token_issuer: TokenIssuer
) -> None:
    server = start_temporal(options=TemporalOptions(jwks_uri=token_issuer.jwks_uri))
    endpoints: dict[str, Any] = {"frontend": server.grpc_address, "http": server.http_url}
    tokens = {
        "none": None,
        "bad": token_issuer.token(["temporal-system:read"], lifetime=-60),
        "right": token_issuer.token(["temporal-system:read"]),
    }
    for kind, token in tokens.items():
        temporal = dict(endpoints)
        if token is not None:
            file = tmp_path / "token"
            file.write_text(token)
            temporal["token_file"] = str(file)
        snapshot = observe(tmp_path, cluster(server.stores, temporal))
        for endpoint in ("grpc", "http"):
            facts = _facts(snapshot, endpoint)
            assert [node.version for node in facts.nodes] == ["1.31.2"], kind
            if kind == "right":
                assert facts.plugins[Role.PERSISTENCE] == ("postgres12",)
                assert facts.gaps == ()
            else:
                assert facts.plugins == {}
                assert {gap.reason for gap in facts.gaps} == {Reason.PERMISSION_DENIED}, kind
        # Without the plugins' names the schemas are judged all the same: 1.31 has one line of them.
        assert result(snapshot, Role.PERSISTENCE, Check.SCHEMA).verdict is Verdict.SUPPORTED


def test_a_token_that_rotates_is_read_again(
    tmp_path: Path, start_temporal: TemporalFactory, token_issuer: TokenIssuer
) -> None:
    server = start_temporal(options=TemporalOptions(jwks_uri=token_issuer.jwks_uri))
    file = tmp_path / "token"
    file.write_text("stale")
    temporal = {"frontend": server.grpc_address, "token_file": str(file)}
    with one_cycle(tmp_path, cluster(server.stores, temporal)) as cycle:
        assert _facts(cycle.round()).plugins == {}
        file.write_text(token_issuer.token(["temporal-system:read"]) + "\n")
        assert _facts(cycle.round()).plugins[Role.PERSISTENCE] == ("postgres12",)


def test_mutual_tls(tmp_path: Path, start_temporal: TemporalFactory, authority: Authority) -> None:
    client = authority.issue("agent")
    tls = TemporalTls(authority.issue("frontend", dns="temporal.internal"), authority.ca, client)
    server = start_temporal(options=TemporalOptions(tls=tls))
    right = {
        "ca_file": str(authority.ca),
        "cert_file": str(client.cert),
        "key_file": str(client.key),
        "server_name": "temporal.internal",
    }

    def ask(tls: dict[str, str]) -> Snapshot:
        temporal = {"frontend": server.grpc_address, "http": server.http_url, "tls": tls}
        return observe(tmp_path, cluster(server.stores, temporal))

    sound = ask(right)
    for endpoint in ("grpc", "http"):
        assert [node.version for node in _facts(sound, endpoint).nodes] == ["1.31.2"]
    foreign = Authority(_folder(tmp_path, "foreign"), "Others")
    stranger = foreign.issue("stranger")
    wrong = {
        "another name": {**right, "server_name": "other.internal"},
        "no client certificate": {key: right[key] for key in ("ca_file", "server_name")},
        "a foreign authority": {**right, "ca_file": str(foreign.ca)},
        "a foreign client certificate": {
            **right,
            "cert_file": str(stranger.cert),
            "key_file": str(stranger.key),
        },
    }
    for case, files in wrong.items():
        snapshot = ask(files)
        for endpoint in ("grpc", "http"):
            failure = _server(snapshot, endpoint).failure
            assert failure is not None, case
            assert failure.reason is Reason.TLS_FAILED, (case, endpoint, failure)
        # The stores were read all the same.
        assert snapshot.judgement.schemas
        assert result(snapshot, Role.SERVER, Check.VERSION).verdict is Verdict.UNKNOWN
    plain = observe(tmp_path, cluster(server.stores, {"frontend": server.grpc_address}))
    assert _server(plain).failure is not None


def test_a_stopped_database_leaves_the_version_known(
    tmp_path: Path,
    own_postgres15: PostgresServer,
    temporal: Callable[[str], TemporalBinaries],
    start_temporal: TemporalFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stores = create_stores(own_postgres15, temporal("1.31.2").sql_tool, "temporal")
    server = start_temporal(stores=stores)
    monkeypatch.setenv("TEMPORAL_STORE_PASSWORD", own_postgres15.password)
    with one_cycle(tmp_path, cluster(stores, every_endpoint(server))) as cycle:
        assert cycle.round().judgement.verdict is Verdict.SUPPORTED
        own_postgres15.stop()
        during = until(cycle.round, lambda s: bool(_limits(s, "grpc") and _limits(s, "http")))
        own_postgres15.start()
        after = until(cycle.round, lambda s: s.judgement.verdict is Verdict.SUPPORTED)
    for endpoint in ("grpc", "http"):
        assert [node.version for node in _facts(during, endpoint).nodes] == ["1.31.2"]
        reasons = {gap.reason for gap in _limits(during, endpoint)}
        assert reasons <= {Reason.STORE_UNAVAILABLE, Reason.TIMEOUT}, _limits(during, endpoint)
    stores_failed = [o for o in during.observations if o.target.role is not Role.SERVER]
    assert {o.failure.reason for o in stores_failed if o.failure} == {Reason.UNREACHABLE}
    assert during.judgement.start.would_start is None
    assert after.judgement.verdict is Verdict.SUPPORTED


def test_an_older_server_is_read_in_the_same_way(
    tmp_path: Path, start_temporal: TemporalFactory, temporal: Callable[[str], TemporalBinaries]
) -> None:
    server = start_temporal("1.24.2")
    snapshot = observe(tmp_path, cluster(server.stores, every_endpoint(server)))
    for endpoint in ("grpc", "http", "metrics"):
        assert {node.version for node in _facts(snapshot, endpoint).nodes} == {"1.24.2"}
    # The stores are set up for the newest release: that is the window for going back.
    schema = result(snapshot, Role.PERSISTENCE, Check.SCHEMA)
    assert (schema.verdict, schema.reason) == (Verdict.SUPPORTED, Reason.SCHEMA_AHEAD)
    version = result(snapshot, Role.PERSISTENCE, Check.VERSION)
    assert (version.verdict, version.reason) == (Verdict.UNTESTED, Reason.UNTESTED_NEWER)
    assert snapshot.judgement.server is not None
    assert snapshot.judgement.server.release == "1.24.2"
    _assert_built_with(snapshot, temporal("1.24.2"))


def _nodes(snapshot: Snapshot, endpoint: str) -> tuple[Node, ...]:
    observation = _server(snapshot, endpoint)
    return observation.facts.nodes if observation.facts else ()


def _limits(snapshot: Snapshot, endpoint: str) -> tuple[Failure, ...]:
    observation = _server(snapshot, endpoint)
    return observation.facts.gaps if observation.facts else ()


def _folder(parent: Path, name: str) -> Path:
    folder = parent / name
    folder.mkdir()
    return folder
