"""Loads one YAML file, and optional files per cluster, as a frozen Config, or reports every error at once."""

from __future__ import annotations

import glob
from collections import Counter
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

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
    # It may come through a pipe, such as `<(...)` of a shell.
    document = read(Path(path), allow_pipe=True)
    problems = list(document.problems)
    whole = {} if document.data is None else document.data
    listed = whole.get("clusters", ()) if isinstance(whole, dict) else ()
    parts = []
    if isinstance(listed, tuple):
        parts = [ConfigSection(document, ("clusters", index), data) for index, data in enumerate(listed)]
        whole = {**whole, "clusters": ()} if isinstance(whole, dict) else whole
    if isinstance(whole, dict) and (named := {key: whole[key] for key in KEYS if key in whole}):
        # The shortest configuration is one such line.
        parts.append(ConfigSection(document, (), named))
        whole = {key: value for key, value in whole.items() if key not in KEYS}
    parts += _cluster_files(document, whole, problems)
    parts = [import_temporal_files(part, problems) for part in parts]
    config = _validate(Config, ConfigSection(document, (), whole), problems)
    context = NEWER_MATRIX if config is not None and (config.matrix.file or config.matrix.url) else None
    clusters = [_validate(Cluster, part, problems, context) for part in parts]
    problems += _cross_checks(whole, parts)
    if problems or config is None:
        raise ConfigError(sorted(problems, key=lambda problem: (problem.file, problem.line)))
    return config.model_copy(update={"clusters": tuple(cluster for cluster in clusters if cluster)})


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


def _cluster_files(document: Document, whole: Any, problems: list[Problem]) -> list[ConfigSection]:
    patterns = whole.get("cluster_files") if isinstance(whole, dict) else None
    if not isinstance(patterns, tuple):
        return []
    # Only the user's text is a pattern; the folder's own name must match literally.
    folder = Path(glob.escape(str(Path(document.file).parent)))
    # No path contains NUL: such a pattern matches nothing, and `glob` would fail.
    texts = [pattern for pattern in patterns if isinstance(pattern, str) and "\0" not in pattern]
    parts = []
    for name in sorted({name for text in texts for name in glob.glob(str(folder / text))}):
        try:
            extra = read(Path(name))
        except ConfigError as error:
            problems += error.problems
            continue
        problems += extra.problems
        parts.append(ConfigSection(extra, (), {} if extra.data is None else extra.data))
    return parts


def _cross_checks(whole: Any, parts: list[ConfigSection]) -> list[Problem]:
    """Errors between clusters, by the data as written: repeated names and unlisted environments."""
    environments = whole.get("environments") if isinstance(whole, dict) else None
    mappings = [(part, part.data) for part in parts if isinstance(part.data, dict)]
    count = Counter(str(data.get("name")) for _, data in mappings)
    problems = []
    for part, data in mappings:
        name, environment = str(data.get("name")), data.get("environment", "")
        if "name" in data and count[name] > 1:
            problems.append(
                part.problem(
                    ("name",), f"{count[name]} clusters have the name {name!r}; names must be unique"
                )
            )
        if isinstance(environments, tuple) and environments and environment not in environments:
            problems.append(part.problem(("environment",), f"{environment!r} is not listed in environments"))
    return problems
