"""A real cluster watched by its own rendered configuration: nothing but one line names it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import yaml
from psycopg import sql

from agent.config import Cluster, Config, ConfigError, load_config
from agent.model.observation import Observation
from agent.model.vocabulary import Reason, Role
from agent.polling.cluster_poller import ClusterPoller
from agent.snapshot import Snapshot

from .agents import MATRIX, AgentProcess, cluster, every_endpoint, observe, write_config
from .factories import TemporalFactory
from .servers.certificates import Authority
from .servers.postgres import PostgresServer
from .servers.temporal import TemporalServer
from .servers.temporal_build import TemporalBinaries
from .servers.temporal_config import TemporalOptions, TemporalTls

#: What comes of the password however it is quoted.
_WORDS = ("p@ss", quote("p@ss", safe=""))


@pytest.fixture(autouse=True)
def _password(postgres15: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEMPORAL_STORE_PASSWORD", postgres15.password)


def _one_line(folder: Path, server_config: Path) -> Config:
    path = folder / "one-line.yaml"
    path.write_text(f"server_config: {server_config}\n")
    return load_config(path)


def _round(config: Config) -> Snapshot:
    cycle = ClusterPoller(config, config.clusters[0], MATRIX)
    try:
        return cycle.round()
    finally:
        cycle.close()


def _by_hand(server: TemporalServer, plugin: str = "postgres12") -> dict[str, Any]:
    """What a person would write for the same cluster."""
    described = cluster(server.stores, every_endpoint(server), "active") | {"product": "", "environment": ""}
    for role in ("persistence", "visibility"):
        described[role]["postgresql"]["plugin"] = plugin
    return described


def _compared(observation: Observation) -> tuple[Any, ...]:
    """What was read: without its time, where the password came from, and what only that file asks for."""
    facts = observation.facts
    return (
        replace(observation.target, login=""),
        observation.failure,
        replace(facts, demands_tls=None) if facts else None,
    )


def test_one_line_watches_a_cluster_as_fully_as_a_configuration_by_hand(
    tmp_path: Path, temporal_server: TemporalServer
) -> None:
    imported = _round(_one_line(tmp_path, temporal_server.config_file))
    by_hand = observe(tmp_path, _by_hand(temporal_server))
    # That file tells more than anybody would write.
    assert replace(imported.subject, server_file=None) == by_hand.subject
    assert imported.subject.server_file is not None
    assert imported.subject.server_file.cluster_name == "active"
    assert imported.judgement.results == by_hand.judgement.results
    assert imported.judgement.start == by_hand.judgement.start
    assert all(observation.failure is None for observation in imported.observations)
    assert list(map(_compared, imported.observations)) == list(map(_compared, by_hand.observations))


@pytest.mark.full
def test_one_line_watches_an_older_cluster_as_fully(tmp_path: Path, start_temporal: TemporalFactory) -> None:
    server = start_temporal("1.24.2")
    imported = _round(_one_line(tmp_path, server.config_file))
    assert imported.judgement.results == observe(tmp_path, _by_hand(server)).judgement.results
    assert all(observation.failure is None for observation in imported.observations)


def _rendered(binaries: TemporalBinaries, file: Path, folder: Path) -> Path:
    """What `temporal-server render-config` makes of a server's configuration."""
    command: list[str | Path] = [
        *(binaries.server, "--config", file.parent, "--env", file.stem),
        "render-config",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30)
    path = folder / "rendered.yaml"
    # On standard output, and nothing else there.
    path.write_text(done.stdout)
    return path


def test_what_render_config_prints_needs_the_passwords_that_it_masks(
    tmp_path: Path, temporal_server: TemporalServer, temporal: Callable[[str], TemporalBinaries]
) -> None:
    rendered = _rendered(temporal("1.31.2"), temporal_server.config_file, tmp_path)
    with pytest.raises(ConfigError) as caught:
        _one_line(tmp_path, rendered)
    problems = [(problem.path, problem.message) for problem in caught.value.problems]
    masked = "is masked by render-config: set `{}.postgresql.password_file` next to `server_config`"
    assert problems == [
        ("persistence.datastores.default.sql.password", masked.format("persistence")),
        ("persistence.datastores.visibility.sql.password", masked.format("visibility")),
    ]
    login = {"postgresql": {"password": "${TEMPORAL_STORE_PASSWORD}"}}
    described = {"server_config": str(rendered), "persistence": login, "visibility": login}
    snapshot = observe(tmp_path, described)
    assert snapshot.judgement.results == observe(tmp_path, _by_hand(temporal_server)).judgement.results
    assert all(observation.failure is None for observation in snapshot.observations)


_BASE = """
persistence:
  defaultStore: of-base
  visibilityStore: visibility
  numHistoryShards: 4
  datastores:
    of-base: &of-base
      sql: {pluginName: mysql8, databaseName: a, connectAddr: "a:1", connectProtocol: tcp, user: a}
    visibility: *of-base
global:
  membership: {broadcastAddress: 10.0.0.1}
  metrics: {prometheus: {framework: tally, listenAddress: "0.0.0.0:9090"}}
services:
  frontend: {rpc: {grpcPort: 7233, httpPort: 7243, bindOnLocalHost: true}}
clusterMetadata: {currentClusterName: of-base, enableGlobalNamespace: true}
"""
_OVER = """
persistence:
  defaultStore: default
  datastores:
    default: &default
      sql:
        pluginName: postgres12
        databaseName: 007
        connectAddr: "d:1"
        connectProtocol: tcp
        user: on
        password: d
        tls: {enabled: yes, caFile: /pg-ca}
    visibility: {<<: *default, faultInjection: null}
global:
  metrics: {prometheus: {handlerPath: /temporal}}
  tls: {frontend: {server: {certFile: /c, keyFile: /k}, client: {rootCaFiles: [/a, ""], serverName: yes}}}
services:
  frontend: {rpc: {grpcPort: 7234}}
clusterMetadata: {currentClusterName: over}
"""


def test_several_files_are_read_as_the_server_reads_them(
    tmp_path: Path, temporal: Callable[[str], TemporalBinaries]
) -> None:
    (tmp_path / "base.yaml").write_text(_BASE)
    over = tmp_path / "over.yaml"
    over.write_text(_OVER)
    rendered = _rendered(temporal("1.31.2"), over, tmp_path)
    login = {"postgresql": {"password": "${TEMPORAL_STORE_PASSWORD}"}}
    clusters = [
        {"server_config": files, "name": name, "persistence": login, "visibility": login}
        for name, files in (("ours", ["base.yaml", "over.yaml"]), ("theirs", [rendered.name]))
    ]
    ours, theirs = load_config(write_config(tmp_path, clusters)).clusters
    assert ours.temporal.frontend == "10.0.0.1:7234"
    assert _without_places(ours.model_copy(update={"name": "theirs"})) == _without_places(theirs)


def _without_places(cluster: Cluster) -> Cluster:
    """The same cluster without the violations, which name file and line."""
    assert cluster.server_file is not None
    file = cluster.server_file.model_copy(update={"violations": None})
    return cluster.model_copy(update={"server_file": file})


def test_the_passwords_in_the_servers_file_appear_nowhere(
    tmp_path: Path, temporal_server: TemporalServer
) -> None:
    password = temporal_server.stores.postgres.password
    assert _WORDS[0] in password
    assert _WORDS[0] in temporal_server.config_file.read_text()
    times = {"interval": "5s", "timeout": "5s", "max_age": "30s"}
    clusters = [{"server_config": str(temporal_server.config_file)}]
    with AgentProcess(clusters, "unused", **times) as agent:
        assert agent.cluster("active")["verdict"] == "supported"
        pages = ("/", "/clusters/active", "/metrics", "/api/v1/clusters", "/api/v1/clusters/active")
        texts = [agent.get(page).text for page in (*pages, "/probe?cluster=active")]
        command: list[str | Path] = [
            *(Path(sys.executable).parent / "temporal-compat-agent", "config", "check", agent.config),
            *("--probe", "--resolved"),
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
        texts += [done.stdout, done.stderr, agent.log_text()]
    assert "sql/password}" in done.stdout
    assert not [text for text in texts for word in _WORDS if word in text]


@contextmanager
def _role(postgres: PostgresServer, server: TemporalServer, name: str, password: str) -> Iterator[None]:
    stores = server.stores
    postgres.create_reader(name, password, [stores.default, stores.visibility])
    try:
        yield
    finally:
        role = sql.Identifier(name)
        for database in (stores.default, stores.visibility):
            postgres.sql(sql.SQL("DROP OWNED BY {}").format(role), database=database)
        postgres.sql(sql.SQL("DROP ROLE {}").format(role))


def _failures(snapshot: Snapshot) -> dict[Role, Reason | None]:
    stores = [one for one in snapshot.observations if one.target.role in (Role.PERSISTENCE, Role.VISIBILITY)]
    return {one.target.role: one.failure.reason if one.failure else None for one in stores}


def test_a_password_that_rotates_in_the_server_s_file_needs_no_reload(
    tmp_path: Path, temporal_server: TemporalServer, postgres15: PostgresServer
) -> None:
    file, name = tmp_path / "server.yaml", "rotating"

    def write(password: str) -> None:
        content = yaml.safe_load(temporal_server.config_file.read_text())
        for store in content["persistence"]["datastores"].values():
            store["sql"] |= {"user": name, "password": password}
        file.write_text(yaml.safe_dump(content))

    with _role(postgres15, temporal_server, name, "first"):
        write("first")
        config = _one_line(tmp_path, file)
        assert set(_failures(_round(config)).values()) == {None}
        change = sql.SQL("ALTER ROLE {} PASSWORD {}")
        postgres15.sql(change.format(sql.Identifier(name), sql.Literal("second")))
        assert set(_failures(_round(config)).values()) == {Reason.AUTHENTICATION_FAILED}
        write("second")
        assert set(_failures(_round(config)).values()) == {None}


def test_the_agents_own_user_replaces_the_user_of_the_file(
    tmp_path: Path, temporal_server: TemporalServer, postgres15: PostgresServer
) -> None:
    (tmp_path / "password").write_text("of the agent\n")
    login = {"postgresql": {"user": "own_reader", "password_file": "password"}}
    described = {
        "server_config": str(temporal_server.config_file),
        "name": "orders-live",
        "persistence": login,
        "visibility": login,
    }
    with _role(postgres15, temporal_server, "own_reader", "of the agent"):
        snapshot = observe(tmp_path, described)
    assert snapshot.subject.name == "orders-live"
    assert set(_failures(snapshot).values()) == {None}


def test_a_frontend_that_wants_certificates_needs_one_of_the_agent(
    tmp_path: Path, start_temporal: TemporalFactory, authority: Authority
) -> None:
    client = authority.issue("agent")
    tls = TemporalTls(authority.issue("frontend", dns="temporal.internal"), authority.ca, client)
    server = start_temporal(options=TemporalOptions(tls=tls))
    with pytest.raises(ConfigError) as caught:
        _one_line(tmp_path, server.config_file)
    (problem,) = caught.value.problems
    assert problem.path == "global.tls.frontend.server.requireClientAuth"
    assert "`temporal.tls.cert_file`" in problem.message
    files = {"ca_file": authority.ca, "cert_file": client.cert, "key_file": client.key}
    own = {"tls": {**{key: str(file) for key, file in files.items()}, "server_name": "temporal.internal"}}
    snapshot = observe(tmp_path, {"server_config": str(server.config_file), "temporal": own})
    assert {one.target.endpoint for one in snapshot.observations} == {"grpc", "http", "metrics", "sql"}
    assert all(observation.failure is None for observation in snapshot.observations)
