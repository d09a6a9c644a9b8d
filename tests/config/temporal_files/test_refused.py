"""A file that Temporal refuses is read as far as it goes: the rest of the cluster is still probed."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from agent.config import Cluster, ConfigError, load_config
from tests.config.temporal_files.validation import GOOD
from tests.laws import law

_LOGIN = 'connectAddr: "db:5432", connectProtocol: tcp'
_SQL = f"sql: {{pluginName: postgres12, databaseName: temporal, {_LOGIN}}}"
_SEARCH = 'url: {scheme: http, host: "es:9200"}'
_VISIBILITY = "visibility: *store"
_OWN = {"host": "own", "database": "own", "user": "own"}


def _load(folder: Path, old: str, new: str, **written: object) -> Cluster:
    assert old in GOOD
    text = GOOD.replace(old, new, 1).replace(_LOGIN, f"{_LOGIN}, user: temporal", 1)
    (folder / "server.yaml").write_text(text)
    (folder / "agent.yaml").write_text(
        yaml.safe_dump({"clusters": [{"server_config": "server.yaml", **written}]})
    )
    return load_config(folder / "agent.yaml").clusters[0]


def test_a_store_that_cannot_be_read_is_left_out_with_the_rule_that_refuses_it(tmp_path: Path) -> None:
    @law(
        [
            ("persistence", "pluginName: postgres12", "pluginName: oracle", "plugin_unknown"),
            ("persistence", "pluginName: postgres12, ", "", "value_missing"),
            ("persistence", "databaseName: temporal, ", "", "value_missing"),
            ("persistence", '"db:5432"', '"db:70000"', "port_invalid"),
            ("persistence", '"db:5432"', '"user:password@db:5432"', "store_address"),
            ("persistence", '"db:5432"', '"db:postgresql"', "store_address"),
            ("persistence", '"db:5432"', '"db:0"', "store_address"),
            (
                "visibility",
                _VISIBILITY,
                "visibility: {elasticsearch: {url: {scheme: http, host: 'u:p@es:9200'}, "
                "indices: {visibility: v}}}",
                "search_url",
            ),
            ("persistence", "defaultStore: default", "defaultStore: nowhere", "store_undefined"),
            ("persistence", "  defaultStore: default\n", "", "value_missing"),
            ("persistence", _SQL, "cassandra: {keyspace: k}", "value_missing"),
            ("persistence", _SQL, "cassandra: {hosts: a}", "value_missing"),
            ("persistence", _SQL, "cassandra: {hosts: a, keyspace: k, port: 70000}", "port_invalid"),
            ("persistence", _SQL, f"{_SQL}\n      cassandra: {{hosts: a, keyspace: k}}", "store_kinds"),
            ("persistence", _SQL, f"elasticsearch: {{{_SEARCH}}}", "default_store_is_search"),
            ("visibility", "visibilityStore: visibility", "visibilityStore: nowhere", "store_undefined"),
            ("visibility", _VISIBILITY, "visibility: null", "store_kinds"),
            (
                "visibility",
                _VISIBILITY,
                f"visibility: {{elasticsearch: {{{_SEARCH}}}}}",
                "search_index_missing",
            ),
            (
                "visibility",
                _VISIBILITY,
                "visibility: {elasticsearch: {indices: {visibility: v}}}",
                "search_url_missing",
            ),
            (
                "visibility",
                _VISIBILITY,
                f"visibility: {{elasticsearch: {{version: v5, {_SEARCH}, indices: {{visibility: v}}}}}}",
                "search_version",
            ),
            (
                "search",
                "  visibilityStore:",
                "  advancedVisibilityStore: default\n  visibilityStore:",
                "search_store_undefined",
            ),
        ]
    )
    def holds(role: str, old: str, new: str, rule: str) -> None:
        cluster = _load(tmp_path, old, new)
        assert getattr(cluster, role) is None
        file = cluster.server_file
        assert file is not None
        assert rule in [each.rule for each in file.violations or ()]
        assert any("does not probe this store" in note for note in file.notes or ())

    holds()


def test_the_other_stores_stay(tmp_path: Path) -> None:
    cluster = _load(tmp_path, "defaultStore: default", "defaultStore: nowhere")
    assert cluster.visibility is not None
    assert cluster.persistence is None


def test_the_users_own_store_is_probed_and_a_part_of_one_is_not(tmp_path: Path) -> None:
    unknown = ("pluginName: postgres12", "pluginName: oracle")
    own = _load(tmp_path, *unknown, persistence={"postgresql": _OWN}, visibility={"postgresql": _OWN})
    assert own.persistence is not None
    (tmp_path / "password").write_text("x")
    part = {"postgresql": {"password_file": "password"}}
    assert _load(tmp_path, *unknown, persistence=part, visibility=part).persistence is None
    with pytest.raises(ConfigError, match="unknown key"):
        _load(tmp_path, *unknown, persistence={"postgresql": {**_OWN, "colour": "red"}})


def test_the_name_and_the_address_of_the_frontend_have_defaults(tmp_path: Path) -> None:
    @law(
        [
            ("currentClusterName: active", "currentClusterName:"),
            ("  currentClusterName: active\n", ""),
            ("grpcPort: 7233", "grpcPort: 70000"),
            ("grpcPort: 7233", "grpcPort: http"),
            ("httpPort: 7243", "httpPort: 70000"),
            ("bindOnIP: 10.0.0.1", "bindOnIP: my host"),
            ("bindOnIP: 10.0.0.1", 'bindOnIP: "10.0.0.1:7233"'),
        ]
    )
    def holds(old: str, new: str) -> None:
        text = GOOD.replace('publicClient: {hostPort: "frontend:7233"}\n', "")
        (tmp_path / "server.yaml").write_text(
            text.replace(old, new, 1).replace(_LOGIN, f"{_LOGIN}, user: temporal", 1)
        )
        (tmp_path / "agent.yaml").write_text("server_config: server.yaml")
        cluster = load_config(tmp_path / "agent.yaml").clusters[0]
        assert cluster.name == "active"
        assert cluster.temporal.frontend in ("10.0.0.1:7233", "127.0.0.1:7233")
        assert cluster.temporal.http in (None, "http://10.0.0.1:7243")
        assert cluster.persistence is not None

    holds()


def test_a_password_in_an_address_is_never_quoted(tmp_path: Path) -> None:
    search = (
        "visibility: {elasticsearch: {url: {scheme: http, host: 'u:hunter2@es'}, indices: {visibility: v}}}"
    )
    for old, new in (('"db:5432"', '"temporal:hunter2@db:5432"'), (_VISIBILITY, search)):
        assert "hunter2" not in str(_load(tmp_path, old, new).server_file)


def test_a_public_client_without_an_address_of_the_frontend_is_refused_by_temporal(tmp_path: Path) -> None:
    for written in ('"frontend:99999"', '"http://frontend:7233"'):
        cluster = _load(tmp_path, '"frontend:7233"', written)
        assert cluster.temporal.frontend in ("127.0.0.1:7233", "10.0.0.1:7233")
        assert cluster.server_file is not None
        assert [each.rule for each in cluster.server_file.violations or ()] == ["public_client_address"]


def test_a_placeholder_that_nothing_has_filled_in_stays_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="placeholder"):
        _load(tmp_path, "pluginName: postgres12", 'pluginName: "${PLUGIN}"')
