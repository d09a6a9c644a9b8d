"""What Temporal's own files say besides stores and addresses: name, shards, dynamic configuration.

Source: temporalio/temporal, common/config/config.go and common/dynamicconfig/file_based_client.go at v1.31.2.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from agent.config.document import parse_each, text_of
from agent.config.errors import ConfigError
from agent.config.temporal_files.import_result import ImportedSettings
from agent.config.temporal_files.traits import put_dynamic_values
from agent.config.temporal_files.yaml_tree import YamlNode

_AT = "server_file"
_COPY = "copy it to the same place below the folder of this file, to have its keys checked"
_MAX_BYTES = 1024 * 1024


def read_server_settings(imported: ImportedSettings, config: YamlNode) -> None:
    """Import cluster name, shard count, initial failover version and dynamic configuration keys, if set."""
    metadata = config["clusterMetadata"]
    name = metadata["currentClusterName"]
    imported.text((_AT, "cluster_name"), name)
    put_number(imported, "history_shards", config.at("persistence", "numHistoryShards"))
    version = metadata.at("clusterInformation", name.text, "initialFailoverVersion")
    put_number(imported, "initial_failover_version", version)
    filepath = config.at("dynamicConfigClient", "filepath")
    data = _dynamic_configuration(imported, filepath) if filepath.text else {}
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


def dynamic_file(filepath: YamlNode) -> Path | None:
    """The dynamic configuration, if it is on this machine; never the file that names it.

    A relative path starts at the folder in which the server was started: usually the parent of its
    configuration folder. In a copy of that folder the file is where the end of its path leads.
    """
    own = Path(filepath.document.file).absolute()
    parts = Path(filepath.text).parts
    tails = [Path(*parts[start:]) for start in range(1 if parts[0] == os.sep else 0, len(parts))]
    folders = (own.parent, own.parent.parent)
    for path in (own.parent / filepath.text, *(folder / tail for tail in tails for folder in folders)):
        if os.path.isfile(path) and not path.samefile(own):
            return path
    return None


def _dynamic_configuration(imported: ImportedSettings, filepath: YamlNode) -> Mapping[str, Any] | None:
    """The dynamic configuration by key; None, and a note, if it cannot be read."""
    path = dynamic_file(filepath)
    if path is None:
        imported.note(filepath, f"is {filepath.text[:200]}, which is not on the agent's machine: {_COPY}")
        return None
    try:
        data = parse_each(str(path), text_of(path, limit=_MAX_BYTES))[0].data
    except ConfigError as error:
        imported.note(filepath, f"cannot be read: {error.problems[0]}")
        return None
    return data if isinstance(data, dict) else {} if data is None else None
