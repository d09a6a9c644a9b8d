"""A TemporalCluster of temporal-operator, as the server configuration that the operator renders from it.

Source: alexandrevilain/temporal-operator, api/v1beta1/temporalcluster_types.go and internal/resource/config;
in its first releases api/v1alpha1, which lists the datastores by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from agent.config.temporal_files.yaml_tree import YamlNode

_STORES = ("defaultStore", "visibilityStore", "secondaryVisibilityStore", "advancedVisibilityStore")
_PORT = "7233"
#: The operator's own values for Elasticsearch.
_VERSION, _INDEX = "v7", "temporal_visibility_v1"


def as_server_config(root: YamlNode) -> YamlNode:
    """The parts of the server configuration that the agent reads. Passwords are in Kubernetes secrets."""
    spec, name = root["spec"], root.at("metadata", "name")
    persistence, stores = _listed(spec) if spec["datastores"].items else _inline(spec["persistence"])
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


def _inline(persistence: YamlNode) -> tuple[dict[str, YamlNode], dict[str, YamlNode]]:
    """The names of the stores, and each store: v1beta1 has the store where the name would be."""
    stores = {key: persistence[key] for key in _STORES if persistence[key].children}
    return {key: _text(store, key) for key, store in stores.items()}, stores


def _listed(spec: YamlNode) -> tuple[dict[str, YamlNode], dict[str, YamlNode]]:
    """The names of the stores, and each store, as v1alpha1 has them."""
    names = {key: spec.at("persistence", key) for key in _STORES}
    return names, {store["name"].text: store for store in spec["datastores"].items}


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
    version, indices = search["version"], search["indices"]
    named = {
        "visibility": _default(indices["visibility"], _INDEX),
        "secondary_visibility": indices["secondaryVisibility"],
    }
    more = {"version": _default(version, _VERSION), "indices": _mapping(indices, named)}
    return _mapping(search, {**search.children, **more, "url": parts})


def _default(node: YamlNode, text: str) -> YamlNode:
    return node if node.text else _text(node, text)


def _text(node: YamlNode, text: str) -> YamlNode:
    return replace(node, text=text, children={}, items=(), is_there=True)


def _mapping(node: YamlNode, children: Mapping[str, YamlNode]) -> YamlNode:
    return replace(node, children=children, items=(), text="", is_there=bool(children))
