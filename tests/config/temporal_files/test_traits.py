"""What Temporal's own files show of the traits on which published warnings depend."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from agent.config.temporal_files.content import NamedFiles
from agent.config.temporal_files.loader import read_helm_values, read_server_config

SERVER = """
persistence:
  defaultStore: default
  visibilityStore: default
  datastores: {default: {sql: {pluginName: sqlite, databaseName: temporal}}}
services: {frontend: {rpc: {grpcPort: 7233}}%s}
clusterMetadata: {currentClusterName: orders, clusterInformation: {orders: {}%s}}
"""
ALL_ON = {
    "authorizer": True,
    "default_claim_mapper": True,
    "internal_frontend": True,
    "internal_frontend_http": True,
    "archival": True,
    "replication": True,
}


def read(folder: Path, text: str, *, chart: bool = False) -> dict[str, Any]:
    path = folder / "temporal.yaml"
    path.write_text(text)
    imported = (read_helm_values if chart else read_server_config)(NamedFiles((path,)))
    found: dict[str, Any] = imported.values["server_file"]
    return found


def test_a_file_without_these_settings_has_none_of_them_and_nothing_dynamic(tmp_path: Path) -> None:
    found = read(tmp_path, SERVER % ("", ""))
    assert found["traits"] == {key: False for key in ALL_ON if key != "replication"}
    assert found["dynamic_values"] == {}


def test_every_trait_is_found_in_a_file_that_sets_it(tmp_path: Path) -> None:
    more = (
        "global: {authorization: {authorizer: default, claimMapper: default}}\n"
        "archival: {history: {state: disabled}, visibility: {state: Enabled}}\n"
    )
    internal, remote = ", internal-frontend: {rpc: {grpcPort: 7236, httpPort: 7246}}", ", billing: {}"
    assert read(tmp_path, SERVER % (internal, remote) + more)["traits"] == ALL_ON


@pytest.mark.parametrize(
    ("content", "values"),
    [
        ("a.b: [{value: true}]", {"a.b": ("true",)}),
        ("a.b: [{value: false, constraints: {namespace: x}}]", {"a.b": ("false", "")}),
        ("a.b: [{value: [s3, subprocess]}, {value: 1, constraints: {namespace: x}}]",
         {"a.b": ('["s3", "subprocess"]', "1")}),
        ("a.b: []", {"a.b": ("",)}),
        ("", {}),
        ("[a]", None),
        (None, None),
    ],
)  # fmt: skip
def test_dynamic_values_are_json_texts_and_not_known_without_the_file(
    tmp_path: Path, content: str | None, values: dict[str, tuple[str, ...]] | None
) -> None:
    if content is not None:
        (tmp_path / "dynamic.yaml").write_text(content)
    found = read(tmp_path, SERVER % ("", "") + "dynamicConfigClient: {filepath: dynamic.yaml}\n")
    assert found.get("dynamic_values") == values


def test_the_chart_s_values_have_them_in_their_own_places(tmp_path: Path) -> None:
    text = """
fullnameOverride: t
server:
  internal-frontend: {enabled: %s}
  archival: {history: {state: enabled}}
  config:
    authorization: {authorizer: default, claimMapper: default}
    clusterMetadata: {currentClusterName: a, clusterInformation: {a: {}, b: {}}}
  dynamicConfig: {x.y: [{value: true}]}
"""
    found = read(tmp_path, text % "true", chart=True)
    # The chart may add an HTTP port of its own.
    assert found["traits"] == {key: True for key in ALL_ON if key != "internal_frontend_http"}
    assert found["dynamic_values"] == {"x.y": ("true",)}
    closed = read(tmp_path, text % "false", chart=True)["traits"]
    assert (closed["internal_frontend"], closed["internal_frontend_http"]) == (False, False)
