"""Reads the facts about one release from Temporal's files, except its upgrade folders."""

from __future__ import annotations

import re
from typing import Any

from agent.maintain.schema_files import constants
from agent.maintain.source_tree import Tree, UnreadableError, first, group

_REPORTED = re.compile(r'^\s*ServerVersion\s*=\s*"([0-9.]+)"', re.MULTILINE)
_GO = re.compile(r"^go (\S+)$", re.MULTILINE)

_MAIN = "cmd/server/main.go"
_PLUGINS = "common/persistence/sql/sqlplugin"
_IMPORTED = re.compile(rf'^\s*(?:import\s+)?_\s+"go\.temporal\.io/server/{_PLUGINS}/(\w+)"', re.MULTILINE)
_REGISTERED = re.compile(r"\bRegisterPlugin\((\w+)")

_TEMPLATE = re.compile(r"schema/elasticsearch/visibility/versioned/v(\d+)/index_template\w*\.json")

#: The places of the compose files of the release's own CI: Buildkite up to 1.23, then GitHub.
#: `-local` files are not used by that CI. `develop/docker-compose` is not used by tests.
_CI = re.compile(
    r"(?:docker/buildkite|\.buildkite|develop/buildkite|develop/github)/docker-compose(?!-local)[\w.-]*\.ya?ml"
)
_IMAGE = re.compile(r"""^\s*image:\s*["']?([^\s"'#]+)""", re.MULTILINE)


def read(tree: Tree) -> dict[str, Any]:
    """The facts, in the order of the keys in the releases file."""
    headers = first(tree, "common/headers/version_checker.go", "common/headers/versionChecker.go")
    return {
        "reported": group(tree, headers, _REPORTED, "ServerVersion"),
        "go": group(tree, first(tree, "go.mod"), _GO, "Go version"),
        "plugins": plugins(tree),
        "schema": constants(tree),
        "index": max((int(version) for version in _matches(tree, _TEMPLATE)), default=None),
        "tested_with": images(tree),
    }


def plugins(tree: Tree) -> list[str]:
    """The SQL plugins that a build of the server can have: those that its imported packages register.

    1.13 and 1.14 have a package for SQLite that no binary imports. 1.15 and 1.16 import it in
    `main_cgo.go`, only for builds with cgo. The published binaries were built without cgo (.goreleaser.yml);
    a server that reports the plugin was built with cgo.
    """
    main = first(tree, _MAIN)
    files = [main, *(path for path in [main.replace("main.go", "main_cgo.go")] if path in tree.paths)]
    imported = [package for path in files for package in _IMPORTED.findall(tree.text(path))]
    if not imported:
        raise UnreadableError(tree, _MAIN, "does not import a SQL plugin")
    return sorted(name for package in imported for name in _registered(tree, f"{_PLUGINS}/{package}"))


def _registered(tree: Tree, package: str) -> set[str]:
    files = [
        path
        for path in tree.paths
        if path.rpartition("/")[0] == package and path.endswith(".go") and not path.endswith("_test.go")
    ]
    code = "\n".join(tree.text(path) for path in files)
    constants = dict(re.findall(r'^\s*(?:const\s+)?(\w+)\s*=\s*"([^"]*)"', code, re.MULTILINE))
    names = set(_REGISTERED.findall(code))
    if not names or not names <= constants.keys():
        raise UnreadableError(tree, package, "does not register a plugin under a readable name")
    return {constants[name] for name in names}


def images(tree: Tree) -> list[str] | None:
    """The images in the CI's compose files; None if there are no such files."""
    files = [path for path in tree.paths if _CI.fullmatch(path)]
    if not files:
        return None
    names = {image for path in files for image in _IMAGE.findall(tree.text(path))}
    if not names:
        raise UnreadableError(tree, files[0], "has no image")
    return sorted(names)


def _matches(tree: Tree, pattern: re.Pattern[str]) -> list[str]:
    return [match[1] for path in tree.paths if (match := pattern.fullmatch(path))]
