"""Values that a tool sets one by one on top of others, at a path such as `server.image.tag`.

Source: Helm 3, docs/helm/helm_install (`--set`); Argo CD (`helm.parameters`) and Flux (`targetPath`) take the
same paths.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from agent.config.temporal_files.yaml_tree import YamlNode, with_children

_KEY = re.compile(r"((?:\\.|[^\\.\[])+)((?:\[[0-9]{1,3}\])*)(?:\.|$)")
_INDEX = re.compile(r"\[([0-9]+)\]")
#: As many items of a list as a path can name; no list of Temporal's values is longer.
_MAX_ITEMS = 200


def with_value(values: YamlNode, path: str, value: YamlNode) -> YamlNode:
    """The same values with one more. A path that Helm cannot read changes nothing."""
    keys = _keys(path)
    return _put(values, keys, _listed(value)) if keys else values


def from_elsewhere(node: YamlNode, where: str) -> YamlNode:
    """A value that is in a file or an object which the agent does not read: a placeholder names it."""
    return replace(node, text=f"<path:{where}>", is_there=True)


def _keys(path: str) -> list[str | int]:
    keys: list[str | int] = []
    at = 0
    while at < len(path):
        match = _KEY.match(path, at)
        if match is None:
            return []
        keys.append(re.sub(r"\\(.)", r"\1", match[1]))
        keys += [int(index) for index in _INDEX.findall(match[2])]
        at = match.end()
    return keys if all(isinstance(key, str) or key < _MAX_ITEMS for key in keys) else []


def _listed(value: YamlNode) -> YamlNode:
    """`{a,b}` is a list, and `null` removes a value."""
    if value.text == "null":
        return replace(value, text="", is_there=False)
    if value.text.startswith("{") and value.text.endswith("}") and "{{" not in value.text:
        items = value.text[1:-1].split(",")
        return replace(value, text="", items=tuple(replace(value, text=item.strip()) for item in items))
    return value


def _put(node: YamlNode, keys: Sequence[str | int], value: YamlNode) -> YamlNode:
    if not keys:
        return value
    first, *rest = keys
    if isinstance(first, str):
        return with_children(node, {first: _put(node[first], rest, value)})
    items = list(node.items)
    while len(items) <= first:
        items.append(YamlNode(node.document, (*node.place, len(items))))
    items[first] = _put(items[first], rest, value)
    return replace(node, items=tuple(items), text="", children={}, is_there=True)
