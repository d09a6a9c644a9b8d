"""The configuration that Temporal's image renders from the variables of its container."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import yaml

from agent.config.document import path_text
from agent.config.environment.variables import ContainerEnvironment
from agent.config.errors import ConfigError, Problem
from agent.config.secret import environment_value
from agent.config.temporal_files.image_services import SERVICE_SETTINGS
from agent.config.temporal_files.image_settings import (
    DATABASES,
    EMBEDDED,
    NEWEST,
    Database,
    ImageSetting,
    Release,
)
from agent.config.temporal_files.image_stores import STORE_SETTINGS
from agent.config.temporal_files.yaml_tree import YamlNode

_NAME = re.compile(r"[A-Z][A-Z0-9_]*", re.ASCII)
_VARIABLE = re.compile(r"\{([A-Z][A-Z0-9_]*)")
_ONLY_PORT = re.compile(r":[0-9]*", re.ASCII)
_PLUGIN = "PLUGIN"
_SETTINGS = (*STORE_SETTINGS, *SERVICE_SETTINGS)
#: What is read when it is used, so it may be missing before.
_READ_LATER = ".password"
#: What the templates have in double quotes from this release on, without escapes.
_IN_QUOTES = (".user", ".username", ".password", ".databaseName", ".keyspace", ".connectAddr", ".hosts")
_QUOTED_SINCE: Release = (1, 7, 0)
_NOT_ESCAPED = (
    'contains " or \\, which the image writes into its file without an escape, so that the file is not valid'
    " YAML: choose a value without them"
)
#: The template calls `split` with its arguments exchanged (seen with 1.30.4, 1.31.2 and 1.32.1).
_BROKEN = ".allowedAuthenticators"
_ALWAYS_BROKEN = "makes the image render a file that is not valid YAML, whatever its value is: unset it"
#: Paths in the container.
_PATHS = (".caFile", ".certFile", ".keyFile", "CaFiles.0", "dynamicConfigClient.filepath")


@dataclass
class _Image:
    """What the texts of a release are computed from, and the variables that cannot be computed."""

    environment: ContainerEnvironment
    release: Release
    plugin: str = ""
    problems: dict[str, Problem] = field(default_factory=dict)

    def given(self, name: str) -> str | None:
        """The value of a variable; None if it is not set."""
        if name == _PLUGIN:
            return self.plugin
        variable = self.environment.variables.get(name)
        if variable is None or (self.release >= EMBEDDED and not (variable.value or variable.error)):
            return None
        if variable.error:
            document, place = variable.document, variable.place
            self.problems[name] = Problem(
                document.file, document.line(place), path_text(place), variable.error
            )
        return variable.value


def image_config(environment: ContainerEnvironment, release: Release) -> YamlNode:
    """The server's configuration, as the template of this release renders it.

    Raises:
        ConfigError: `DB` is not a database of this release, or a variable cannot be computed.
    """
    image = _Image(environment, release)
    database = _database(image)
    image.plugin = database.plugin
    entries: dict[tuple[str, ...], YamlNode] = {}
    for setting in _SETTINGS:
        if setting.since <= release < setting.before and _holds(image, setting.when, database):
            place = tuple(setting.place.split("."))
            entries[place] = _node(image, setting)
    if image.problems:
        raise ConfigError(list(image.problems.values()))
    return _tree(environment, entries)


def has_variables(environment: ContainerEnvironment) -> bool:
    """Whether any of the variables is one that Temporal's images read."""
    read = {name for setting in _SETTINGS for name in (*_VARIABLE.findall(setting.text), *setting.when)}
    return not (read - {_PLUGIN} | {"DB"}).isdisjoint(environment.variables)


def databases(release: Release) -> tuple[str, ...]:
    """The values of `DB` that the template of this release has."""
    return tuple(each.value for each in DATABASES if each.since <= release < each.before)


def _database(image: _Image) -> Database:
    value = image.given("DB")
    name = "cassandra" if value is None else value.lower()
    for each in DATABASES:
        if each.value == name and each.since <= image.release < each.before:
            return each
    node = _at(image, ("DB",))
    images = "the newest images" if image.release == NEWEST else "images of {}.{}".format(*image.release)
    message = f"is {name[:60]!r}, but {images} take {', '.join(databases(image.release))}"
    raise ConfigError(
        [Problem(node.document.file, node.document.line(node.place), path_text(node.place), message)]
    )


def _holds(image: _Image, when: Sequence[str], database: Database) -> bool:
    return all(
        _one_holds(image, each.removeprefix("not "), database) != each.startswith("not ") for each in when
    )


def _one_holds(image: _Image, condition: str, database: Database) -> bool:
    if condition == "search":
        return (image.given("ENABLE_ES") or "").lower() == "true"
    if _NAME.fullmatch(condition):
        return bool(image.given(condition))
    return condition == database.kind


def _node(image: _Image, setting: ImageSetting) -> YamlNode:
    node = _rendered(image, setting)
    if setting.place.endswith(_BROKEN):
        return replace(node, fault=_ALWAYS_BROKEN)
    if setting.place.endswith(_IN_QUOTES) and image.release >= _QUOTED_SINCE and not _fits_quotes(node.text):
        return replace(node, fault=_NOT_ESCAPED)
    return node


def _fits_quotes(text: str) -> bool:
    """Whether the text between double quotes is one text of YAML."""
    try:
        return isinstance(yaml.safe_load(f'"{text}"'), str)
    except yaml.YAMLError:
        return False


def _rendered(image: _Image, setting: ImageSetting) -> YamlNode:
    names = _VARIABLE.findall(setting.text)
    node = _at(image, names)
    if setting.place.endswith(_READ_LATER):
        return _secret(image, names, node)
    text = _evaluate(image, setting.text)
    if setting.place.endswith(_PATHS) and (here := image.environment.on_this_machine(text)):
        text = str(here.absolute())
    # An address needs a host.
    return replace(node, text="" if _ONLY_PORT.fullmatch(text) else text, is_there=bool(text))


def _secret(image: _Image, names: Sequence[str], node: YamlNode) -> YamlNode:
    """A password: not its value, but a reference that is read when it is used."""
    for name in names:
        variable = image.environment.variables.get(name)
        if variable is None or (image.release >= EMBEDDED and not (variable.value or variable.error)):
            continue
        if not (variable.value or variable.error):
            return node
        file, where = image.environment.document.file, image.environment.reference
        reference = environment_value(file, (*where, name))
        return replace(node, text=variable.value or name, is_there=True, reference=reference)
    return node


def _evaluate(image: _Image, text: str) -> str:
    """The text with the values of its variables; their defaults may have variables too."""
    parts, at = [], 0
    while (start := text.find("{", at)) >= 0:
        end = _closing(text, start)
        name, _, default = text[start + 1 : end].partition("|")
        value = image.given(name)
        parts += [text[at:start], _evaluate(image, default) if value is None else value]
        at = end + 1
    return "".join(parts) + text[at:]


def _closing(text: str, start: int) -> int:
    depth = 0
    for at in range(start, len(text)):
        depth += {"{": 1, "}": -1}.get(text[at], 0)
        if depth == 0:
            return at
    raise ValueError(f"no closing brace: {text}")


def _at(image: _Image, names: Sequence[str]) -> YamlNode:
    """An empty value at the first variable that is set; else where the first one would be."""
    environment = image.environment
    for name in names:
        if (variable := environment.variables.get(name)) is not None:
            return YamlNode(variable.document, variable.place)
    place = (*environment.place, names[0]) if names and names[0] != _PLUGIN else (*environment.place, "DB")
    return YamlNode(environment.document, place)


def _tree(environment: ContainerEnvironment, entries: Mapping[tuple[str, ...], YamlNode]) -> YamlNode:
    """The mapping of all entries; a key that is a number is the index in a list."""
    node = YamlNode(environment.document, environment.place, is_there=True)
    if () in entries:
        return entries[()]
    inner: dict[str, dict[tuple[str, ...], YamlNode]] = {}
    for place, entry in entries.items():
        inner.setdefault(place[0], {})[place[1:]] = entry
    children = {key: _tree(environment, values) for key, values in inner.items()}
    if children and all(key.isdigit() for key in children):
        return replace(node, items=tuple(children.values()))
    return replace(node, children=children)
