"""Loads one YAML file, and optional files per cluster, as a frozen Config, or reports every error at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from agent.config.cluster_files import ClusterFiles, Part, sections
from agent.config.connection import Tls
from agent.config.document import Document, read
from agent.config.errors import ConfigError, Problem, in_words
from agent.config.keys import unknown_key
from agent.config.matrix import MatrixSource
from agent.config.model import Cluster, Config, MetricsTarget, Temporal
from agent.config.monitoring import Watch, WebApi
from agent.config.section import ConfigSection
from agent.config.stores import (
    NEWER_MATRIX,
    Cassandra,
    Elasticsearch,
    MySql,
    OneStore,
    PostgreSql,
    Sqlite,
    Store,
)
from agent.config.streaming import EventStreaming, Kafka, ZooKeeper
from agent.config.temporal_files import KEYS, import_temporal_files
from agent.config.waiver import TAGS, AdvisoryWaiver, Waiver

__all__ = [
    "AdvisoryWaiver",
    "Cassandra",
    "Cluster",
    "ClusterFiles",
    "Config",
    "ConfigError",
    "Elasticsearch",
    "EventStreaming",
    "Kafka",
    "MatrixSource",
    "MetricsTarget",
    "MySql",
    "OneStore",
    "PostgreSql",
    "Problem",
    "Sqlite",
    "Store",
    "Temporal",
    "Tls",
    "Waiver",
    "Watch",
    "WebApi",
    "ZooKeeper",
    "load_config",
    "load_valid_part",
]

_M = TypeVar("_M", Config, Cluster)

#: Keys that hold paths, besides those that end in `_file`.
_PATHS = frozenset({"path", "file", "overlays"})


def load_config(path: Path | str) -> Config:
    """Read and validate a configuration, with its cluster files and Temporal's own files.

    Relative paths in a file are relative to that file. Each cluster is validated separately, so an
    error in one cluster does not hide errors in another.

    Raises:
        ConfigError: with every error in all these files.
    """
    config, files = load_valid_part(path)
    if files.rejected:
        raise ConfigError(_sorted(files.problems))
    return config


def load_valid_part(path: Path | str, before: ClusterFiles | None = None) -> tuple[Config, ClusterFiles]:
    """Like `load_config`; but with `watch: true` a cluster file that has errors is only left out.

    While a file has errors, the cluster that `before` has for it stays.

    Raises:
        ConfigError: with every error, if one is outside the cluster files, or without `watch: true`.
    """
    # It may come through a pipe, such as `<(...)` of a shell.
    document = read(Path(path), allow_pipe=True)
    problems = list(document.problems)
    whole, parts = _split(document, problems)
    by_file: dict[str, list[Problem]] = {}
    parts += [Part(each, by_file[each.document.file], True) for each in sections(document, whole, by_file)]
    for part in parts:
        part.section = import_temporal_files(part.section, part.problems)
    config = _validate(Config, ConfigSection(document, (), whole), problems)
    context = NEWER_MATRIX if config is not None and (config.matrix.file or config.matrix.url) else None
    for part in parts:
        part.cluster = _validate(Cluster, part.section, part.problems, context)
    _cross_check(whole, parts, only_files=config is not None and config.watch)
    files = ClusterFiles.of(parts, by_file)
    if problems or config is None or (files.rejected and not config.watch):
        raise ConfigError(_sorted((*problems, *files.problems)))
    own = [part.cluster for part in parts if part.cluster is not None and not part.is_own_file]
    files = files.keeping(before, (cluster.name for cluster in own))
    return config.model_copy(update={"clusters": (*own, *files.valid.values())}), files


def _split(document: Document, problems: list[Problem]) -> tuple[Any, list[Part]]:
    """The data outside the clusters, and the clusters of this file."""
    whole = {} if document.data is None else document.data
    if not isinstance(whole, dict):
        return whole, []
    parts = []
    listed = whole.get("clusters", ())
    if isinstance(listed, tuple):
        parts = [
            Part(ConfigSection(document, ("clusters", index), data), problems)
            for index, data in enumerate(listed)
        ]
        whole = {**whole, "clusters": ()}
    if named := {key: whole[key] for key in KEYS if key in whole}:
        # The shortest configuration is one such line.
        parts.append(Part(ConfigSection(document, (), named), problems))
        whole = {key: value for key, value in whole.items() if key not in KEYS}
    return whole, parts


def _sorted(problems: Iterable[Problem]) -> list[Problem]:
    return sorted(problems, key=lambda problem: (problem.file, problem.line))


def _validate(
    kind: type[_M], part: ConfigSection, problems: list[Problem], context: str | None = None
) -> _M | None:
    try:
        data = _absolute(part.data, Path(part.document.file).parent)
        return kind.model_validate(data, context=context)
    except ValidationError as error:
        for item in error.errors(include_url=False, include_input=False):
            place = tuple(key for key in item["loc"] if key not in TAGS)
            causes = [missing for missing in part.missing if missing.concerns(place)]
            # What the file lacks is the cause, and is reported once.
            problems += [
                cause.problem for cause in causes if cause.is_hidden and cause.problem not in problems
            ]
            if not causes:
                message = in_words(item["type"], item["msg"], place[-1] if place else None)
                if item["type"] == "extra_forbidden" and place[-1] != "proxy_url":
                    message = unknown_key(kind, place, () if len(place) > 1 else KEYS)
                problems.append(part.problem(place, message))
        return None


def _absolute(value: Any, folder: Path) -> Any:
    """The same data, with its relative paths resolved against the folder of their file."""
    if isinstance(value, tuple):
        return tuple(_absolute(item, folder) for item in value)
    if not isinstance(value, dict):
        return value
    return {
        key: _path(item, folder) if key.endswith("_file") or key in _PATHS else _absolute(item, folder)
        for key, item in value.items()
    }


def _path(value: Any, folder: Path) -> Any:
    if isinstance(value, tuple):
        return tuple(_path(item, folder) for item in value)
    return str(folder / value) if isinstance(value, str) and value else _absolute(value, folder)


def _cross_check(whole: Any, parts: list[Part], *, only_files: bool) -> None:
    """Errors between clusters, by the data as written: repeated names and unlisted environments.

    `only_files`: a name that a cluster file repeats is an error of that file only.
    """
    environments = whole.get("environments") if isinstance(whole, dict) else None
    mappings = [(part, part.section.data) for part in parts if isinstance(part.section.data, dict)]
    everywhere = Counter(str(data.get("name")) for _, data in mappings)
    outside_files = Counter(str(data.get("name")) for part, data in mappings if not part.is_own_file)
    for part, data in mappings:
        name, environment = str(data.get("name")), data.get("environment", "")
        count = outside_files if only_files and not part.is_own_file else everywhere
        if "name" in data and count[name] > 1:
            message = f"{count[name]} clusters have the name {name!r}; names must be unique"
            part.problems.append(part.section.problem(("name",), message))
        if isinstance(environments, tuple) and environments and environment not in environments:
            message = f"{environment!r} is not listed in environments"
            part.problems.append(part.section.problem(("environment",), message))
