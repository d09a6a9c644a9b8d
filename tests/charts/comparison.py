"""Reads the same chart twice, as values and as the rendered file, and lists what differs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from agent.config import ConfigError, load_config
from agent.config.resolved import as_yaml
from agent.config.template.evaluation import render
from agent.config.temporal_files.templates import dialect_of
from agent.model.file_rules import FileRule

_ROLES = ("persistence", "visibility", "secondary_visibility", "search")
#: What the rendered file does not say about other machines, and what another file has.
_ELSEWHERE = ("violations", "notes", "image_release", "dynamic_keys", "dynamic_values")
_VARIABLE = re.compile(r"(?:\.Env\.|env ?[\"`])([A-Z_]+)")


def rendered_configs(manifests: str) -> list[str]:
    """The server's different configurations in the ConfigMaps that Helm printed, for one pod."""
    return list(dict.fromkeys(_rendered(manifests)))


def _rendered(manifests: str) -> Iterator[str]:
    for manifest in yaml.safe_load_all(manifests):
        if manifest and manifest["kind"] == "ConfigMap":
            for text in manifest["data"].values():
                if text and "numHistoryShards" in text:
                    variables = dict.fromkeys(_VARIABLE.findall(text), "pw") | {"POD_IP": "10.0.0.5"}
                    yield render(text, dialect_of(text), variables.get).text


def differences(folder: Path, rendered: str, chart: str, release: str) -> list[str]:
    """Each setting with both values, where the values in `folder`/all.yaml give another one."""
    (folder / "rendered.yaml").write_text(rendered)
    values = _read(folder, f"helm_values: {{file: all.yaml, chart: '{chart}', release: {release}}}")
    config = _read(folder, "server_config: rendered.yaml")
    return [
        f"{key}: values {values.get(key)!r}, rendered {config.get(key)!r}"
        for key in sorted(values.keys() | config.keys())
        if values.get(key) != config.get(key)
    ]


def _read(folder: Path, line: str) -> dict[str, Any]:
    (folder / "agent.yaml").write_text(f"{line}\n")
    try:
        (cluster,) = yaml.safe_load(as_yaml(load_config(folder / "agent.yaml")))["clusters"]
    except ConfigError as error:
        return {"errors": re.sub(r"\S*\.yaml:\d*:", "", str(error))}
    return dict(_settings(cluster))


def _settings(cluster: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """What both can say, flat; of passwords only that there is one, of addresses only the ports."""
    yield "name", cluster["name"]
    temporal = cluster["temporal"]
    yield "frontend port", temporal["frontend"].rpartition(":")[2]
    yield "http", re.sub("//.*:", "//:", temporal.get("http") or "")
    yield "tls", temporal.get("tls")
    for key in (*_ROLES, "event_streaming"):
        yield from _flat(key, cluster.get(key))
    rules = {each["rule"] for each in (cluster.get("server_file") or {}).get("violations") or ()}
    yield "refused store", FileRule.STORE_KINDS in rules
    for key, value in (cluster.get("server_file") or {}).items():
        if key not in _ELSEWHERE:
            yield from _flat(key, value)


def _flat(key: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict) and value:
        for name, inner in value.items():
            yield from _flat(f"{key}.{name}", inner)
    elif key.endswith(".password"):
        yield key, "set"
    else:
        yield key, value
