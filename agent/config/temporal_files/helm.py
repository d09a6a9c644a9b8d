"""Reads values of Temporal's Helm chart as the server configuration that the chart renders from them.

Source: temporalio/helm-charts, templates/_helpers.tpl, templates/server-configmap.yaml and values.yaml: of
temporal-1.6.0 and e51b734 (`datastores`), of temporal-0.74.0 and v1.22.4 (`persistence.default.driver`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from agent.config.document import Place
from agent.config.temporal_files.chart_era import SearchLayout, driver_decides, renders_kafka, search_layout
from agent.config.temporal_files.cluster_metadata import put_keys, put_number
from agent.config.temporal_files.file_kind import HELM_COMMAND
from agent.config.temporal_files.frontend import read_authorization, split
from agent.config.temporal_files.frontend_tls import read_frontend_tls
from agent.config.temporal_files.import_result import ImportedSettings
from agent.config.temporal_files.stores import read_store, read_stores
from agent.config.temporal_files.traits import put_dynamic_values, read_chart_traits
from agent.config.temporal_files.yaml_tree import YamlNode, plain
from agent.model.vocabulary import Role

_SEARCH_KEYS = {
    SearchLayout.BOTH: ("visibilityStore", "advancedVisibilityStore"),
    SearchLayout.SEARCH: ("advancedVisibilityStore",),
    SearchLayout.VISIBILITY: ("visibilityStore",),
}
#: The cluster name that the chart gives if the values have no `clusterMetadata`.
DEFAULT_NAME = "active"
#: What every version of the chart has for these (values.yaml, templates/server-configmap.yaml).
_SHARDS = "512"
_FAILOVER_VERSION = "1"
#: Chart 1.x; charts before 0.44 have no HTTP port.
_HTTP_PORT = "7243"
_HELM = f"`{HELM_COMMAND}` shows it"
_NO_CASSANDRA = f"{_HELM}; if it is false, add a file with `cassandra: {{enabled: false}}`"
_NO_SEARCH = f"{_HELM}; if it is false, add a file with `elasticsearch: {{enabled: false}}`"


@dataclass(frozen=True)
class HelmRelease:
    """What the values do not say: the version of the `chart`, the release's `name`, and the chart's `alias`
    in an umbrella chart. Each may be ''.
    """

    chart: str = ""
    name: str = ""
    alias: str = ""

    def full_name(self, values: YamlNode) -> str:
        """The name with which the chart's objects begin; '' if it is not known (_helpers.tpl)."""
        if override := values["fullnameOverride"].text:
            return override[:_MAX_NAME].removesuffix("-")
        chart = values["nameOverride"].text or self.alias or "temporal"
        if not self.name:
            return ""
        whole = self.name if chart in self.name else f"{self.name}-{chart}"
        return whole[:_MAX_NAME].removesuffix("-")


_NO_RELEASE = HelmRelease()
_MAX_NAME = 63


def read_values(imported: ImportedSettings, values: YamlNode, release: HelmRelease = _NO_RELEASE) -> None:
    """Import stores and frontend. The values do not have the metrics addresses, which belong to pods."""
    config = values.at("server", "config")
    persistence = config["persistence"]
    if persistence["datastores"].is_there:
        read_stores(imported, _named(persistence))
    elif persistence["default"].is_there or persistence["visibility"].is_there:
        _read_0x_stores(imported, values, release)
    else:
        for role in (Role.PERSISTENCE, Role.VISIBILITY):
            imported.report_missing(persistence["datastores"], "is missing", (role,))
    _frontend(imported, values, config, release)
    _server_settings(imported, values, config)


def _server_settings(imported: ImportedSettings, values: YamlNode, config: YamlNode) -> None:
    cluster = config["clusterMetadata"]
    name = cluster["currentClusterName"]
    imported.text(
        ("server_file", "cluster_name"), name if cluster.is_there else _with_default(name, DEFAULT_NAME)
    )
    _shards(imported, config)
    version = cluster.at("clusterInformation", name.text, "initialFailoverVersion")
    if not cluster.is_there:
        version = replace(version, text=_FAILOVER_VERSION)
    put_number(imported, "initial_failover_version", version)
    dynamic = values.at("server", "dynamicConfig")
    put_keys(imported, "dynamic_keys", tuple(dynamic.children), dynamic)
    put_dynamic_values(imported, plain(dynamic) or {}, dynamic)
    read_chart_traits(imported, values["server"])


def _shards(imported: ImportedSettings, config: YamlNode) -> None:
    """The number of shards: in chart 1.x a key of `persistence`, before that one of `config`."""
    old, new = config["numHistoryShards"], config.at("persistence", "numHistoryShards")
    if not config.at("persistence", "datastores").is_there:
        put_number(imported, "history_shards", _with_default(old, new.text or _SHARDS))
        return
    put_number(imported, "history_shards", _with_default(new, _SHARDS))
    if old.text:
        what = (
            "is not read by chart 1.x: it reads server.config.persistence.numHistoryShards, which is"
            f" {new.text or _SHARDS}"
        )
        imported.note(old, what)


def _frontend(imported: ImportedSettings, values: YamlNode, config: YamlNode, release: HelmRelease) -> None:
    server, name = values["server"], values["fullnameOverride"]
    full_name = release.full_name(values)
    service, address = server.at("frontend", "service"), server["publicClientHostPort"]
    port = service["port"].text or "7233"
    if address.text or full_name:
        host_port = address.text or f"{full_name}-frontend:{port}"
        imported.put(("temporal", "frontend"), host_port, address if address.text else name)
    else:
        imported.report_missing(
            name,
            "is missing, so the Helm release decides the frontend's name (write the name of the release,"
            " `helm_values: {file: …, release: NAME}`)",
            ("temporal", "frontend"),
        )
    concise = server.at("tls", "frontend")
    if concise["enabled"].flag:
        imported.put(("temporal", "tls"), {}, concise)
        folder = concise["mountPath"].text or "/etc/temporal/tls/frontend"
        imported.put(("temporal", "tls", "ca_file"), f"{folder}/ca.crt", concise)
        imported.text(("temporal", "tls", "server_name"), concise["serverName"])
        if concise["requireClientAuth"].flag:
            what = "requires client certificates, so the agent needs its own"
            imported.report_missing(concise["requireClientAuth"], what, ("temporal", "tls", "cert_file"))
    read_frontend_tls(imported, config["tls"])
    read_authorization(imported, config["authorization"])
    http = service["httpPort"]
    if config.at("persistence", "datastores").is_there and not http.is_there:
        http = replace(http, text=_HTTP_PORT)
    if http.number and "frontend" in imported.values.get("temporal", {}):
        scheme = "https" if "tls" in imported.values["temporal"] else "http"
        host, _ = split(imported.values["temporal"]["frontend"])
        imported.put(("temporal", "http"), f"{scheme}://{host}:{http.text}", http)


def _named(persistence: YamlNode) -> YamlNode:
    """The store names, with the chart's defaults where the values do not set them."""
    names = {
        f"{word}Store": _with_default(persistence[f"{word}Store"], word) for word in ("default", "visibility")
    }
    return _with(persistence, names)


def _with_default(node: YamlNode, default: str) -> YamlNode:
    return node if node.text else replace(node, text=default, is_there=True)


# Up to chart 0.74: one driver per store, and Elasticsearch in a section of its own


def _read_0x_stores(imported: ImportedSettings, values: YamlNode, release: HelmRelease) -> None:
    persistence = values.at("server", "config", "persistence")
    name = persistence["defaultStore"].text
    if name not in ("", "default"):
        read_store(imported, Role.PERSISTENCE, persistence.at("additionalStores", name))
    elif persistence.at("default", "driver").text and driver_decides(release.chart, _tag(values)):
        read_store(imported, Role.PERSISTENCE, _driven(persistence["default"]))
    elif _is_known(imported, values.at("cassandra", "enabled"), (Role.PERSISTENCE,), _NO_CASSANDRA):
        own = values.at("cassandra", "enabled").flag
        read_store(imported, Role.PERSISTENCE, _driven(persistence["default"], "cassandra" if own else ""))
    search = values["elasticsearch"]
    if search["external"].flag or search["enabled"].flag:
        _with_search(imported, values, release.chart)
        _kafka(imported, values, release)
    elif _is_known(imported, search["enabled"], (Role.VISIBILITY,), _NO_SEARCH):
        read_store(imported, Role.VISIBILITY, _driven(persistence["visibility"]))
        _put_store_keys(imported, persistence, "visibilityStore")


def _with_search(imported: ImportedSettings, values: YamlNode, chart: str) -> None:
    search, persistence = values["elasticsearch"], values.at("server", "config", "persistence")
    store = _only(search, {"elasticsearch": _search(search)})
    layout = search_layout(chart, _tag(values))
    if layout is None:
        what = (
            "does not show which store Elasticsearch is: charts from 0.33.0 on make it the visibility store,"
            " charts up to 0.31 the advancedVisibilityStore (write the chart's version,"
            " `helm_values: {file: …, chart: 0.33.0}`)"
        )
        imported.report_missing(values.at("server", "image", "tag"), what, (Role.VISIBILITY,), (Role.SEARCH,))
        return
    if layout is SearchLayout.BOTH:
        read_store(imported, Role.VISIBILITY, _driven(persistence["visibility"]))
    read_store(imported, Role.VISIBILITY if layout is SearchLayout.VISIBILITY else Role.SEARCH, store)
    _put_store_keys(imported, persistence, *_SEARCH_KEYS[layout])


def _tag(values: YamlNode) -> str | None:
    """The tag of the image; None if the values have no such key."""
    image = values.at("server", "image")
    return image["tag"].text if "tag" in image.children else None


def _kafka(imported: ImportedSettings, values: YamlNode, release: HelmRelease) -> None:
    """The broker of old charts: that of the user, or the chart's own."""
    own, enabled = values.at("server", "kafka", "host"), values.at("kafka", "enabled")
    if not renders_kafka(release.chart, _tag(values)):
        return
    if own.text:
        imported.put(("event_streaming", "kafka", "brokers"), (own.text,), own)
    elif enabled.flag and release.name:
        address = f"{release.name}-kafka-headless:9092"
        imported.put(("event_streaming", "kafka", "brokers"), (address,), enabled)


def _put_store_keys(imported: ImportedSettings, persistence: YamlNode, *keys: str) -> None:
    put_keys(imported, "store_keys", ("defaultStore", *keys), persistence)


def _is_known(imported: ImportedSettings, enabled: YamlNode, want: Place, how: str) -> bool:
    if not enabled.is_there:
        imported.report_missing(enabled, f"is missing, and the chart's default is true ({how})", want)
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


def _with(node: YamlNode, children: Mapping[str, YamlNode]) -> YamlNode:
    return _only(node, {**node.children, **children})


def _only(node: YamlNode, children: Mapping[str, YamlNode]) -> YamlNode:
    return replace(node, children=children, text="", is_there=True)
