"""A cluster that names Temporal's own files: what they tell, beside what is written, which wins."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from agent.config.errors import ConfigError, Problem
from agent.config.section import ConfigSection, MissingSetting
from agent.config.temporal_files.import_result import ImportedSettings, is_overridden, merge_overrides
from agent.config.temporal_files.loader import read_helm_values, read_server_config

#: The keys of a cluster that name such files.
KEYS = ("server_config", "helm_values")

_READERS: dict[str, Callable[[Sequence[Path]], ImportedSettings]] = {
    "server_config": read_server_config,
    "helm_values": read_helm_values,
}


def import_temporal_files(part: ConfigSection, problems: list[Problem]) -> ConfigSection:
    """The same cluster with all that its files tell, as if it had been written by hand."""
    if not isinstance(part.data, dict):
        return part
    named = [key for key in KEYS if key in part.data]
    if not named:
        return part
    key, written = named[0], {key: value for key, value in part.data.items() if key not in KEYS}
    try:
        if len(named) > 1:
            raise ConfigError([part.problem((named[1],), f"name either {' or '.join(named)}")])
        reading = _READERS[key](_paths(part, key))
    except ConfigError as error:
        problems += [_told(part, key, problem) for problem in error.problems]
        # What else is wrong with the cluster is told all the same.
        lack = MissingSetting((("name",), ("temporal",)), error.problems[0])
        return replace(part, data=written, written=written, lacks=(lack,))
    lacks = tuple(lack for lack in reading.lacks if not any(is_overridden(w, written) for w in lack.wants))
    problems += [lack.problem for lack in lacks]
    values = merge_overrides(reading.values, written)
    return replace(part, data=values, written=written, origins=reading.origins, lacks=lacks)


def _paths(part: ConfigSection, key: str) -> list[Path]:
    value, folder = part.data[key], Path(part.document.file).parent
    names = (value,) if isinstance(value, str) else value
    if not (isinstance(names, tuple) and names and all(isinstance(name, str) and name for name in names)):
        raise ConfigError([part.problem((key,), "write a file, or a list of files of which the last wins")])
    return [folder / name for name in names]


def _told(part: ConfigSection, key: str, problem: Problem) -> Problem:
    """A file that is not there is an error of who names it."""
    if problem.line or problem.path or problem.file == part.document.file:
        return problem
    return part.problem((key,), f"{problem.file} {problem.message}")
