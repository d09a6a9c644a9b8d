"""Reads and merges the Temporal files that a cluster names instead of its own stores and addresses."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from agent.config.document import Document, parse, text_of
from agent.config.errors import ConfigError, Problem
from agent.config.temporal_files.cluster_metadata import read_server_settings
from agent.config.temporal_files.frontend import read_frontend, read_metrics
from agent.config.temporal_files.helm import read_values
from agent.config.temporal_files.import_result import ImportedSettings
from agent.config.temporal_files.stores import read_stores
from agent.config.temporal_files.streaming import read_streaming
from agent.config.temporal_files.validation import find_violations
from agent.config.temporal_files.yaml_tree import YamlNode, merged, tree

#: Go replaces each entry of these maps as a whole (gopkg.in/yaml.v3: decode.go).
_REPLACED_ENTRIES = frozenset({"datastores", "services", "clusterInformation"})
_TEMPLATE = re.compile(r"^(?![ \t]*#).*\{\{", re.MULTILINE)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}", re.ASCII)


def read_server_config(paths: Sequence[Path]) -> ImportedSettings:
    """The settings in the server's own configuration. The last of several files wins, as for the server.

    Raises:
        ConfigError: a file cannot be read, is not valid YAML, or is a template.
    """
    config = _merge_all([_read_rendered(path) for path in paths], _REPLACED_ENTRIES)
    imported = ImportedSettings("server_config")
    if not config["persistence"].is_there and config.at("server", "config").is_there:
        raise _error(
            config.document, "contains values of Temporal's Helm chart: use the key `helm_values` for it"
        )
    import_server_settings(imported, config, config)
    return imported


def import_server_settings(imported: ImportedSettings, config: YamlNode, reachable: YamlNode) -> None:
    """Import what a server's configuration says. `reachable`: the same, with addresses for other machines."""
    _name(imported, config.at("clusterMetadata", "currentClusterName"))
    read_stores(imported, config["persistence"])
    read_frontend(imported, reachable)
    read_metrics(imported, reachable)
    read_streaming(imported, config)
    read_server_settings(imported, config)
    _violations(imported, config)


def read_helm_values(paths: Sequence[Path]) -> ImportedSettings:
    """The settings in values of Temporal's Helm chart. The last of several files wins, as for Helm.

    Raises:
        ConfigError: a file cannot be read, or is not valid YAML.
    """
    imported = ImportedSettings("helm_values")
    values = _merge_all([_read_document(path, text_of(path)) for path in paths])
    _name(imported, values.at("server", "config", "clusterMetadata", "currentClusterName"))
    read_values(imported, values)
    return imported


def _violations(imported: ImportedSettings, config: YamlNode) -> None:
    """What releases refuse in the file."""
    listed = tuple({"rule": str(each.rule), "found": each.found} for each in find_violations(config))
    if listed:
        imported.put(("server_file", "violations"), listed, config)


def _merge_all(documents: Sequence[Document], replaced: frozenset[str] = frozenset()) -> YamlNode:
    try:
        first, *others = (tree(document) for document in documents)
        for other in others:
            first = merged(first, other, replaced)
    except RecursionError as error:
        raise _error(documents[0], "is nested too deeply") from error
    return first


def _read_rendered(path: Path) -> Document:
    text = text_of(path)
    match = _TEMPLATE.search(text)
    if match is not None:
        command = f"temporal-server --config {path.parent} --env {path.stem} render-config"
        message = (
            f"is a template, which the agent does not evaluate: render it with `{command}` (1.28 and later)"
        )
        raise _error(Document(str(path)), message, text.count("\n", 0, match.start()) + 1)
    return _read_document(path, text)


def _read_document(path: Path, text: str) -> Document:
    document = parse(Document(str(path), plain=True), text)
    if document.problems:
        raise ConfigError(document.problems)
    return document


def _error(document: Document, message: str, line: int = 0) -> ConfigError:
    return ConfigError([Problem(document.file, line, "", message)])


def _name(imported: ImportedSettings, name: YamlNode) -> None:
    if _NAME.fullmatch(name.text):
        imported.put(("name",), name.text, name)
    else:
        imported.report_missing(name, "is not a valid cluster name" if name.text else "is missing", ("name",))
