"""Imports a cluster's settings from Temporal's own files; what the user wrote in the cluster wins."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from agent.config.document import path_text
from agent.config.errors import ConfigError, Problem
from agent.config.section import ConfigSection, MissingSetting
from agent.config.temporal_files.content import NamedFiles
from agent.config.temporal_files.import_result import (
    ImportedSettings,
    has_part_of_store,
    is_overridden,
    merge_overrides,
)
from agent.config.temporal_files.loader import read_helm_values, read_server_config
from agent.config.temporal_files.placeholders import in_one_message
from agent.config.temporal_files.refused import without_parts
from agent.config.temporal_files.server_environment import (
    COMPOSE_KEY,
    ENV_KEY,
    OPTIONS,
    read_server_compose,
    read_server_env,
)

#: The keys of a cluster that name these files.
KEYS = ("server_config", "helm_values", ENV_KEY, COMPOSE_KEY)

#: What these keys may say besides `file`.
_OPTIONS = {"server_config": ("env", "service", "container"), "helm_values": ("under", "chart", "release")}

#: The options of each key, besides `file`.
FILE_OPTIONS = {
    **{key: frozenset(options) for key, options in _OPTIONS.items()},
    **{key: frozenset(options) - {"file"} for key, options in OPTIONS.items()},
}

_READERS: dict[str, Callable[[ConfigSection], ImportedSettings]] = {
    "server_config": lambda part: read_server_config(_files(part, "server_config")),
    "helm_values": lambda part: read_helm_values(_files(part, "helm_values")),
    ENV_KEY: read_server_env,
    COMPOSE_KEY: read_server_compose,
}


def import_temporal_files(part: ConfigSection, problems: list[Problem]) -> ConfigSection:
    """The same cluster with all settings from its files, as if a person had written them.

    Errors are added to `problems`.
    """
    if not isinstance(part.data, dict):
        return part
    named = [key for key in KEYS if key in part.data]
    if not named:
        return part
    key, written = named[0], {key: value for key, value in part.data.items() if key not in KEYS}
    try:
        if len(named) > 1:
            raise ConfigError([part.problem((named[1],), f"set either {' or '.join(named)}, not both")])
        imported = _READERS[key](part)
        written = without_parts(written, imported.left_out)
    except ConfigError as error:
        problems += [_as_user_error(part, key, problem) for problem in error.problems]
        # Other errors of the cluster are still reported.
        unknown = MissingSetting((("name",), ("temporal",)), error.problems[0])
        return replace(part, data=written, written=written, missing=(unknown,))
    missing = tuple(_still_missing(imported.missing, written))
    problems += _problems(missing, key)
    notes = [
        note.problem
        for note in imported.notes
        if not any(is_overridden(place, written) for place in note.keys)
    ]
    if any(not setting.is_hidden for setting in missing):
        # A misspelled key is often the cause of an error.
        problems += notes
    elif notes:
        imported.values.setdefault("server_file", {})["notes"] = tuple(map(_as_note, notes))
    values = merge_overrides(imported.values, written)
    return replace(part, data=values, written=written, origins=imported.origins, missing=missing)


def _as_note(problem: Problem) -> str:
    return str(replace(problem, file=Path(problem.file).name))


def _still_missing(missing: Iterable[MissingSetting], written: dict[str, Any]) -> Iterator[MissingSetting]:
    """The settings that the user has not written; hidden, if the user has written a part of a store."""
    for setting in missing:
        if any(has_part_of_store(place, written) for place in setting.keys):
            yield replace(setting, is_hidden=True)
        elif not any(is_overridden(place, written) for place in setting.keys):
            yield setting


def _problems(missing: Iterable[MissingSetting], key: str) -> Iterator[Problem]:
    """One error for each place with all keys that it would set, and one for all placeholders."""
    places: dict[tuple[str, int, str, str], list[MissingSetting]] = {}
    for setting in missing:
        if not setting.is_hidden:
            problem = setting.problem
            same = (problem.file, problem.line, problem.path, setting.what)
            places.setdefault(same, []).append(setting)
    groups = [group for group in places.values() if not group[0].placeholder]
    for first, *others in groups:
        names = " and ".join(f"`{path_text(each.keys[0])}`" for each in (first, *others))
        yield replace(first.problem, message=f"{first.what}: set {names} next to `{key}`")
    if placeholders := [group[0] for group in places.values() if group[0].placeholder]:
        yield in_one_message(placeholders, key)


def _files(part: ConfigSection, key: str) -> NamedFiles:
    value = part.data[key]
    options = value if isinstance(value, dict) else {"file": value}
    for name, option in options.items():
        known = ("file", *_OPTIONS[key])
        if name not in known:
            raise ConfigError([part.problem((key, name), f"unknown key; the keys are {', '.join(known)}")])
        if name != "file" and not _is_text(option):
            raise ConfigError([part.problem((key, name), "write a text")])
    paths = _paths(part, key, options.get("file"))
    texts = {name: options[name] for name in _OPTIONS[key] if name in options}
    if "env" in texts:
        texts["env"] = str(Path(part.document.file).parent / texts["env"])
    return NamedFiles(paths, **texts)


def _paths(part: ConfigSection, key: str, value: Any) -> list[Path]:
    folder = Path(part.document.file).parent
    names = (value,) if isinstance(value, str) else value
    if not (isinstance(names, tuple) and names and all(map(_is_text, names))):
        raise ConfigError([part.problem((key,), "write a file, or a list of files (the last one wins)")])
    return [folder / name for name in names]


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def _as_user_error(part: ConfigSection, key: str, problem: Problem) -> Problem:
    """An error about a whole file, such as a missing one, is reported at the key that names the file."""
    if problem.line or problem.path or problem.file == part.document.file:
        return problem
    return part.problem((key,), f"{problem.file} {problem.message}")
