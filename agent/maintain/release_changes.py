"""What a release changes: dynamic keys, schema steps, keys of the server's own file, index templates."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from agent.maintain.source_tree import Tree, UnreadableError

Fields = dict[str, str]

#: `history.cacheMaxSize` in `NewGlobalIntSetting("history.cacheMaxSize", …)`, also on the next line.
_SETTING = re.compile(r'\bNew\w*Setting\w*(?:\[[^\]]*\])?\(\s*"([^"]+)"')
_STEP = re.compile(r"(schema/.+/versioned/v\d+\.\d+)/.+")
_CONFIG = "common/config/config.go"
_PERSISTENCE = re.compile(r"\bPersistence struct \{(.*?)^\s*\}", re.DOTALL | re.MULTILINE)
_YAML = re.compile(r'yaml:"(\w+)')
_TEMPLATE = "schema/elasticsearch/visibility/versioned/v{version}/index_template_v7.json"


def dynamic_keys(tree: Tree) -> dict[str, str]:
    """Every key of dynamic configuration, by its lower-case form: the server ignores case."""
    files = [path for path in tree.paths if path.endswith(".go") and not path.endswith("_test.go")]
    keys = {key.lower(): key for path in files for key in _SETTING.findall(tree.text(path))}
    if not keys:
        raise UnreadableError(tree, "common/dynamicconfig/constants.go", "does not contain a setting")
    return keys


def dropped_keys(before: Tree, after: Tree, newest: Tree) -> list[str]:
    """The keys that a release no longer has. A key that the newest release has again counts as kept."""
    gone = dynamic_keys(before)
    for lasting in {after.name: after, newest.name: newest}.values():
        for key in dynamic_keys(lasting):
            gone.pop(key, None)
    return sorted(gone.values(), key=str.lower)


def changed_steps(after: Tree, known: Sequence[Tree]) -> list[str]:
    """The folders of upgrade steps whose files are in none of the known releases."""
    seen = {step for tree in known for step in _steps(tree).items()}
    return [folder for folder, files in _steps(after).items() if (folder, files) not in seen]


def _steps(tree: Tree) -> dict[str, tuple[tuple[str, str], ...]]:
    steps: dict[str, list[tuple[str, str]]] = {}
    for path in tree.paths:
        match = _STEP.fullmatch(path)
        if match and "/elasticsearch/" not in path:
            steps.setdefault(match[1], []).append((path, tree.text(path)))
    return {folder: tuple(files) for folder, files in sorted(steps.items())}


def store_keys(tree: Tree) -> set[str]:
    """The keys below `persistence` in the server's own file."""
    if _CONFIG not in tree.paths:
        raise UnreadableError(tree, _CONFIG, "file not found")
    struct = _PERSISTENCE.search(tree.text(_CONFIG))
    if struct is None:
        raise UnreadableError(tree, _CONFIG, "does not contain a struct Persistence")
    return set(_YAML.findall(struct[1]))


def template_line(tree: Tree, version: int, templates: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """The line for index_fields.json, if the release's template is not the last one with this number there.

    Raises:
        UnreadableError: the template cannot be read.
    """
    path = _TEMPLATE.format(version=version)
    try:
        properties: Mapping[str, Any] = json.loads(tree.text(path))["mappings"]["properties"]
        fields = {name: entry.get("type", "object") for name, entry in properties.items()}
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise UnreadableError(tree, path, f"is not an index template: {error!r}") from error
    held = _fields([line for line in templates if line["version"] <= version])
    changed = {name: type_ for name, type_ in sorted(fields.items()) if type_ not in held.get(name, ())}
    removed = sorted(held.keys() - fields.keys())
    if not (changed or removed) and version in {line["version"] for line in templates}:
        return None
    return {
        "version": version,
        "set": changed,
        "removed": removed,
        "source": f"go.temporal.io/server@{tree.name}: {path}",
    }


def _fields(templates: Sequence[Mapping[str, Any]]) -> dict[str, set[str]]:
    """The accepted types of each field after these lines."""
    held: dict[str, set[str]] = {}
    for line in templates:
        for name in line["removed"]:
            held.pop(name, None)
        held |= {
            name: {types} if isinstance(types, str) else set(types) for name, types in line["set"].items()
        }
    return held
