"""Looks for Temporal's settings inside the manifests of other tools.

Source: the custom resource definitions of Argo CD 2.x (`Application`), Flux 2 (`HelmRelease`), K3s
(`HelmChart`), kustomize 5 (`helmCharts`) and temporal-operator 0.x (`TemporalCluster`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from agent.config.temporal_files.file_kind import values_command
from agent.config.temporal_files.operator_cluster import as_server_config
from agent.config.temporal_files.single_values import from_elsewhere, with_value
from agent.config.temporal_files.yaml_tree import YamlNode, embedded

#: The groups of temporal-operator: other operators have other keys.
_OPERATOR = ("temporal.io/", "apps.alexandrevilain.dev/")
#: The server's own file, or values of its chart.
_SETTINGS = re.compile(r"^[ \t]*(?:persistence|server):", re.MULTILINE)
#: Wrappers in wrappers, such as a list of manifests.
_MAX_DEPTH = 3


@dataclass(frozen=True)
class Content:
    """What a file contains. `chart`: version of the Helm chart; `release`: name of the Helm release; or ''.

    `is_server_config`: True where the wrapper says so, None where the shape decides. `is_rendered`: another
    tool renders the server's file from it, so what the file lacks is not an error. `notes`: what the agent
    does not read, each with its place. `server_version`: where the wrapper has it.
    """

    node: YamlNode
    chart: str = ""
    release: str = ""
    is_server_config: bool | None = None
    is_rendered: bool = False
    notes: tuple[tuple[YamlNode, str], ...] = ()
    server_version: YamlNode | None = None


def is_manifest(root: YamlNode) -> bool:
    """Whether it is a Kubernetes object, or a kustomization, which may lack its kind."""
    return bool(root["helmCharts"].items or (root["kind"].text and root["apiVersion"].text))


def contents(root: YamlNode, depth: int = 0) -> Iterator[Content]:
    """Everything in a manifest that may be Temporal's settings.

    Raises:
        ConfigError: text in it is not valid YAML.
    """
    read = _READERS.get(root["kind"].text or "Kustomization")
    if root["kind"].text == "List" and depth < _MAX_DEPTH:
        for item in root["items"].items:
            yield from contents(item, depth + 1)
    elif read is not None:
        yield from read(root)


def _application(root: YamlNode) -> Iterator[Content]:
    spec = root["spec"]
    if root["kind"].text == "ApplicationSet":
        spec = spec.at("template", "spec")
    for source in (spec["source"], *spec["sources"].items):
        helm = source["helm"]
        chart = source["targetRevision"].text if source["chart"].text else ""
        release = helm["releaseName"].text or root.at("metadata", "name").text
        # `valuesObject` wins over `values`, and parameters win over both.
        node = helm["valuesObject"] if helm["valuesObject"].children else _text(helm["values"])
        for parameter in helm["parameters"].items:
            node = with_value(node, parameter["name"].text, parameter["value"])
        for parameter in helm["fileParameters"].items:
            file = from_elsewhere(parameter["path"], parameter["path"].text)
            node = with_value(node, parameter["name"].text, file)
        if node.children:
            yield Content(node, chart, release, notes=_other_files(helm["valueFiles"]))


def _helm_release(root: YamlNode) -> Iterator[Content]:
    spec = root["spec"]
    chart = spec.at("chart", "spec", "version").text or spec.at("chart", "version").text
    release = spec["releaseName"].text or root.at("metadata", "name").text
    node, notes = spec["values"], []
    for source in spec["valuesFrom"].items:
        if source["targetPath"].text:
            file = from_elsewhere(source["name"], f"{source['kind'].text} {source['name'].text}")
            node = with_value(node, source["targetPath"].text, file)
        else:
            notes.append((source["name"], f"is not read: {values_command(source)}"))
    if node.children:
        yield Content(node, chart, release, notes=tuple(notes))


def _helm_chart(root: YamlNode) -> Iterator[Content]:
    node = _text(root.at("spec", "valuesContent"))
    if node.children:
        yield Content(node, root.at("spec", "version").text, root.at("metadata", "name").text)


def _kustomization(root: YamlNode) -> Iterator[Content]:
    # The plugin has the keys of one chart at its top.
    for chart in root["helmCharts"].items or (root,):
        if chart["valuesInline"].children:
            notes = (*_other_files(chart["valuesFile"]), *_other_files(chart["additionalValuesFiles"]))
            yield Content(
                chart["valuesInline"], chart["version"].text, chart["releaseName"].text, notes=notes
            )


def _config_map(root: YamlNode) -> Iterator[Content]:
    for section in (root["data"], root["stringData"]):
        for value in section.children.values():
            # Charts have scripts in ConfigMaps, too.
            if _SETTINGS.search(value.text) and "{{" not in value.text:
                yield Content(embedded(value))


def _temporal_cluster(root: YamlNode) -> Iterator[Content]:
    if not root["apiVersion"].text.startswith(_OPERATOR):
        return
    version = root.at("spec", "version")
    yield Content(as_server_config(root), is_server_config=True, is_rendered=True, server_version=version)


def _other_files(files: YamlNode) -> tuple[tuple[YamlNode, str], ...]:
    """The files of values that a manifest names, which may have settings that it lacks."""
    found = [item for item in (*files.items, files) if item.text]
    how = "list it before this file, `helm_values: [VALUES, MANIFEST]`"
    return tuple((item, f"is {item.text[:200]}, which is not read: {how}") for item in found)


def _text(node: YamlNode) -> YamlNode:
    return embedded(node) if node.text.strip() else replace(node, text="")


_READERS: dict[str, Callable[[YamlNode], Iterator[Content]]] = {
    "Application": _application,
    "ApplicationSet": _application,
    "HelmRelease": _helm_release,
    "HelmChart": _helm_chart,
    "HelmChartConfig": _helm_chart,
    "Kustomization": _kustomization,
    "HelmChartInflationGenerator": _kustomization,
    "ConfigMap": _config_map,
    "Secret": _config_map,
    "TemporalCluster": _temporal_cluster,
}
