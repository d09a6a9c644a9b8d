"""The text of a first configuration: the settings of a file, where each came from, and what to fill in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from agent.config.document import Place, path_text
from agent.config.errors import ConfigError, Problem, in_words
from agent.config.initial.placeholders import placeholders, secret_variable
from agent.config.initial.source import Source, read_source
from agent.config.initial.text import comment_text, with_comments
from agent.config.model import Cluster
from agent.config.temporal_files.server_environment import COMPOSE_KEY, ENV_KEY

_SECRETS = frozenset({"password", "token", "api_key"})
_MARK = "FILL IN"
#: The end of a message that says which key to set next to the one that names the file.
_HOW = re.compile(r"(?:[,.:;]? or(?: else)?)?: set `[^`]*` next to .*", re.DOTALL | re.IGNORECASE)
#: The keys of files with variables, whose values may come from no variable at all.
_VARIABLES = frozenset({ENV_KEY, COMPOSE_KEY})
_REFUSED = "what some releases refuse; `check` says whether yours does; from"
_ORDER = ("name", "temporal", "persistence", "visibility", "secondary_visibility", "search")
#: Rounds of replacing what the agent refuses; each round mends at least one place.
_MAX_ROUNDS = 20


@dataclass(frozen=True)
class FirstConfiguration:
    """The text, and what a person has still to do: one sentence each."""

    text: str
    to_do: tuple[str, ...]


@dataclass
class _Draft:
    """The cluster, with a comment for each place."""

    source: Source
    shown: str
    values: dict[str, Any]
    comments: dict[Place, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    variables: dict[str, str] = field(default_factory=dict)

    def origin(self, place: Place) -> str:
        """Where a value came from: file, line and key."""
        while place not in self.source.section.origins:
            place = place[:-1]
        document, at = self.source.section.origins[place]
        name = self.shown or Path(document.file).name
        if not at:
            return comment_text(name)
        if at not in document.lines and self.source.key in _VARIABLES and not str(at[-1]).isupper():
            return comment_text(f"a default of Temporal's image, which no variable in {name} changes")
        if at not in document.lines:
            return comment_text(f"a default, because {name} has no {path_text(at)}")
        return comment_text(f"{name}:{document.line(at)}: {path_text(at)}")

    def fill(self, place: Place, problem: Problem) -> None:
        """Write a placeholder for a setting that is missing, or say that it is missing."""
        message = comment_text(self.message(problem))
        made = placeholders(place)
        self.notes.append(f"{path_text(place)}: {message}")
        for key, value in made.items():
            if key == place or _at(self.values, key) is None or key[-1] in _SECRETS:
                _put(self.values, key, value)
                self.comments[key] = f"{_MARK}: {message}"

    def message(self, problem: Problem) -> str:
        """The problem, with the name of the source as people gave it."""
        name = self.shown or Path(problem.file).name
        place = f"{name}:{problem.line}" if problem.line else name
        return f"{place}: {problem.path}: {_HOW.sub('', problem.message)}"


def first_configuration(
    path: Path, options: Mapping[str, str] | None = None, shown: str = ""
) -> FirstConfiguration:
    """The configuration from a file of any kind. `shown`: the name of the file for people.

    Raises:
        ConfigError: the agent does not read such a file, or the settings in it are not valid.
    """
    source = read_source(path, options or {})
    draft = _Draft(source, shown, _copy(source.section.data))
    draft.values.setdefault("name", "fill-in")
    draft.notes += draft.values.get("server_file", {}).pop("notes", ())
    for place in _leaves(draft.values):
        if place[0] in {key[0] for key in source.section.origins}:
            origin = draft.origin(place)
            if place == ("server_file", "violations"):
                draft.comments[place] = f"{_REFUSED} {origin}"
                continue
            draft.comments[place] = origin if origin.startswith("a default") else f"from {origin}"
        if place[-1] in _SECRETS:
            _hide(draft, place)
    for missing in source.section.missing:
        draft.fill(missing.keys[0], missing.problem)
    _mend(draft)
    return FirstConfiguration(_text(draft), tuple(draft.notes))


def _hide(draft: _Draft, place: Place) -> None:
    """A secret becomes a variable, whose value is not copied."""
    reference = _at(draft.values, place)
    variable, is_the_same = secret_variable(place, reference)
    _put(draft.values, place, variable)
    where = draft.origin(place)
    if is_the_same:
        draft.comments[place] = f"as in {where}"
        return
    draft.comments[place] = f"not copied: set this variable to the value at {where}"
    draft.variables.setdefault(variable, where)
    draft.notes.append(f"{path_text(place)}: set {variable} in the agent's environment; it is not copied")


def _mend(draft: _Draft) -> None:
    """Replace what the agent refuses, such as a frontend that is missing."""
    for _ in range(_MAX_ROUNDS):
        problems = _refused(draft)
        if not problems:
            return
        for place, problem in problems:
            made = placeholders((*place, "frontend") if place == ("temporal",) else place)
            if not made or all(_at(draft.values, key) == value for key, value in made.items()):
                raise ConfigError([each for _, each in problems])
            draft.fill(next(iter(made)), problem)
    raise ConfigError([problem for _, problem in _refused(draft)])


def _refused(draft: _Draft) -> list[tuple[Place, Problem]]:
    try:
        Cluster.model_validate(draft.values)
    except ValidationError as error:
        return [
            (
                tuple(item["loc"]),
                draft.source.section.problem(
                    tuple(item["loc"]),
                    in_words(item["type"], item["msg"], item["loc"][-1] if item["loc"] else None),
                ),
            )
            for item in error.errors(include_url=False, include_input=False)
        ]
    return []


def _text(draft: _Draft) -> str:
    name = comment_text(draft.shown or draft.source.path.name)
    header = [
        f"# The configuration of temporal-compat-agent, from {name}, which is not read again.",
        f"# To read that file again at each start and reload, write `{draft.source.key}: FILE` instead.",
        *(f"# Set the variable {name[2:-1]}: {where}" for name, where in draft.variables.items()),
        *(f"# {_MARK}: {comment_text(note)}" for note in draft.notes if "it is not copied" not in note),
        "# `temporal-compat-agent config check FILE --probe` says what works.",
    ]
    ordered = {key: draft.values[key] for key in (*_ORDER, *draft.values) if key in draft.values}
    lines = list(with_comments(ordered, draft.comments, indent="    "))
    lines[0] = lines[0].replace("    ", "  - ", 1)
    return "\n".join([*header, "interval: 60s", "clusters:", *lines]) + "\n"


def _copy(data: Any) -> Any:
    """The same data to write to."""
    return {key: _copy(value) for key, value in data.items()} if isinstance(data, dict) else data


def _leaves(values: Mapping[str, Any], place: Place = ()) -> list[Place]:
    found: list[Place] = []
    for key, value in values.items():
        here = (*place, key)
        found += _leaves(value, here) if isinstance(value, dict) and value else [here]
    return found


def _at(values: Any, place: Place) -> Any:
    for key in place:
        values = values.get(key) if isinstance(values, dict) else None
    return values


def _put(values: dict[str, Any], place: Place, value: Any) -> None:
    *above, last = place
    for key in above:
        values = values.setdefault(str(key), {})
    values[str(last)] = value
