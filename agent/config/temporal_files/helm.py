"""Reads values of Temporal's Helm chart as the server configuration that the chart renders from them.

Source: temporalio/helm-charts, templates/_helpers.tpl, templates/server-configmap.yaml and values.yaml: of
temporal-1.6.0 and e51b734 (`datastores`), of temporal-0.74.0 and v1.22.4 (`persistence.default.driver`).
"""

from __future__ import annotations

from dataclasses import replace

from agent.config.temporal_files.chart_era import image_of
from agent.config.temporal_files.cluster_metadata import put_keys, put_number
from agent.config.temporal_files.file_kind import HELM_COMMAND
from agent.config.temporal_files.frontend import read_authorization, split
from agent.config.temporal_files.frontend_tls import read_frontend_tls
from agent.config.temporal_files.helm_drivers import read_driver_stores
from agent.config.temporal_files.helm_release import HelmRelease
from agent.config.temporal_files.import_result import ImportedSettings
from agent.config.temporal_files.stores import read_stores
from agent.config.temporal_files.traits import put_dynamic_values, read_chart_traits
from agent.config.temporal_files.yaml_tree import YamlNode, plain, with_children
from agent.model.vocabulary import Role

#: The cluster name that the chart gives if the values have no `clusterMetadata`.
DEFAULT_NAME = "active"
#: What every version of the chart renders then (templates/server-configmap.yaml).
_FAILOVER_VERSION = "1"


#: Temporal's own images, in any registry; the tag of another image need not be a release.
_IMAGES = ("temporalio/server", "temporalio/auto-setup")
_NO_RELEASE = HelmRelease()


def read_values(imported: ImportedSettings, values: YamlNode, release: HelmRelease = _NO_RELEASE) -> None:
    """Import stores and frontend. The values do not have the metrics addresses, which belong to pods."""
    config = values.at("server", "config")
    persistence = config["persistence"]
    if persistence["datastores"].is_there:
        read_stores(imported, _named(persistence))
    elif persistence["default"].is_there or persistence["visibility"].is_there:
        read_driver_stores(imported, values, release)
    else:
        for role in (Role.PERSISTENCE, Role.VISIBILITY):
            what = f"is missing; `{HELM_COMMAND}` prints all values of a release"
            imported.report_missing(persistence["datastores"], what, (role,))
    _frontend(imported, values, config, release)
    _image_release(imported, values.at("server", "image"), release.chart)
    _server_settings(imported, values, metadata(values, release), release.era(values).shards)


def metadata(values: YamlNode, release: HelmRelease) -> YamlNode:
    """The `clusterMetadata` of the values; empty also for charts that do not read it."""
    found = values.at("server", "config", "clusterMetadata")
    return found if release.era(values).reads_metadata else YamlNode(found.document, found.place)


def _server_settings(
    imported: ImportedSettings, values: YamlNode, cluster: YamlNode, own_shards: int
) -> None:
    config = values.at("server", "config")
    name = cluster["currentClusterName"]
    imported.text(
        ("server_file", "cluster_name"), name if cluster.is_there else _with_default(name, DEFAULT_NAME)
    )
    _shards(imported, config, str(own_shards or ""))
    version = cluster.at("clusterInformation", name.text, "initialFailoverVersion")
    if not cluster.is_there:
        version = replace(version, text=_FAILOVER_VERSION)
    put_number(imported, "initial_failover_version", version)
    dynamic = values.at("server", "dynamicConfig")
    put_keys(imported, "dynamic_keys", tuple(dynamic.children), dynamic)
    put_dynamic_values(imported, plain(dynamic) or {}, dynamic)
    read_chart_traits(imported, values["server"])


def _image_release(imported: ImportedSettings, image: YamlNode, chart: str) -> None:
    """The release in the image's tag; without a tag, that of the chart's own image."""
    name, tag = image["repository"].text, image["tag"]
    if not name or name.endswith(_IMAGES):
        imported.image_release(tag, tag.text or image_of(chart))


def _shards(imported: ImportedSettings, config: YamlNode, own: str) -> None:
    """The number of shards: in chart 1.x a key of `persistence`, before that one of `config`."""
    old, new = config["numHistoryShards"], config.at("persistence", "numHistoryShards")
    if not config.at("persistence", "datastores").is_there:
        put_number(imported, "history_shards", _with_default(old, new.text or own))
        return
    put_number(imported, "history_shards", _with_default(new, own))
    if old.text:
        what = (
            "is not read by chart 1.x: it reads server.config.persistence.numHistoryShards, which is"
            f" {new.text or own}"
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
    if not http.is_there and release.era(values).http_port:
        http = replace(http, text=str(release.era(values).http_port))
    if http.number and "frontend" in imported.values.get("temporal", {}):
        scheme = "https" if "tls" in imported.values["temporal"] else "http"
        host, _ = split(imported.values["temporal"]["frontend"])
        imported.put(("temporal", "http"), f"{scheme}://{host}:{http.text}", http)


def _named(persistence: YamlNode) -> YamlNode:
    """The store names, with the chart's defaults where the values do not set them."""
    names = {
        f"{word}Store": _with_default(persistence[f"{word}Store"], word) for word in ("default", "visibility")
    }
    return with_children(persistence, names)


def _with_default(node: YamlNode, default: str) -> YamlNode:
    return node if node.text else replace(node, text=default, is_there=True)
