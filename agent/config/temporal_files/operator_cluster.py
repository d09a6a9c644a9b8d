"""A TemporalCluster of temporal-operator, as the server configuration that the operator renders from it.

Source: alexandrevilain/temporal-operator, api/v1beta1/temporalcluster_types.go and internal/resource/config.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from agent.config.temporal_files.yaml_tree import YamlNode

_STORES = ("defaultStore", "visibilityStore", "secondaryVisibilityStore", "advancedVisibilityStore")
_PORT = "7233"


def as_server_config(root: YamlNode) -> YamlNode:
    """The parts of the server configuration that the agent reads. Passwords are in Kubernetes secrets."""
    spec, name = root["spec"], root.at("metadata", "name")
    stores = {key: spec.at("persistence", key) for key in _STORES if spec.at("persistence", key).children}
    persistence = {key: _text(store, key) for key, store in stores.items()}
    shards = spec["numHistoryShards"]
    datastores = _mapping(spec["persistence"], {key: _store(store) for key, store in stores.items()})
    settings = {**persistence, "datastores": datastores, "numHistoryShards": shards}
    return _mapping(
        root,
        {
            "persistence": _mapping(spec["persistence"], settings),
            "clusterMetadata": _mapping(root["metadata"], {"currentClusterName": name}),
            "publicClient": _mapping(root["metadata"], {"hostPort": _text(name, _frontend(root))}),
            "global": _mapping(spec, {"tls": _mapping(spec, {"frontend": _tls(spec)})}),
        },
    )


def _frontend(root: YamlNode) -> str:
    name, namespace = root.at("metadata", "name").text, root.at("metadata", "namespace").text
    host = f"{name}-frontend.{namespace}" if namespace else f"{name}-frontend"
    return f"{host}:{_PORT}" if name else ""


def _tls(spec: YamlNode) -> YamlNode:
    """With mTLS the operator gives the frontend a certificate, and clients need one, too."""
    enabled = spec.at("mTLS", "frontend", "enabled")
    if not enabled.flag:
        return _mapping(spec, {})
    server = {"certFile": enabled, "keyFile": enabled, "requireClientAuth": enabled}
    return _mapping(spec, {"server": _mapping(enabled, server)})


def _store(store: YamlNode) -> YamlNode:
    secret, tls = store.at("passwordSecretRef", "name"), store["tls"]
    files = {
        f"{word}Data": tls.at(f"{word}FileRef", "name")
        for word in ("ca", "cert", "key")
        if tls.at(f"{word}FileRef", "name").text
    }
    shared = {"tls": _mapping(tls, {**tls.children, **files})} if tls.children else {}
    if secret.text:
        shared["existingSecret"] = secret
    kinds = {
        kind: _mapping(store[kind], {**store[kind].children, **shared})
        for kind in ("sql", "cassandra", "elasticsearch")
        if store[kind].children
    }
    if "cassandra" in kinds:
        kinds["cassandra"] = _with_hosts(kinds["cassandra"])
    if "elasticsearch" in kinds:
        kinds["elasticsearch"] = _with_url(kinds["elasticsearch"])
    return _mapping(store, kinds)


def _with_hosts(cassandra: YamlNode) -> YamlNode:
    hosts = cassandra["hosts"]
    return _mapping(
        cassandra, {**cassandra.children, "hosts": _text(hosts, ",".join(each.text for each in hosts.items))}
    )


def _with_url(search: YamlNode) -> YamlNode:
    url = search["url"]
    scheme, _, host = url.text.rpartition("://")
    parts = _mapping(url, {"scheme": _text(url, scheme or "http"), "host": _text(url, host)})
    return _mapping(search, {**search.children, "url": parts})


def _text(node: YamlNode, text: str) -> YamlNode:
    return replace(node, text=text, children={}, items=(), is_there=True)


def _mapping(node: YamlNode, children: Mapping[str, YamlNode]) -> YamlNode:
    return replace(node, children=children, items=(), text="", is_there=bool(children))
