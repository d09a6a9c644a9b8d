"""Reads the file that a first configuration is made from, whatever kind it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent.config.document import Document
from agent.config.errors import ConfigError, Problem
from agent.config.section import ConfigSection
from agent.config.temporal_files import FILE_OPTIONS, KEYS, import_temporal_files

#: The file that the configuration would be, if it named the other file.
_AGENT_FILE = "agent.yaml"


@dataclass(frozen=True)
class Source:
    """The settings of a file, and the key of a cluster that would read the same file."""

    path: Path
    key: str
    section: ConfigSection


def read_source(path: Path, options: Mapping[str, str]) -> Source:
    """The settings in a file of any kind that a cluster can name.

    `options`: the keys next to `file`, such as `service`.

    Raises:
        ConfigError: no key reads the file; with the errors of the key that is meant for its kind.
    """
    failures: dict[str, list[Problem]] = {}
    for key in _keys(options):
        value: Any = {"file": str(path.absolute()), **options} if options else str(path.absolute())
        problems: list[Problem] = []
        part = ConfigSection(Document(_AGENT_FILE), (), {key: value})
        section = import_temporal_files(part, problems)
        if section.origins:
            return Source(path, key, section)
        failures[key] = [_about_file(problem) for problem in problems]
    raise ConfigError(_of_its_kind(failures))


def _keys(options: Mapping[str, str]) -> list[str]:
    """The keys that take all these options."""
    found = [key for key in KEYS if FILE_OPTIONS[key] >= options.keys()]
    if not found:
        known = ", ".join(sorted({option for each in FILE_OPTIONS.values() for option in each}))
        message = f"no key of a cluster takes {' and '.join(options)}; the options are {known}"
        raise ConfigError([Problem("--with", 0, "", message)])
    return found


def _about_file(problem: Problem) -> Problem:
    """An error about the whole file, without the key that would name the file."""
    if problem.file != _AGENT_FILE:
        return problem
    name, _, message = problem.message.partition(" ")
    return Problem(name, 0, "", message)


def _of_its_kind(failures: Mapping[str, list[Problem]]) -> list[Problem]:
    """The errors of the key that another key's error names, else those of the first one."""
    first = next(iter(failures.values()))
    text = "\n".join(problem.message for problem in first)
    named = [key for key in failures if f"`{key}`" in text]
    if named or any(problem.path or problem.line for problem in first):
        return failures[named[0]] if named else first
    # Of several files, the first one is as good as any.
    is_missing = "cannot be read" in text or "helm_values" not in failures
    return first if is_missing else failures["helm_values"]
