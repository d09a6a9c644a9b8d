"""What Temporal's own files say besides stores and addresses: name, shards, dynamic configuration.

Source: temporalio/temporal, common/config/config.go and common/dynamicconfig/file_based_client.go at v1.31.2.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from agent.config.document import read
from agent.config.errors import ConfigError
from agent.config.temporal_files.import_result import ImportedSettings
from agent.config.temporal_files.traits import put_dynamic_values
from agent.config.temporal_files.yaml_tree import YamlNode

_AT = "server_file"


def read_server_settings(imported: ImportedSettings, config: YamlNode) -> None:
    """Import cluster name, shard count, initial failover version and dynamic configuration keys, if set."""
    metadata = config["clusterMetadata"]
    name = metadata["currentClusterName"]
    imported.text((_AT, "cluster_name"), name)
    put_number(imported, "history_shards", config.at("persistence", "numHistoryShards"))
    version = metadata.at("clusterInformation", name.text, "initialFailoverVersion")
    put_number(imported, "initial_failover_version", version)
    filepath = config.at("dynamicConfigClient", "filepath")
    data = _dynamic_configuration(filepath) if filepath.text else {}
    if data is not None:
        put_keys(imported, "dynamic_keys", tuple(key for key in data if key), filepath)
        put_dynamic_values(imported, data, filepath)


def put_number(imported: ImportedSettings, place: str, number: YamlNode) -> None:
    """Import a number, if the file has one."""
    if number.number:
        imported.put((_AT, place), number.number, number)


def put_keys(imported: ImportedSettings, place: str, keys: tuple[str, ...], node: YamlNode) -> None:
    """Import a list of keys, if the file has any."""
    if keys:
        imported.put((_AT, place), keys, node)


def _dynamic_configuration(filepath: YamlNode) -> Mapping[str, Any] | None:
    """The dynamic configuration by key; None if its file is not here or is not a mapping.

    A relative path is relative to the folder in which the server was started: usually the parent of its
    configuration folder.
    """
    file = Path(filepath.text)
    for path in (filepath.folder / file, filepath.folder.parent / file, filepath.folder / file.name):
        try:
            data = read(path, plain=True).data
        except ConfigError:
            continue
        return data if isinstance(data, dict) else {} if data is None else None
    return None
