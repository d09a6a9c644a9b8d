"""The settings that are read from a server's own file besides stores and addresses."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.config import load_config
from agent.config.server_file import ServerFile
from agent.model.traits import Trait

SERVER = """
persistence:
  defaultStore: default
  visibilityStore: default
  numHistoryShards: 512
  datastores: {default: {sql: {pluginName: sqlite, databaseName: temporal, connectAttributes: {mode: rwc}}}}
services: {frontend: {rpc: {grpcPort: 7233}}}
clusterMetadata: {currentClusterName: orders, clusterInformation: {orders: {initialFailoverVersion: 2}}}
"""
NO_TRAITS = dict.fromkeys(
    (
        Trait.AUTHORIZER,
        Trait.DEFAULT_CLAIM_MAPPER,
        Trait.INTERNAL_FRONTEND,
        Trait.INTERNAL_FRONTEND_HTTP,
        Trait.ARCHIVAL,
    ),
    False,
)
DYNAMIC = "system.advancedVisibilityWritingMode: [{value: dual}]\nlimit.maxIDLength: [{value: 255}]\n"


def read(folder: Path, more: str = "", server: str = SERVER) -> ServerFile | None:
    (folder / "config").mkdir(exist_ok=True)
    (folder / "config" / "server.yaml").write_text(server + more)
    path = folder / "agent.yaml"
    path.write_text("server_config: config/server.yaml\n")
    (cluster,) = load_config(path).clusters
    return cluster.server_file


def test_cluster_name_shards_and_store_keys_are_imported(tmp_path: Path) -> None:
    assert read(tmp_path) == ServerFile(
        cluster_name="orders",
        history_shards=512,
        initial_failover_version=2,
        store_keys=("defaultStore", "visibilityStore"),
        traits=NO_TRAITS,
        dynamic_values={},
    )


@pytest.mark.parametrize(
    ("there", "named"),
    [
        ("config/dynamic.yaml", "dynamic.yaml"),
        ("config/dynamic/all.yaml", "config/dynamic/all.yaml"),
        ("config/dynamic.yaml", "/nowhere/dynamic.yaml"),
        ("elsewhere/dynamic.yaml", "{folder}/elsewhere/dynamic.yaml"),
    ],
)
def test_dynamic_configuration_is_read_from_its_path_or_next_to_the_configuration(
    tmp_path: Path, there: str, named: str
) -> None:
    (tmp_path / there).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / there).write_text(DYNAMIC)
    file = read(tmp_path, f"dynamicConfigClient: {{filepath: '{named.format(folder=tmp_path)}'}}\n")
    assert file is not None
    assert file.dynamic_keys == ("system.advancedVisibilityWritingMode", "limit.maxIDLength")


@pytest.mark.parametrize("content", [None, "", "[a, b]", "{{ template", "a: b: c", "\udcff"])
def test_a_missing_dynamic_configuration_is_not_an_error(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "dynamic.yaml").write_text(content, errors="surrogateescape")
    file = read(tmp_path, "dynamicConfigClient: {filepath: dynamic.yaml}\n")
    assert file is not None
    assert file.dynamic_keys == ()


def test_a_file_without_a_visibility_store_is_imported_and_judged_later(tmp_path: Path) -> None:
    file = read(tmp_path, server=SERVER.replace("  visibilityStore: default\n", ""))
    assert file is not None
    assert file.store_keys == ("defaultStore",)


def test_a_second_store_wins_over_a_second_index_and_both_are_reported(tmp_path: Path) -> None:
    index = "url: {scheme: http, host: 'es:9200'}, indices: {visibility: "
    search = (
        "  secondaryVisibilityStore: other\n  visibilityStore: search\n"
        f"  datastores: {{search: {{elasticsearch: {{{index}one, secondary_visibility: two}}}}}}, "
        f"other: {{elasticsearch: {{{index}three}}}}}}, "
    )
    server = SERVER.replace("  visibilityStore: default\n", "").replace("  datastores: {", search)
    file = read(tmp_path, server=server)
    assert file is not None
    assert file.store_keys == (
        "defaultStore",
        "visibilityStore",
        "secondaryVisibilityStore",
        "visibilityStore.secondary_visibility",
    )
    (cluster,) = load_config(tmp_path / "agent.yaml").clusters
    assert cluster.secondary_visibility is not None
    assert cluster.secondary_visibility.elasticsearch is not None
    assert cluster.secondary_visibility.elasticsearch.index == "three"
