"""Writes what each version of Temporal's Helm chart fills in by itself, from a clone of its repository."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from agent.maintain.data_files import render
from agent.maintain.repository import Repository
from agent.maintain.source_tree import MaintainError

FILE = "chart_versions.json"
_ABOUT = (
    "What each version of temporalio/helm-charts fills in by itself, one tag a line; written by `python -m"
    " agent.maintain charts` (docs/matrix.md), not by hand. chart: the version in Chart.yaml, which several"
    " tags share. image: the tag of the server's image. search: the keys of `persistence` that the rendered"
    " file has with Elasticsearch, null for charts whose values list the datastores. own_cassandra:"
    " cassandra.enabled wins over the driver of the default store. cassandra_visibility: it renders a store"
    " `visibility` in Cassandra. sql_visibility_by_default: it renders a store `visibility` in SQL where the"
    " driver of `default` is sql, whatever that of `visibility` is. kafka: it renders brokers. search_index:"
    " the index that it renders; null: that of the values. search_login, search_version, metadata: it renders"
    " user and password and version of Elasticsearch, and server.config.clusterMetadata. shards, http_port:"
    " its own values; null: none."
)
_TAG = re.compile(r"(?:temporal-[01]\.[0-9]+\.[0-9]+|v1\.[0-9]+\.[0-9]+)", re.ASCII)
_CONDITION = r'"temporal\.persistence\.driver" \(list \S+ "%s"\)\) "%s"'
_CASSANDRA_VISIBILITY = re.compile(_CONDITION % ("visibility", "cassandra"))
_SQL_BY_DEFAULT = re.compile(_CONDITION % ("default", "sql"))
_INDEX = re.compile(r"^\s*visibility: (temporal[a-z0-9_-]+)\s*$", re.MULTILINE)


def write(repository: Repository, folder: Path) -> list[str]:
    """Write the file, and say how many tags it has.

    Raises:
        MaintainError: the clone cannot be read, or has no tag of the chart.
    """
    tags = repository.git("tag", "--list").decode().split()
    charts = [_chart(repository, tag) for tag in tags if _TAG.fullmatch(tag)]
    if not charts:
        raise MaintainError("the clone has no tag of Temporal's chart; fetch its tags")
    charts.sort(key=lambda chart: (_numbers(chart["chart"]), _numbers(chart["image"])))
    (folder / FILE).write_bytes(render({"about": _ABOUT, "source": _SOURCE, "charts": charts}))
    return [f"{len(charts)} tags of the chart"]


_SOURCE = "temporalio/helm-charts: Chart.yaml, values.yaml and templates at each tag"


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, re.findall("[0-9]+", version)))


def _chart(repository: Repository, tag: str) -> dict[str, Any]:
    folder = _folder(repository, tag)

    def text(path: str) -> str:
        return repository.git("show", f"refs/tags/{tag}:{folder}{path}").decode()

    about, values = yaml.safe_load(text("Chart.yaml")), yaml.safe_load(text("values.yaml"))
    configs = [text(path) for path in _configs(repository, tag, folder)]
    config = "\n".join(configs)
    server = values["server"]
    has_datastores = "datastores" in server["config"]["persistence"] or "filterConfig" in config
    shards = server["config"].get("numHistoryShards") or server["config"]["persistence"].get(
        "numHistoryShards"
    )
    index = _INDEX.search(config)
    return {
        "tag": tag,
        "chart": str(about["version"]),
        "image": str(server["image"].get("tag") or about["appVersion"]),
        "search": None if has_datastores else list(_search_keys(config)),
        "own_cassandra": '(eq $store "default") $global.Values.cassandra.enabled'
        in text("templates/_helpers.tpl"),
        "cassandra_visibility": _CASSANDRA_VISIBILITY.search(config) is not None,
        # Once for the store `default`, and once more for `visibility`.
        "sql_visibility_by_default": any(len(_SQL_BY_DEFAULT.findall(each)) > 1 for each in configs),
        "kafka": "kafka.address" in config,
        "search_index": index[1] if index else None,
        "search_login": "elasticsearch.username" in config,
        "search_version": "elasticsearch.version" in config,
        "metadata": "config.clusterMetadata" in config,
        "shards": shards,
        "http_port": server["frontend"]["service"].get("httpPort"),
    }


def _folder(repository: Repository, tag: str) -> str:
    listed = repository.git("ls-tree", "--name-only", f"refs/tags/{tag}").decode().split()
    return "" if "Chart.yaml" in listed else "charts/temporal/"


def _configs(repository: Repository, tag: str, folder: str) -> Iterator[str]:
    listed = repository.git("ls-tree", "--name-only", f"refs/tags/{tag}", f"{folder}templates/").decode()
    for path in listed.split():
        if re.search(r"server-(?:[a-z]+-)?configmap\.yaml$", path):
            yield path.removeprefix(folder)


def _search_keys(config: str) -> Iterator[str]:
    """The keys with Elasticsearch, from the lines of the template before its datastores."""
    head = config.partition("datastores:")[0]
    before, condition, inside = head.partition("elasticsearch.external }}")
    if not condition:
        # The store `visibility` is Elasticsearch.
        yield "visibilityStore"
        return
    chosen = re.split(r"\{\{-? *(?:else|end)", inside)[0]
    if "visibilityStore:" in before:
        yield "visibilityStore"
    for key in ("visibilityStore", "advancedVisibilityStore"):
        if re.search(rf"\b{key}:", chosen):
            yield key
