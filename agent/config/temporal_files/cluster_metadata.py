"""What Temporal's own files say beside stores and addresses: name, shards, dynamic configuration.

Source: temporalio/temporal, common/config/config.go and common/dynamicconfig/file_based_client.go at v1.31.2.
"""

from __future__ import annotations

from pathlib import Path

from agent.config.document import read
from agent.config.errors import ConfigError
from agent.config.temporal_files.import_result import ImportedSettings
from agent.config.temporal_files.yaml_tree import YamlNode

_AT = "server_file"


def read_own(reading: ImportedSettings, config: YamlNode) -> None:
    """All of it, as far as it is there."""
    metadata = config["clusterMetadata"]
    name = metadata["currentClusterName"]
    reading.text((_AT, "cluster_name"), name)
    put_number(reading, "history_shards", config.at("persistence", "numHistoryShards"))
    version = metadata.at("clusterInformation", name.text, "initialFailoverVersion")
    put_number(reading, "initial_failover_version", version)
    named = config.at("dynamicConfigClient", "filepath")
    if named.text:
        put_keys(reading, "dynamic_keys", _dynamic_keys(named), named)


def put_number(reading: ImportedSettings, place: str, number: YamlNode) -> None:
    """A number that such a file has, where it has one."""
    if number.number:
        reading.put((_AT, place), number.number, number)


def put_keys(reading: ImportedSettings, place: str, keys: tuple[str, ...], node: YamlNode) -> None:
    """Keys that such a file has, where it has any."""
    if keys:
        reading.put((_AT, place), keys, node)


def _dynamic_keys(named: YamlNode) -> tuple[str, ...]:
    """The keys of the dynamic configuration; none where its file is not to be had here, or is none.

    A relative path is relative to where the server was started: mostly the folder that has the one of its
    configuration.
    """
    file = Path(named.text)
    for path in (named.folder / file, named.folder.parent / file, named.folder / file.name):
        try:
            data = read(path, plain=True).data
        except ConfigError:
            continue
        return tuple(key for key in data if key) if isinstance(data, dict) else ()
    return ()
