"""What one state of Temporal's files says about the release: everything but its schema."""

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

#: Where the compose files of the release's own CI have been: Buildkite up to 1.23, then GitHub.
#: `-local` ones are for people, without that CI. What `develop/docker-compose` starts is no test.
_CI = re.compile(
    r"(?:docker/buildkite|\.buildkite|develop/buildkite|develop/github)/docker-compose(?!-local)[\w.-]*\.ya?ml"
)
_IMAGE = re.compile(r"""^\s*image:\s*["']?([^\s"'#]+)""", re.MULTILINE)


def read(tree: Tree) -> dict[str, Any]:
    """The facts in the order in which the releases file has them."""
    headers = first(tree, "common/headers/version_checker.go", "common/headers/versionChecker.go")
    return {
        "reported": group(tree, headers, _REPORTED, "ServerVersion"),
        "go": group(tree, first(tree, "go.mod"), _GO, "Go version"),
        "plugins": plugins(tree),
        "schema": constants(tree),
        "index": max((int(version) for version in _found(tree, _TEMPLATE)), default=None),
        "tested_with": images(tree),
    }


def plugins(tree: Tree) -> list[str]:
    """The SQL plugins that a build of the server can have: those of the packages that it imports.

    1.13 and 1.14 have a package for SQLite that no binary imports. 1.15 and 1.16 import it in a
    `main_cgo.go`, for builds with cgo: what was published then was built without (.goreleaser.yml), a
    server that reports the plugin was not.
    """
    main = first(tree, _MAIN)
    files = [main, *(path for path in [main.replace("main.go", "main_cgo.go")] if path in tree.paths)]
    imported = [package for path in files for package in _IMPORTED.findall(tree.text(path))]
    if not imported:
        raise UnreadableError(tree, _MAIN, "imports no SQL plugin")
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
        raise UnreadableError(tree, package, "registers no plugin under a name that can be read")
    return {constants[name] for name in names}


def images(tree: Tree) -> list[str] | None:
    """The images of the CI's compose files; none where there are no such files."""
    files = [path for path in tree.paths if _CI.fullmatch(path)]
    if not files:
        return None
    found = {image for path in files for image in _IMAGE.findall(tree.text(path))}
    if not found:
        raise UnreadableError(tree, files[0], "names no image")
    return sorted(found)


def _found(tree: Tree, pattern: re.Pattern[str]) -> list[str]:
    return [match[1] for path in tree.paths if (match := pattern.fullmatch(path))]
