"""The values of Temporal's own files, each with its file and line, and several files merged into one."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from agent.config.document import Document, Place, parse_each, path_text
from agent.config.errors import ConfigError, Problem

#: What Go accepts as true for a boolean field (gopkg.in/yaml.v3: resolve.go, decode.go).
_YES = frozenset({"true", "y", "yes", "on"})

#: Of a value that is not written anywhere: a template gives it.
NO_REFERENCE = "none"


@dataclass(frozen=True)
class YamlNode:
    """A value of a file that was read as plain text: a text, null, a list, or a mapping of more values.

    `reference`: how a secret refers to this value; empty for a value of a YAML file, NO_REFERENCE for one
    that cannot be read again. `is_quoted`: the file has the value in quotes. `fault`: what is wrong with the
    value of a variable from which a template renders a file that is not valid YAML; empty if nothing is.
    """

    document: Document
    place: Place = ()
    text: str = ""
    children: Mapping[str, YamlNode] = field(default_factory=dict)
    items: tuple[YamlNode, ...] = ()
    is_there: bool = False
    reference: str = ""
    is_quoted: bool = False
    fault: str = ""

    def __getitem__(self, key: str) -> YamlNode:
        """The value of a key; an empty node with the key's place if there is none."""
        return self.children.get(key) or YamlNode(self.document, (*self.place, key))

    def at(self, *keys: str) -> YamlNode:
        """The value below a path of keys."""
        node = self
        for key in keys:
            node = node[key]
        return node

    @property
    def flag(self) -> bool:
        return self.text.lower() in _YES

    @property
    def number(self) -> int:
        """The number; 0 if there is none."""
        return int(self.text) if re.fullmatch("[0-9]{1,9}", self.text, re.ASCII) else 0

    @property
    def folder(self) -> Path:
        """The folder of the file, which relative paths in it refer to."""
        return Path(self.document.file).absolute().parent


def tree(document: Document) -> YamlNode:
    """All values of a document that was read as plain text."""
    return _node(document, (), document.data)


def embedded(node: YamlNode) -> YamlNode:
    """The YAML that is the text of a value, with its places and lines in the file of this value.

    Raises:
        ConfigError: the text is not valid YAML.
    """
    # The text of a block scalar begins on the line after its key.
    line = node.document.line(node.place)
    try:
        inner = parse_each(node.document.file, node.text)[0]
    except ConfigError as error:
        raise ConfigError(
            [
                Problem(each.file, each.line + line, path_text(node.place), each.message)
                for each in error.problems
            ]
        ) from error
    lines = {(*node.place, *place): line + number for place, number in inner.lines.items()}
    document = replace(inner, lines=lines, quoted={(*node.place, *place) for place in inner.quoted})
    return _node(document, node.place, inner.data)


def _node(document: Document, place: Place, data: Any) -> YamlNode:
    if isinstance(data, dict):
        children = {key: _node(document, (*place, key), value) for key, value in data.items()}
        return YamlNode(document, place, children=children, is_there=True)
    if isinstance(data, tuple):
        items = tuple(_node(document, (*place, index), value) for index, value in enumerate(data))
        return YamlNode(document, place, items=items, is_there=True)
    is_quoted = place in document.quoted
    return YamlNode(document, place, text=data or "", is_there=data is not None, is_quoted=is_quoted)


def plain(node: YamlNode) -> Any:
    """The value as it was read: a text, None, a tuple, or a mapping."""
    if node.children:
        return {key: plain(child) for key, child in node.children.items()}
    if node.items:
        return tuple(map(plain, node.items))
    return node.text or None


def merged(one: YamlNode, other: YamlNode, replaced: Collection[str] = ()) -> YamlNode:
    """Both as one, where `other` wins. Entries below the keys `replaced` are replaced, not merged."""
    if not (one.children and other.children):
        return other if other.text or other.items or other.children else one
    children = dict(one.children)
    for key, child in other.children.items():
        before = children.get(key)
        if before is None:
            children[key] = child
        elif key in replaced:
            children[key] = YamlNode(
                child.document, child.place, children={**before.children, **child.children}, is_there=True
            )
        else:
            children[key] = merged(before, child, replaced)
    return YamlNode(other.document, other.place, children=children, is_there=True)


def with_children(node: YamlNode, children: Mapping[str, YamlNode]) -> YamlNode:
    """The same mapping with more keys."""
    return only_children(node, {**node.children, **children})


def only_children(node: YamlNode, children: Mapping[str, YamlNode]) -> YamlNode:
    """A mapping of these keys in the place of a value."""
    return replace(node, children=children, text="", items=(), is_there=True)
