"""One YAML file (and a file a cluster, if wanted) to a frozen Config, or to every error at once."""

from __future__ import annotations

import glob
from collections import Counter
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from agent.config.connection import Tls
from agent.config.document import Document, read
from agent.config.errors import ConfigError, Problem, in_words
from agent.config.matrix import MatrixSource
from agent.config.model import Cluster, Config, MetricsTarget, Temporal
from agent.config.monitoring import Watch, WebApi
from agent.config.section import Part
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
from agent.config.temporal_files import filled

__all__ = [
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
    "Watch",
    "WebApi",
    "ZooKeeper",
    "load_config",
]

_M = TypeVar("_M", Config, Cluster)

#: Keys of paths, beside those that end in `_file`.
_PATHS = frozenset({"path", "file", "overlays"})
#: A key of clusters that a configuration may also consist of.
_ALONE = "server_config"


def load_config(path: Path | str) -> Config:
    """Read and validate a configuration, the cluster files that it names and those of Temporal itself.

    Relative paths in a file are relative to that file. Each cluster is validated for itself, so an
    error in one hides none of another.

    Raises:
        ConfigError: with every error in all of these files.
    """
    document = read(Path(path))
    problems = list(document.problems)
    whole = {} if document.data is None else document.data
    listed = whole.get("clusters", ()) if isinstance(whole, dict) else ()
    parts = []
    if isinstance(listed, tuple):
        parts = [Part(document, ("clusters", index), data) for index, data in enumerate(listed)]
        whole = {**whole, "clusters": ()} if isinstance(whole, dict) else whole
    if isinstance(whole, dict) and _ALONE in whole:
        # The shortest configuration: this one line.
        parts.append(Part(document, (), {_ALONE: whole[_ALONE]}))
        whole = {key: value for key, value in whole.items() if key != _ALONE}
    parts += _cluster_files(document, whole, problems)
    parts = [filled(part, problems) for part in parts]
    config = _validate(Config, Part(document, (), whole), problems)
    context = NEWER_MATRIX if config is not None and (config.matrix.file or config.matrix.url) else None
    clusters = [_validate(Cluster, part, problems, context) for part in parts]
    problems += _cross_checks(whole, parts)
    if problems or config is None:
        raise ConfigError(sorted(problems, key=lambda problem: (problem.file, problem.line)))
    return config.model_copy(update={"clusters": tuple(cluster for cluster in clusters if cluster)})


def _validate(kind: type[_M], part: Part, problems: list[Problem], context: str | None = None) -> _M | None:
    try:
        data = _absolute(part.data, Path(part.document.file).parent)
        return kind.model_validate(data, context=context)
    except ValidationError as error:
        problems += [
            part.problem(tuple(item["loc"]), in_words(item["type"], item["msg"]))
            for item in error.errors(include_url=False, include_input=False)
            if not any(lack.concerns(tuple(item["loc"])) for lack in part.lacks)
        ]
        return None


def _absolute(value: Any, folder: Path) -> Any:
    """The same data with the paths in it relative to the folder of their file."""
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


def _cluster_files(document: Document, whole: Any, problems: list[Problem]) -> list[Part]:
    patterns = whole.get("cluster_files") if isinstance(whole, dict) else None
    if not isinstance(patterns, tuple):
        return []
    # The patterns are the user's; the folder's own name is none.
    folder = Path(glob.escape(str(Path(document.file).parent)))
    texts = [pattern for pattern in patterns if isinstance(pattern, str)]
    parts = []
    for name in sorted({name for text in texts for name in glob.glob(str(folder / text))}):
        try:
            extra = read(Path(name))
        except ConfigError as error:
            problems += error.problems
            continue
        problems += extra.problems
        parts.append(Part(extra, (), {} if extra.data is None else extra.data))
    return parts


def _cross_checks(whole: Any, parts: list[Part]) -> list[Problem]:
    """What no cluster can know alone, by the data as written: names are unique, environments listed."""
    environments = whole.get("environments") if isinstance(whole, dict) else None
    named = [(part, part.data) for part in parts if isinstance(part.data, dict)]
    count = Counter(str(data.get("name")) for _, data in named)
    problems = []
    for part, data in named:
        name, environment = str(data.get("name")), data.get("environment", "")
        if "name" in data and count[name] > 1:
            problems.append(part.problem(("name",), f"{count[name]} clusters have the name {name!r}"))
        if isinstance(environments, tuple) and environments and environment not in environments:
            problems.append(part.problem(("environment",), f"{environment!r} is not among the environments"))
    return problems
