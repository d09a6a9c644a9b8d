"""What Temporal's own files show of the traits on which published warnings depend.

Source: temporalio/temporal, common/config/config.go, common/archiver/archival_metadata.go and
common/authorization/authorizer.go at v1.31.2; temporalio/helm-charts, templates/server-configmap.yaml.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from agent.config.temporal_files.import_result import ImportedSettings
from agent.config.temporal_files.yaml_tree import YamlNode
from agent.model.traits import DEFAULT, Trait

_AT = ("server_file", "traits")


def read_server_traits(imported: ImportedSettings, config: YamlNode) -> None:
    """Import the traits from the server's own configuration, which has all of its static settings."""
    internal = config.at("services", "internal-frontend")
    _authorization(imported, config.at("global", "authorization"))
    _put(imported, Trait.INTERNAL_FRONTEND, internal.is_there, internal)
    port = internal.at("rpc", "httpPort")
    _put(imported, Trait.INTERNAL_FRONTEND_HTTP, port.number > 0, port)
    _archival(imported, config["archival"])
    _replication(imported, config["clusterMetadata"])


def read_chart_traits(imported: ImportedSettings, server: YamlNode) -> None:
    """Import the traits from `server` in the chart's values. The chart may set an HTTP port by itself."""
    internal = server["internal-frontend"]
    _authorization(imported, server.at("config", "authorization"))
    _put(imported, Trait.INTERNAL_FRONTEND, internal["enabled"].flag, internal)
    if not internal["enabled"].flag:
        _put(imported, Trait.INTERNAL_FRONTEND_HTTP, False, internal)
    _archival(imported, server["archival"])
    _replication(imported, server.at("config", "clusterMetadata"))


def put_dynamic_values(imported: ImportedSettings, data: Mapping[str, Any], node: YamlNode) -> None:
    """Import the values of the dynamic configuration: by key, a list of `value` and `constraints`."""
    values = {key: _values(entries) for key, entries in data.items() if key}
    imported.put(("server_file", "dynamic_values"), values, node)


def _values(entries: Any) -> tuple[str, ...]:
    listed = [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, tuple) else []
    texts = tuple(_json(entry.get("value")) for entry in listed)
    return texts if any(not entry.get("constraints") for entry in listed) else (*texts, DEFAULT)


def _json(value: Any) -> str:
    return value if isinstance(value, str) and value else json.dumps(value)


def _authorization(imported: ImportedSettings, node: YamlNode) -> None:
    for trait, key in ((Trait.AUTHORIZER, "authorizer"), (Trait.DEFAULT_CLAIM_MAPPER, "claimMapper")):
        _put(imported, trait, bool(node[key].text), node[key])


def _archival(imported: ImportedSettings, node: YamlNode) -> None:
    states = [node.at(part, "state").text.lower() for part in ("history", "visibility")]
    _put(imported, Trait.ARCHIVAL, "enabled" in states, node)


def _replication(imported: ImportedSettings, metadata: YamlNode) -> None:
    """Other clusters in the file are connected; without them, the database may still have some."""
    others = metadata["clusterInformation"].children.keys() - {metadata["currentClusterName"].text}
    if others:
        _put(imported, Trait.REPLICATION, True, metadata["clusterInformation"])


def _put(imported: ImportedSettings, trait: Trait, has: bool, node: YamlNode) -> None:
    imported.put((*_AT, trait.value), has, node)
