"""Values of Temporal's Helm chart, as the server configuration that the chart makes of them.

Source: temporalio/helm-charts, templates/_helpers.tpl, templates/server-configmap.yaml and values.yaml: of
temporal-1.6.0 and e51b734 (`datastores`), of temporal-0.74.0 and v1.22.4 (`persistence.default.driver`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from agent.config.temporal_files.cluster_metadata import put_keys, put_number
from agent.config.temporal_files.frontend import read_frontend_tls, split
from agent.config.temporal_files.import_result import ImportedSettings
from agent.config.temporal_files.stores import read_store, read_stores
from agent.config.temporal_files.yaml_tree import YamlNode
from agent.model.vocabulary import Role

_MINOR = re.compile(r"v?([0-9]{1,4})\.([0-9]{1,4})\b.*", re.ASCII)


def read_values(reading: ImportedSettings, values: YamlNode) -> None:
    """Stores and frontend. The metrics are those of pods, of which values know nothing."""
    config = values.at("server", "config")
    persistence = config["persistence"]
    if persistence["datastores"].is_there:
        read_stores(reading, _named(persistence))
    elif persistence["default"].is_there or persistence["visibility"].is_there:
        _old_shape(reading, values, persistence)
    else:
        for role in (Role.PERSISTENCE, Role.VISIBILITY):
            reading.lack(persistence["datastores"], "is missing", (role,))
    _frontend(reading, values, config)
    _own(reading, values, config)


def _own(reading: ImportedSettings, values: YamlNode, config: YamlNode) -> None:
    cluster = config["clusterMetadata"]
    name = cluster["currentClusterName"]
    reading.text(("server_file", "cluster_name"), name if cluster.is_there else _word(name, "active"))
    for shards in (config["numHistoryShards"], config.at("persistence", "numHistoryShards")):
        put_number(reading, "history_shards", shards)
    version = cluster.at("clusterInformation", name.text, "initialFailoverVersion")
    put_number(reading, "initial_failover_version", version)
    dynamic = values.at("server", "dynamicConfig")
    put_keys(reading, "dynamic_keys", tuple(dynamic.children), dynamic)


def _frontend(reading: ImportedSettings, values: YamlNode, config: YamlNode) -> None:
    server, name = values["server"], values["fullnameOverride"]
    service, address = server.at("frontend", "service"), server["publicClientHostPort"]
    port = service["port"].text or "7233"
    if address.text or name.text:
        found = address.text or f"{name.text}-frontend:{port}"
        reading.put(("temporal", "frontend"), found, address if address.text else name)
    else:
        reading.lack(name, "is missing, so the release names the frontend", ("temporal", "frontend"))
    concise = server.at("tls", "frontend")
    if concise["enabled"].flag:
        reading.put(("temporal", "tls"), {}, concise)
        folder = concise["mountPath"].text or "/etc/temporal/tls/frontend"
        reading.put(("temporal", "tls", "ca_file"), f"{folder}/ca.crt", concise)
        reading.text(("temporal", "tls", "server_name"), concise["serverName"])
        if concise["requireClientAuth"].flag:
            what = "wants a certificate of every client, so the agent needs one of its own"
            reading.lack(concise["requireClientAuth"], what, ("temporal", "tls", "cert_file"))
    read_frontend_tls(reading, config.at("tls", "frontend"))
    if service["httpPort"].number and "frontend" in reading.values.get("temporal", {}):
        scheme = "https" if "tls" in reading.values["temporal"] else "http"
        host, _ = split(reading.values["temporal"]["frontend"])
        reading.put(
            ("temporal", "http"), f"{scheme}://{host}:{service['httpPort'].text}", service["httpPort"]
        )


def _named(persistence: YamlNode) -> YamlNode:
    """The names of the stores need not be given: the chart has values of its own for them."""
    names = {f"{word}Store": _word(persistence[f"{word}Store"], word) for word in ("default", "visibility")}
    return _with(persistence, names)


def _word(node: YamlNode, default: str) -> YamlNode:
    return node if node.text else replace(node, text=default, is_there=True)


# Up to chart 0.74: a driver a store, and Elasticsearch apart from all others


def _old_shape(reading: ImportedSettings, values: YamlNode, persistence: YamlNode) -> None:
    name = persistence["defaultStore"].text
    if name not in ("", "default"):
        read_store(reading, Role.PERSISTENCE, persistence.at("additionalStores", name))
    elif _is_known(reading, values.at("cassandra", "enabled"), (Role.PERSISTENCE,)):
        own = values.at("cassandra", "enabled").flag
        read_store(reading, Role.PERSISTENCE, _driven(persistence["default"], "cassandra" if own else ""))
    search = values["elasticsearch"]
    if search["external"].flag or search["enabled"].flag:
        # The charts of these servers made it the advancedVisibilityStore (tag v1.22.4; no more in 0.32.0).
        role = Role.SEARCH if _is_old(values.at("server", "image", "tag").text) else Role.VISIBILITY
        read_store(reading, role, _only(search, {"elasticsearch": _search(search)}))
    elif _is_known(reading, search["enabled"], (Role.VISIBILITY,)):
        read_store(reading, Role.VISIBILITY, _driven(persistence["visibility"]))


def _is_known(reading: ImportedSettings, enabled: YamlNode, want: tuple[str, ...]) -> bool:
    if not enabled.is_there:
        whole = "`helm get values RELEASE --all -o yaml` tells it"
        reading.lack(enabled, f"is missing, and the chart's own value is true ({whole})", want)
    return enabled.is_there


def _driven(store: YamlNode, driver: str = "") -> YamlNode:
    driver = driver or store["driver"].text
    inner = store[driver]
    if driver == "sql":
        names = {"pluginName": inner["driver"], "databaseName": inner["database"]}
        address = {"connectAddr": _address(inner["host"], inner["port"])}
        return _only(store, {"sql": _with(inner, {**names, **address})})
    if driver == "cassandra":
        hosts = inner["hosts"]
        listed = ",".join(item.text for item in hosts.items)
        return _only(store, {"cassandra": _with(inner, {"hosts": replace(hosts, text=hosts.text or listed)})})
    return _only(store["driver"], {})


def _address(host: YamlNode, port: YamlNode) -> YamlNode:
    return replace(host, text=f"{host.text}:{port.text}" if host.text and port.text else host.text)


def _search(search: YamlNode) -> YamlNode:
    url = _only(search, {"scheme": search["scheme"], "host": _address(search["host"], search["port"])})
    return _with(search, {"url": url, "indices": _only(search, {"visibility": search["visibilityIndex"]})})


def _is_old(tag: str) -> bool:
    match = _MINOR.match(tag)
    return match is not None and (int(match[1]), int(match[2])) <= (1, 22)


def _with(node: YamlNode, children: Mapping[str, YamlNode]) -> YamlNode:
    return _only(node, {**node.children, **children})


def _only(node: YamlNode, children: Mapping[str, YamlNode]) -> YamlNode:
    return replace(node, children=children, text="", is_there=True)
