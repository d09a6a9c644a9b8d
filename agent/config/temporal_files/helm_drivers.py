"""Stores in values of Temporal's Helm chart up to 0.74: a driver for each, Elasticsearch in its own section.

Source: temporalio/helm-charts, templates/_helpers.tpl and templates/server-configmap.yaml at v1.4.0, v1.22.4,
temporal-0.74.0.
"""

from __future__ import annotations

from dataclasses import replace

from agent.config.document import Place
from agent.config.temporal_files.chart_era import ChartEra, SearchLayout
from agent.config.temporal_files.cluster_metadata import put_keys
from agent.config.temporal_files.file_kind import HELM_COMMAND
from agent.config.temporal_files.helm_release import HelmRelease
from agent.config.temporal_files.import_result import ImportedSettings
from agent.config.temporal_files.stores import read_store
from agent.config.temporal_files.yaml_tree import YamlNode, only_children, with_children
from agent.model.file_rules import FileRule
from agent.model.vocabulary import Role

#: The kinds of store that a driver may name.
_DRIVERS = ("cassandra", "sql")
_HELM = f"`{HELM_COMMAND}` shows it"
_NO_CASSANDRA = f"{_HELM}; if it is false, add a file with `cassandra: {{enabled: false}}`"
_NO_SEARCH = f"{_HELM}; if it is false, add a file with `elasticsearch: {{enabled: false}}`"


def read_driver_stores(imported: ImportedSettings, values: YamlNode, release: HelmRelease) -> None:
    """Import the stores, and Kafka of the oldest charts."""
    persistence, era = values.at("server", "config", "persistence"), release.era(values)
    name, default = persistence["defaultStore"].text, persistence.at("default", "driver").text
    if name not in ("", "default"):
        read_store(imported, Role.PERSISTENCE, persistence.at("additionalStores", name))
    elif default and era.driver_decides:
        read_store(imported, Role.PERSISTENCE, _driven(persistence["default"]))
    elif _is_known(imported, values.at("cassandra", "enabled"), (Role.PERSISTENCE,), _NO_CASSANDRA):
        default = "cassandra" if values.at("cassandra", "enabled").flag else default
        read_store(imported, Role.PERSISTENCE, _driven(persistence["default"], default))
    search = values["elasticsearch"]
    if search["external"].flag or search["enabled"].flag:
        _with_search(imported, values, release, default)
        _kafka(imported, values, release)
    elif _is_known(imported, search["enabled"], (Role.VISIBILITY,), _NO_SEARCH):
        _visibility(imported, values, release, default)
        _put_store_keys(imported, persistence, "visibilityStore")


def _visibility(imported: ImportedSettings, values: YamlNode, release: HelmRelease, default: str) -> None:
    """Import the visibility store that is not Elasticsearch. `default`: the driver of the default store."""
    store = values.at("server", "config", "persistence", "visibility")
    driver = store["driver"]
    kinds: tuple[str, ...] = (driver.text,)
    if release.chart and driver.text in _DRIVERS:
        # An image may be newer or older than the chart, so only a version that is given decides.
        kinds = release.era(values).visibility_kinds(default, driver.text)
    if len(kinds) == 1:
        read_store(imported, Role.VISIBILITY, _driven(store, kinds[0]))
        return
    what = (
        f"is {driver.text[:60]}, and that of the default store is {default[:60]}: with these, chart"
        f" {release.chart[:60]} renders {len(kinds)} kinds of store for visibility instead of one"
    )
    imported.refuse_store(Role.VISIBILITY, driver, what, FileRule.STORE_KINDS)


def _with_search(imported: ImportedSettings, values: YamlNode, release: HelmRelease, default: str) -> None:
    era = release.era(values)
    search, persistence = values["elasticsearch"], values.at("server", "config", "persistence")
    store = only_children(search, {"elasticsearch": _search(search, era)})
    layout = era.search_layout
    if layout is None:
        what = (
            "does not show which store Elasticsearch is: charts from 0.33.0 on make it the visibility store,"
            " charts up to 0.31 the advancedVisibilityStore (write the chart's version,"
            " `helm_values: {file: …, chart: 0.33.0}`; two charts are 0.32.0: write the tag v1.22.4 or"
            " temporal-0.32.0)"
        )
        imported.report_missing(values.at("server", "image", "tag"), what, (Role.VISIBILITY,), (Role.SEARCH,))
        return
    if layout is SearchLayout.BOTH:
        _visibility(imported, values, release, default)
    read_store(imported, Role.VISIBILITY if layout is SearchLayout.VISIBILITY else Role.SEARCH, store)
    _put_store_keys(imported, persistence, *layout.value)


def _kafka(imported: ImportedSettings, values: YamlNode, release: HelmRelease) -> None:
    """The broker of old charts: that of the user, or the chart's own, also where that is not enabled."""
    own, kafka = values.at("server", "kafka", "host"), values["kafka"]
    if not release.era(values).renders_kafka or kafka["omitConfig"].flag:
        return
    if own.text:
        imported.put(("event_streaming", "kafka", "brokers"), (own.text,), own)
    elif release.name:
        address = f"{release.name}-kafka-headless:9092"
        imported.put(("event_streaming", "kafka", "brokers"), (address,), kafka)


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
        return only_children(store, {"sql": with_children(inner, {**names, **address})})
    if driver == "cassandra":
        hosts = inner["hosts"]
        listed = ",".join(item.text for item in hosts.items)
        return only_children(
            store, {"cassandra": with_children(inner, {"hosts": replace(hosts, text=hosts.text or listed)})}
        )
    return only_children(store["driver"], {})


def _address(host: YamlNode, port: YamlNode) -> YamlNode:
    return replace(host, text=f"{host.text}:{port.text}" if host.text and port.text else host.text)


def _search(search: YamlNode, era: ChartEra) -> YamlNode:
    """The store, without what charts of this era do not read."""
    url = only_children(
        search, {"scheme": search["scheme"], "host": _address(search["host"], search["port"])}
    )
    index, nothing = search["visibilityIndex"], YamlNode(search.document, search.place)
    if era.search_index:
        index = replace(index, text=era.search_index, is_there=True)
    ignored = () if era.reads_search_login else ("username", "password")
    ignored = ignored if era.reads_search_version else (*ignored, "version")
    return with_children(
        search,
        {
            "url": url,
            "indices": only_children(search, {"visibility": index}),
            **dict.fromkeys(ignored, nothing),
        },
    )
