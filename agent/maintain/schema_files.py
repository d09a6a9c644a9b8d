"""Reads the `schema` folder: the versions that the binary compares with, and the upgrade folders."""

from __future__ import annotations

import re

from agent.maintain.source_tree import Tree, UnreadableError, first, numbers

Constants = dict[str, dict[str, str | None]]
Lists = dict[str, list[str]]

_FILE = re.compile(r"schema/(.+)/version\.go")
_STORES = {"default": "Version", "visibility": "VisibilityVersion"}
_VALUE = r"^\s*(?:const\s+)?{name}\s*=\s*(?:\"([0-9.]+)\"|(\w+)\.(\w+))\s*(?://.*)?$"

_STEP = re.compile(r"schema/(.+)/(temporal|visibility)/versioned/v(\d+\.\d+)/.+")
#: The matrix' names of folders, if they differ from Temporal's.
_FOLDERS = {"postgres": "postgresql/v96", "sqlite/v3": "sqlite"}


def constants(tree: Tree) -> Constants:
    """The schema version that the server requires at start, by folder and store; None without a store."""
    result: Constants = {}
    for path in tree.paths:
        if match := _FILE.fullmatch(path):
            # The folder's name in 1.0 is `postgres`.
            folder = "postgresql" if match[1] == "postgres" else match[1]
            result[folder] = {store: _constant(tree, path, name) for store, name in _STORES.items()}
            if result[folder]["default"] is None:
                raise UnreadableError(tree, path, "has no Version")
    if not result:
        raise UnreadableError(tree, "schema/*/version.go", "file not found")
    return result


def _constant(tree: Tree, path: str, name: str) -> str | None:
    text = tree.text(path)
    declared = re.search(rf"^\s*(?:const\s+)?{name}\b", text, re.MULTILINE)
    value = re.search(_VALUE.format(name=name), text, re.MULTILINE)
    if value is None:
        if declared is None:
            return None
        raise UnreadableError(tree, path, f"has a {name} that cannot be parsed as a version")
    if value[1]:
        return value[1]
    # 1.0 declares PostgreSQL's version by MySQL's: `const Version = mysql.Version`.
    other = re.search(rf'"go\.temporal\.io/server/(schema/(?:.+/)?{value[2]})"', text)
    if other is None:
        raise UnreadableError(tree, path, f"does not import {value[2]}")
    return _constant(tree, first(tree, f"{other[1]}/version.go"), value[3])


def lists(tree: Tree) -> Lists:
    """The versions with an upgrade folder, in order, by folder and store."""
    result: dict[str, set[str]] = {}
    for path in tree.paths:
        if match := _STEP.fullmatch(path):
            store = "default" if match[2] == "temporal" else match[2]
            result.setdefault(f"{_FOLDERS.get(match[1], match[1])}/{store}", set()).add(match[3])
    return {store: sorted(versions, key=numbers) for store, versions in sorted(result.items())}
