"""The files that a cluster names in place of its own stores and addresses, read and merged."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from agent.config.document import Document, parse, text_of
from agent.config.errors import ConfigError, Problem
from agent.config.temporal_files.cluster_metadata import read_own
from agent.config.temporal_files.frontend import read_frontend, read_metrics
from agent.config.temporal_files.helm import read_values
from agent.config.temporal_files.import_result import ImportedSettings
from agent.config.temporal_files.stores import read_stores
from agent.config.temporal_files.streaming import read_streaming
from agent.config.temporal_files.yaml_tree import YamlNode, merged, tree

#: What Go merges as a whole: it decodes the entries of a map anew (gopkg.in/yaml.v3: decode.go).
_MAPS = frozenset({"datastores", "services", "clusterInformation"})
_TEMPLATE = re.compile(r"^(?![ \t]*#).*\{\{", re.MULTILINE)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}", re.ASCII)


def read_server_config(paths: Sequence[Path]) -> ImportedSettings:
    """What the server's own configuration tells; of several files, the last wins, as for the server.

    Raises:
        ConfigError: a file can't be read, is no YAML, or is a template.
    """
    config = _all([_rendered(path) for path in paths], _MAPS)
    reading = ImportedSettings("server_config")
    if not config["persistence"].is_there and config.at("server", "config").is_there:
        raise _error(config.document, "holds values of Temporal's Helm chart: name it with `helm_values`")
    _name(reading, config.at("clusterMetadata", "currentClusterName"))
    read_stores(reading, config["persistence"])
    read_frontend(reading, config)
    read_metrics(reading, config)
    read_streaming(reading, config)
    read_own(reading, config)
    return reading


def read_helm_values(paths: Sequence[Path]) -> ImportedSettings:
    """What the values of Temporal's chart tell; of several files, the last wins, as for Helm.

    Raises:
        ConfigError: a file can't be read, or is no YAML.
    """
    reading = ImportedSettings("helm_values")
    values = _all([_document(path, text_of(path)) for path in paths])
    _name(reading, values.at("server", "config", "clusterMetadata", "currentClusterName"))
    read_values(reading, values)
    return reading


def _all(documents: Sequence[Document], whole: frozenset[str] = frozenset()) -> YamlNode:
    try:
        first, *others = (tree(document) for document in documents)
        for other in others:
            first = merged(first, other, whole)
    except RecursionError as error:
        raise _error(documents[0], "is nested too deep") from error
    return first


def _rendered(path: Path) -> Document:
    text = text_of(path)
    match = _TEMPLATE.search(text)
    if match is not None:
        command = f"temporal-server --config {path.parent} --env {path.stem} render-config"
        message = (
            f"is a template, which is not evaluated here: render it first, with `{command}` (1.28 and later)"
        )
        raise _error(Document(str(path)), message, text.count("\n", 0, match.start()) + 1)
    return _document(path, text)


def _document(path: Path, text: str) -> Document:
    document = parse(Document(str(path), plain=True), text)
    if document.problems:
        raise ConfigError(document.problems)
    return document


def _error(document: Document, message: str, line: int = 0) -> ConfigError:
    return ConfigError([Problem(document.file, line, "", message)])


def _name(reading: ImportedSettings, name: YamlNode) -> None:
    if _NAME.fullmatch(name.text):
        reading.put(("name",), name.text, name)
    else:
        reading.lack(name, "is no name for a cluster" if name.text else "is missing", ("name",))
