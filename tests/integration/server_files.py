"""Server files that differ from a good one in one place."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from agent.config import ConfigError, load_config
from agent.polling.one_shot import Assumption, probe_once
from agent.verdict import StartAnswer
from tests.building import MATRIX

from .servers.process import ExitError, free_port
from .servers.temporal import TemporalServer

Config = dict[str, Any]
_DROP = object()


@dataclass(frozen=True)
class FileChange:
    """A change of a good file; `change` works in place, and `{folder}` is the file's own folder."""

    change: Callable[[Config], None]

    def write(self, file: Path) -> None:
        """Change this file, next to which is a dynamic configuration."""
        (file.parent / "dynamic.yaml").write_text("{}\n")
        config = yaml.safe_load(file.read_text())
        self.change(config)
        file.write_text(yaml.safe_dump(config).replace("{folder}", str(file.parent)))


def _set(path: str, value: Any) -> Callable[[Config], None]:
    *above, last = path.split("/")

    def change(config: Config) -> None:
        inner: Any = config
        for key in above:
            inner = inner.setdefault(key, {})
        if value is _DROP:
            inner.pop(last, None)
        else:
            inner[last] = copy.deepcopy(value)

    return change


def _all(*changes: Callable[[Config], None]) -> Callable[[Config], None]:
    def change(config: Config) -> None:
        for one in changes:
            one(config)

    return change


def _same_port(config: Config) -> None:
    services = config["services"]
    services["history"]["rpc"]["grpcPort"] = services["matching"]["rpc"]["grpcPort"]


def _same_membership(config: Config) -> None:
    services = config["services"]
    services["history"]["rpc"]["membershipPort"] = services["matching"]["rpc"]["membershipPort"]


def _same_http(config: Config) -> None:
    rpc = config["services"]["frontend"]["rpc"]
    rpc["httpPort"] = rpc["grpcPort"]


def _metrics_port(config: Config) -> None:
    port = config["services"]["history"]["rpc"]["grpcPort"]
    config["global"]["metrics"]["prometheus"]["listenAddress"] = f"127.0.0.1:{port}"


def _public_client(config: Config) -> None:
    # Where nobody listens, a worker ends the server: see SLOW.
    port = config["services"]["frontend"]["rpc"]["grpcPort"]
    config["publicClient"] = {"hostPort": f"127.0.0.1:{port}"}


def _pprof_port(config: Config) -> None:
    config["global"]["pprof"] = {"port": config["services"]["history"]["rpc"]["grpcPort"]}


def _other(**changed: Any) -> Config:
    return {
        "enabled": True,
        "initialFailoverVersion": 2,
        "rpcName": "frontend",
        "rpcAddress": "127.0.0.1:1",
    } | changed


def _large_port(config: Config) -> None:
    # Above the ports that the kernel gives to connections.
    config["services"]["history"]["rpc"]["grpcPort"] = free_port(61000, 65000)


_TLS = "global/tls/frontend/server"
_SQL = "persistence/datastores/default/sql"
_ES = {"version": "v7", "url": {"scheme": "http", "host": "127.0.0.1:1"}, "indices": {"visibility": "v"}}
_PROVIDER = {"filestore": {"fileMode": "0666", "dirMode": "0766"}}
_ON = {"state": "enabled", "enableRead": True, "provider": _PROVIDER}


def _search(**changed: Any) -> Callable[[Config], None]:
    return _set("persistence/datastores/visibility", {"elasticsearch": {**_ES, **changed}})


_CHANGES = {
    "good": _all(),
    "shards_zero": _set("persistence/numHistoryShards", 0),
    "shards_missing": _set("persistence/numHistoryShards", _DROP),
    "shards_negative": _set("persistence/numHistoryShards", -4),
    "shards_text": _set("persistence/numHistoryShards", "four"),
    "shards_quoted": _set("persistence/numHistoryShards", "4"),
    "flag_quoted": _set("log/stdout", "true"),
    "default_missing": _set("persistence/defaultStore", _DROP),
    "default_undefined": _set("persistence/defaultStore", "nowhere"),
    "visibility_missing": _set("persistence/visibilityStore", _DROP),
    "visibility_undefined": _set("persistence/visibilityStore", "nowhere"),
    "second_undefined": _set("persistence/secondaryVisibilityStore", "nowhere"),
    "advanced_undefined": _set("persistence/advancedVisibilityStore", "nowhere"),
    "two_kinds": _set("persistence/datastores/default/cassandra", {"hosts": "127.0.0.1"}),
    "no_kind": _set("persistence/datastores/default", {}),
    "unused_store_bad": _set("persistence/datastores/unused", {}),
    "plugin_missing": _set(f"{_SQL}/pluginName", _DROP),
    "plugin_unknown": _set(f"{_SQL}/pluginName", "oracle"),
    "protocol_missing": _set(f"{_SQL}/connectProtocol", _DROP),
    "protocol_unknown": _set(f"{_SQL}/connectProtocol", "carrier-pigeon"),
    "address_missing": _set(f"{_SQL}/connectAddr", _DROP),
    "address_with_user": _set(f"{_SQL}/connectAddr", "temporal:temporal@127.0.0.1:5432"),
    "address_with_named_port": _set(f"{_SQL}/connectAddr", "127.0.0.1:postgresql"),
    "ssl_mode_unknown": _set(f"{_SQL}/connectAttributes", {"sslmode": "sometimes"}),
    "ssl_mode_disable": _set(f"{_SQL}/connectAttributes", {"sslmode": "disable"}),
    "ssl_mode_prefer": _set(f"{_SQL}/connectAttributes", {"sslmode": "prefer"}),
    "ssl_authority_alone": _set(f"{_SQL}/connectAttributes", {"sslrootcert": "/nowhere/ca.pem"}),
    "sql_tls_file": _set(f"{_SQL}/tls", {"enabled": True, "caFile": "/nowhere/ca.pem"}),
    "password_both": _set(f"{_SQL}/passwordCommand", {"command": "true"}),
    "password_command_empty": _all(
        _set(f"{_SQL}/password", _DROP), _set(f"{_SQL}/passwordCommand", {"args": ["x"]})
    ),
    "cassandra_consistency": _set(
        "persistence/datastores/visibility",
        {
            "cassandra": {
                "hosts": "127.0.0.1",
                "keyspace": "k",
                "consistency": {"default": {"consistency": "sometimes"}},
            }
        },
    ),
    "max_conn_lifetime": _set(f"{_SQL}/maxConnLifetime", "an hour"),
    "cluster_missing": _set("clusterMetadata", _DROP),
    "current_missing": _set("clusterMetadata/currentClusterName", _DROP),
    "current_not_in": _set("clusterMetadata/currentClusterName", "elsewhere"),
    "master_missing": _set("clusterMetadata/masterClusterName", _DROP),
    "master_not_in": _set("clusterMetadata/masterClusterName", "elsewhere"),
    "information_missing": _set("clusterMetadata/clusterInformation", _DROP),
    "increment_missing": _set("clusterMetadata/failoverVersionIncrement", _DROP),
    "increment_small": _set("clusterMetadata/failoverVersionIncrement", 1),
    "increment_negative": _set("clusterMetadata/failoverVersionIncrement", -1),
    "version_zero": _set("clusterMetadata/clusterInformation/active/initialFailoverVersion", 0),
    "version_negative": _set("clusterMetadata/clusterInformation/active/initialFailoverVersion", -1),
    "versions_same": _set("clusterMetadata/clusterInformation/other", _other(initialFailoverVersion=1)),
    "other_cluster": _set("clusterMetadata/clusterInformation/other", _other()),
    "other_without_address": _set("clusterMetadata/clusterInformation/other", _other(rpcAddress="")),
    "authorizer_unknown": _set("global/authorization/authorizer", "strict"),
    "mapper_unknown": _set("global/authorization/claimMapper", "strict"),
    "authorizer_case": _all(
        _set("global/authorization/authorizer", "Default"),
        _set("global/authorization/claimMapper", "DEFAULT"),
    ),
    "authorizer_only": _set("global/authorization/authorizer", "default"),
    "authorizer_with_mapper": _all(
        _set("global/authorization/authorizer", "default"),
        _set("global/authorization/claimMapper", "default"),
    ),
    "mapper_regex": _all(
        _set("global/authorization/claimMapper", "default"),
        _set("global/authorization/permissionsRegex", "("),
    ),
    "mapper_without_keys": _set("global/authorization/claimMapper", "default"),
    "archival_no_provider": _set("archival/history", {"state": "enabled", "enableRead": True}),
    "archival_no_uri": _set("archival/history", _ON),
    "archival_visibility_no_provider": _set("archival/visibility", {"state": "enabled"}),
    "archival_full": _all(
        _set("archival/history", _ON),
        _set("namespaceDefaults/archival/history", {"state": "disabled", "URI": "file:///tmp/x"}),
    ),
    "archival_disabled_with_provider": _set("archival/history", {"state": "disabled", "provider": _PROVIDER}),
    "archival_disabled_read": _set("archival/history", {"state": "disabled", "enableRead": True}),
    "archival_disabled_uri": _set(
        "namespaceDefaults/archival/history", {"state": "disabled", "URI": "file:///tmp/x"}
    ),
    "archival_default_on": _set("namespaceDefaults/archival/history", {"state": "enabled"}),
    "archival_state_unknown": _set("archival/history", {"state": "sometimes"}),
    "archival_paused": _set("archival/history", {"state": "paused"}),
    "archival_state_empty": _set("archival", _DROP),
    "archival_enabled_state_unknown_default": _all(
        _set("archival/history", _ON),
        _set("namespaceDefaults/archival/history", {"state": "sometimes", "URI": "file:///tmp/x"}),
    ),
    "archival_no_defaults": _set("namespaceDefaults", _DROP),
    "public_missing": _set("publicClient", _DROP),
    "public_with_internal": _all(
        _public_client,
        _set(
            "services/internal-frontend",
            {"rpc": {"grpcPort": 20001, "membershipPort": 20002, "bindOnIP": "127.0.0.1"}},
        ),
    ),
    "public_force_tls": _set("publicClient/forceTLSConfig", "always"),
    "broadcast_name": _set("global/membership/broadcastAddress", "localhost"),
    "join_number": _set("global/membership/maxJoinDuration", 30),
    "join_text": _set("global/membership/maxJoinDuration", "soon"),
    "frontend_missing": _set("services/frontend", _DROP),
    "worker_missing": _set("services/worker", _DROP),
    "grpc_missing": _set("services/history/rpc/grpcPort", _DROP),
    "membership_missing": _set("services/history/rpc/membershipPort", _DROP),
    "grpc_same": _same_port,
    "membership_same": _same_membership,
    "http_same": _same_http,
    "metrics_same": _metrics_port,
    "pprof_same": _pprof_port,
    "grpc_too_large": _set("services/history/rpc/grpcPort", 70000),
    "grpc_text": _set("services/history/rpc/grpcPort", "http"),
    "bind_invalid": _set("services/history/rpc/bindOnIP", "localhost"),
    "bind_both": _set("services/history/rpc/bindOnLocalHost", True),
    "membership_large": _set("services/history/rpc/membershipPort", 61001),
    "grpc_large": _large_port,
    "log_level": _set("log/level", "loud"),
    "log_format": _set("log/format", "poem"),
    "log_folder": _set("log/outputFile", "/nowhere/temporal.log"),
    "log_folder_only": _set("log", {"outputFile": "/nowhere/temporal.log"}),
    "log_text": _set("log/stdout", "sometimes"),
    "redirection_unknown": _set("dcRedirectionPolicy/policy", "sometimes"),
    "redirection_noop": _set("dcRedirectionPolicy/policy", "noop"),
    "redirection_selected": _set("dcRedirectionPolicy/policy", "selected-apis-forwarding"),
    "dynamic_missing": _set(
        "dynamicConfigClient", {"filepath": "/nowhere/absent.yaml", "pollInterval": "10s"}
    ),
    "dynamic_no_path": _set("dynamicConfigClient", {"pollInterval": "10s"}),
    "dynamic_poll": _set("dynamicConfigClient", {"filepath": "{folder}/dynamic.yaml", "pollInterval": "1s"}),
    "dynamic_poll_missing": _set("dynamicConfigClient", {"filepath": "{folder}/dynamic.yaml"}),
    "dynamic_good": _set("dynamicConfigClient", {"filepath": "{folder}/dynamic.yaml", "pollInterval": "10s"}),
    "tls_missing_files": _set(_TLS, {"certFile": "/nowhere/cert.pem", "keyFile": "/nowhere/key.pem"}),
    "tls_cert_only": _set(_TLS, {"certFile": "/nowhere/cert.pem"}),
    "tls_key_alone": _set(_TLS, {"keyFile": "{folder}/dynamic.yaml"}),
    "tls_file_and_data": _set(
        _TLS, {"certFile": "/nowhere/cert.pem", "certData": "eA==", "keyFile": "/nowhere/key.pem"}
    ),
    "tls_data_bad": _set(_TLS, {"certData": "%%%", "keyData": "%%%"}),
    "tls_internode_missing": _set(
        "global/tls/internode/server", {"certFile": "/nowhere/cert.pem", "keyFile": "/nowhere/key.pem"}
    ),
    "tls_client_ca_missing": _set("global/tls/frontend/client", {"rootCaFiles": ["/nowhere/ca.pem"]}),
    "tls_worker_missing": _set(
        "global/tls/systemWorker", {"certFile": "/nowhere/cert.pem", "keyFile": "/nowhere/key.pem"}
    ),
    "metrics_framework": _set("global/metrics/prometheus/framework", "morse"),
    "metrics_address": _set("global/metrics/prometheus/listenAddress", "nonsense"),
    "metrics_timer": _set("global/metrics/prometheus/timerType", "egg"),
    "metrics_missing": _set("global/metrics", _DROP),
    "otel_kind": _set(
        "otel",
        {"exporters": [{"kind": {"signal": "traces", "model": "otlp", "protocol": "morse"}, "spec": {}}]},
    ),
    "attributes_type": _set("visibility/persistenceCustomSearchAttributes", {"Word": 3}),
    "attributes_many": _set("visibility/persistenceCustomSearchAttributes", {"Keyword": 100}),
    "search_good": _search(),
    "search_no_index": _search(indices={}),
    "search_other_index": _search(indices={"other": "v"}),
    "search_no_url": _search(url=None),
    "search_version": _search(version="v5"),
    "search_empty_version": _search(version=""),
    "search_signing": _search(**{"aws-request-signing": {"enabled": True, "credentialProvider": "mine"}}),
    "search_user": _search(url={"scheme": "http", "host": "user:password@127.0.0.1:1"}),
    "search_path": _search(url={"scheme": "http", "host": "127.0.0.1:1/path"}),
    "search_scheme": _search(url={"scheme": "ftp", "host": "127.0.0.1:1"}),
    "search_no_scheme": _search(url={"host": "127.0.0.1:1"}),
    "search_default": _set("persistence/datastores/default", {"elasticsearch": _ES}),
    "unknown_key": _set("persistence/nonsense", 1),
}
SERVER_FILES = {name: FileChange(change) for name, change in _CHANGES.items()}

_TOPICS = {"topic": "temporal-visibility", "dlq-topic": "temporal-visibility-dlq"}
#: config/development_es.yaml@v1.0.0; nobody listens there.
_KAFKA = {
    "clusters": {"only": {"brokers": ["127.0.0.1:1"]}},
    "topics": {topic: {"cluster": "only"} for topic in _TOPICS.values()},
    "applications": {"visibility": _TOPICS},
}
_SQLITE = {
    "pluginName": "sqlite",
    "databaseName": "{folder}/temporal.db",
    "connectAddr": "localhost",
    "connectProtocol": "tcp",
    "connectAttributes": {"mode": "rwc"},
}
#: Good files with which some servers exit all the same.
CONDITIONS = {
    "search_down": FileChange(
        _all(
            _set("persistence/advancedVisibilityStore", "search"),
            _set("persistence/datastores/search", {"elasticsearch": _ES}),
            _set("kafka", _KAFKA),
        )
    ),
    "sqlite": FileChange(
        _all(
            _set("persistence/datastores/default/sql", _SQLITE),
            _set("persistence/datastores/visibility/sql", _SQLITE),
        )
    ),
}

#: A worker tries for a minute to reach the frontend, and then ends the server.
SLOW = {
    "public_port": FileChange(_set("publicClient/hostPort", "127.0.0.1:99999")),
    "public_url": FileChange(_set("publicClient/hostPort", "http://127.0.0.1:7233")),
}

#: What a start depends on is not in the file: which services run on one machine, what is on its disk.
UNCERTAIN = frozenset(
    {
        *("sql_tls_file", "tls_missing_files", "tls_internode_missing", "tls_client_ca_missing"),
        *("tls_worker_missing", "dynamic_missing", "log_folder_only"),
        *("grpc_same", "membership_same", "metrics_same", "pprof_same"),
        # Before 1.31 the server just has no password.
        "password_command_empty",
        *("frontend_missing", "worker_missing", "authorizer_case", "authorizer_with_mapper"),
    }
)

#: Earlier releases do not have the rule, but refuse the file by another: Elasticsearch is no visibility store
#: before 1.20, and 1.0.0 looks for the file. The agent reads neither, so it does not know.
UNCERTAIN_BEFORE: dict[str, tuple[int, ...]] = {
    "search_no_index": (1, 9, 1),
    "search_other_index": (1, 9, 1),
    "search_no_url": (1, 20),
    "search_version": (1, 7),
    "search_signing": (1, 7),
    "tls_file_and_data": (1, 2, 1),
}


def judge_file(release: str, file: Path, named: Config | None = None) -> StartAnswer | None:
    """What the agent says of a start with this file; None where its configuration has an error by it.

    `named`: the key of the agent's configuration that names the file, if it is not `server_config`. Name and
    address are given, because some files lack them.
    """
    described: dict[str, Any] = {**(named or {"server_config": str(file)}), "name": "active"}
    described["temporal"] = {"frontend": "127.0.0.1:1", "metrics": []}
    path = file.parent / "agent.yaml"
    path.write_text(yaml.safe_dump({"clusters": [described]}))
    try:
        config = load_config(path)
    except ConfigError:
        return None
    (snapshot,) = probe_once(config, MATRIX, Assumption(release))
    return snapshot.judgement.start


def disagreement(server: TemporalServer, release: str, name: str, *, may_be_unknown: bool = False) -> str:
    """What this server does with its file and what the agent says, if they differ; empty if they agree.

    An error in the agent's configuration is right only where the server exits. The server is closed.
    """
    starts, answer = start_and_answer(server, release)
    expected = (None, starts) if may_be_unknown else (starts,)
    is_wrong = starts if answer is None else answer.would_start not in expected
    return (
        f"{name}: the server {'starts' if starts else 'exits'}, the agent says {answer}" if is_wrong else ""
    )


def start_and_answer(
    server: TemporalServer, release: str, named: Config | None = None
) -> tuple[bool, StartAnswer | None]:
    """Whether this server starts, and what the agent says before. The server is closed."""
    try:
        answer = judge_file(release, server.config_file, named)
        try:
            server.start_services()
        except ExitError:
            return False, answer
        return True, answer
    finally:
        server.close()
