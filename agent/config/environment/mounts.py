"""The files of this machine that a service of a compose file has, by their path in the container.

Source: compose-spec/compose-spec, spec.md: "volumes" and "configs" of services; 08-configs.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from agent.config.environment.interpolation import InterpolationError, substitute


def mounted_files(
    folder: Path, service: Mapping[str, Any], configs: Any, others: Mapping[str, str]
) -> dict[str, Path]:
    """The path on this machine, by the path in the container. `configs`: those of the whole file."""
    found = {}
    for source, target in (*_volumes(service.get("volumes")), *_configs(service.get("configs"), configs)):
        try:
            source, target = substitute(source, others), substitute(target, others)
        except InterpolationError:
            continue
        if target.startswith("/") and "\0" not in source:
            found[str(PurePosixPath(target))] = folder / source
    return found


def _volumes(listed: Any) -> Iterator[tuple[str, str]]:
    for volume in listed if isinstance(listed, tuple) else ():
        if isinstance(volume, dict):
            source, target = volume.get("source"), volume.get("target")
        else:
            source, target, *_ = [*str(volume).split(":"), "", ""]
        # Another source is the name of a volume, which is not on this machine.
        if isinstance(source, str) and isinstance(target, str) and source.startswith((".", "/", "~", "$")):
            yield source, target


def _configs(listed: Any, configs: Any) -> Iterator[tuple[str, str]]:
    for config in listed if isinstance(listed, tuple) else ():
        name = config.get("source") if isinstance(config, dict) else config
        target = config.get("target") if isinstance(config, dict) else f"/{config}"
        named = configs.get(name) if isinstance(configs, dict) and isinstance(name, str) else None
        file = named.get("file") if isinstance(named, dict) else None
        if isinstance(target, str):
            # Without a file, its content is elsewhere.
            yield (file if isinstance(file, str) else f"config {name}"), target
