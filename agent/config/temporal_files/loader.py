"""Reads and merges the Temporal files that a cluster names instead of its own stores and addresses."""

from __future__ import annotations

import re
from collections.abc import Sequence

from agent.config.document import path_text
from agent.config.errors import ConfigError, Problem
from agent.config.temporal_files.cluster_metadata import read_server_settings
from agent.config.temporal_files.container_host import at_host, has_own_address
from agent.config.temporal_files.content import NamedFiles, read_content
from agent.config.temporal_files.file_kind import (
    HELM_COMMAND,
    has_values,
    is_server_config,
    may_be_server_config,
    parts_with_values,
)
from agent.config.temporal_files.frontend import read_authorization, read_frontend, read_metrics
from agent.config.temporal_files.helm import DEFAULT_NAME, metadata, read_values
from agent.config.temporal_files.helm_release import HelmRelease
from agent.config.temporal_files.import_result import ImportedSettings
from agent.config.temporal_files.known_keys import unknown_keys
from agent.config.temporal_files.placeholders import filled_in
from agent.config.temporal_files.refused import leave_out_refused
from agent.config.temporal_files.stores import read_stores
from agent.config.temporal_files.streaming import read_streaming
from agent.config.temporal_files.traits import read_server_traits
from agent.config.temporal_files.validation import find_violations
from agent.config.temporal_files.wrappers import Content
from agent.config.temporal_files.yaml_tree import YamlNode, merged

#: Go replaces each entry of these maps as a whole (gopkg.in/yaml.v3: decode.go).
_REPLACED_ENTRIES = frozenset({"datastores", "services", "clusterInformation"})
#: What only Temporal's chart has below `server`, in all its versions.
_SERVER_VALUES = frozenset({"dynamicConfig", "frontend", "history", "matching", "worker", "archival"})
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}", re.ASCII)


def read_server_config(files: NamedFiles) -> ImportedSettings:
    """The settings in the server's own configuration. The last of several files wins, as for the server.

    Raises:
        ConfigError: a file cannot be read, is not valid YAML, is a template, or is something else.
    """
    variables = files.variables
    contents = [read_content(path, rejects_templates=True, variables=variables) for path in files.paths]
    if all(content.is_server_config is False for content in contents):
        # A manifest that has values inside: its kind says how to read it.
        return _values("server_config", contents, files)
    config = _merge_all(contents, _REPLACED_ENTRIES)
    if not is_server_config(config) and next(parts_with_values(config), None) is not None:
        raise _error(config, "contains values of Temporal's Helm chart: use the key `helm_values` for it")
    if not may_be_server_config(config):
        raise _error(config, "is not Temporal's own configuration: it has no `persistence`")
    host = variables.host if variables is not None else ""
    reachable = at_host(config, host, has_address=has_own_address(config)) if host else config
    return _config("server_config", config, contents[0], reachable)


def read_helm_values(files: NamedFiles) -> ImportedSettings:
    """The settings in values of Temporal's Helm chart. The last of several files wins, as for Helm.

    Raises:
        ConfigError: a file cannot be read, is not valid YAML, or is something else.
    """
    contents = [read_content(path) for path in files.paths]
    if all(content.is_server_config for content in contents):
        config = _merge_all(contents, _REPLACED_ENTRIES)
        return _config("helm_values", config, contents[0], config)
    return _values("helm_values", contents, files)


def _config(key: str, config: YamlNode, first: Content, reachable: YamlNode) -> ImportedSettings:
    imported = ImportedSettings(key)
    import_server_settings(imported, config, reachable, is_rendered=first.is_rendered)
    if first.server_version is not None:
        imported.image_release(first.server_version, first.server_version.text)
    if not first.is_rendered:
        leave_out_refused(imported, config, tuple(find_violations(config)))
    return imported


def import_server_settings(
    imported: ImportedSettings, config: YamlNode, reachable: YamlNode, *, is_rendered: bool = False
) -> None:
    """Import what a server's configuration says. `reachable`: the same, with addresses for other machines.

    `is_rendered`: another program writes the file of the server, so what it lacks here says nothing.
    """
    _name(imported, config.at("clusterMetadata", "currentClusterName"))
    read_stores(imported, config["persistence"])
    read_frontend(imported, reachable)
    read_metrics(imported, reachable)
    read_streaming(imported, config)
    read_server_settings(imported, config)
    read_server_traits(imported, config)
    read_authorization(imported, config.at("global", "authorization"))
    if not is_rendered:
        _violations(imported, config)
        for node, what in unknown_keys(config):
            imported.note(node, what)


def _values(key: str, contents: Sequence[Content], files: NamedFiles) -> ImportedSettings:
    imported = ImportedSettings(key)
    root = _merge_all(contents)
    values = _part(root, files.under)
    release = HelmRelease(
        chart=files.chart or next((each.chart for each in contents if each.chart), ""),
        name=files.release or next((each.release for each in contents if each.release), ""),
        alias=str(values.place[-1]) if values.place != root.place else "",
    )
    cluster = metadata(values, release)
    if cluster.is_there:
        _name(imported, cluster["currentClusterName"])
    else:
        imported.put(("name",), DEFAULT_NAME, cluster)
    read_values(imported, values, release)
    for node, what in (note for content in contents for note in content.notes):
        imported.note(node, what)
    return imported


def _part(root: YamlNode, under: str) -> YamlNode:
    """The values of Temporal's chart: at the top, or below the name of a dependency."""
    if under:
        part = root.at(*under.split("."))
        if not part.children:
            raise _error(root, f"has no values below `{under}`")
        return part
    if has_values(root):
        return root
    parts = list(parts_with_values(root))
    if len(parts) > 1:
        names = ", ".join(path_text(part.place)[:60] for part in parts[:5])
        names += ", …" if len(parts) > 5 else ""
        choose = f"choose one with `helm_values: {{file: …, under: {path_text(parts[0].place)}}}`"
        raise _error(root, f"contains values of Temporal's chart {len(parts)} times, below {names}: {choose}")
    if parts:
        return parts[0]
    if is_server_config(root):
        raise _error(root, "contains Temporal's own configuration: use the key `server_config` for it")
    if root["server"].children.keys() & _SERVER_VALUES:
        return root
    what = "has no values of Temporal's chart: it has no `server.config`"
    raise _error(root, f"{what}. `{HELM_COMMAND}` prints all values of a release")


def _violations(imported: ImportedSettings, config: YamlNode) -> None:
    """Import what releases refuse in the file."""
    listed = tuple({"rule": str(each.rule), "found": each.found} for each in find_violations(config))
    if listed:
        imported.put(("server_file", "violations"), listed, config)


def _merge_all(contents: Sequence[Content], replaced: frozenset[str] = frozenset()) -> YamlNode:
    first, *others = (content.node for content in contents)
    try:
        for other in others:
            first = merged(first, other, replaced)
        return filled_in(first)
    except RecursionError as error:
        raise _error(first, "is nested too deeply") from error


def _error(node: YamlNode, message: str) -> ConfigError:
    return ConfigError([Problem(node.document.file, 0, "", message)])


def _name(imported: ImportedSettings, name: YamlNode) -> None:
    if _NAME.fullmatch(name.text):
        imported.put(("name",), name.text, name)
    else:
        imported.report_missing(name, "is not a valid cluster name" if name.text else "is missing", ("name",))
