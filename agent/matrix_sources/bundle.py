"""Reads a bundle: one JSON file with a whole matrix, newer than the built-in one."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from pathlib import Path
from typing import Any

from packaging.version import Version as PackagingVersion
from pydantic import ValidationError

from agent import __version__
from agent.components.registry import FILLED_BY, SQL, original
from agent.config.document import path_text
from agent.config.errors import ConfigError, Problem, in_words
from agent.matrix import Matrix, Release
from agent.matrix.load import LATER_FILES, build, read_built_in
from agent.matrix.schema import need, plugins_for
from agent.matrix_sources.bundle_schema import check, needed_agent
from agent.model.versions import parse
from agent.model.vocabulary import STORE_ROLES

#: The built-in matrix is less than a hundredth of this.
MAX_BUNDLE_BYTES = 16 * 1024 * 1024

#: A JSON file that is not a bundle could cause hundreds of errors.
MAX_PROBLEMS_SHOWN = 20

_ANY = parse("1")


class AgentTooOldError(ConfigError):
    """The bundle needs a newer agent; the message says which version to upgrade to."""


def read_file(path: Path, sha256: str | None = None) -> Matrix:
    """The matrix in a bundle file. `sha256`: the checksum that the file must have.

    Raises:
        AgentTooOldError: the bundle needs a newer agent.
        ConfigError: the file cannot be read or is damaged; with every error, each with its place.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BUNDLE_BYTES + 1)
    except (OSError, ValueError) as error:
        text = getattr(error, "strerror", None) or error
        raise _error(str(path), f"cannot be read: {text}") from error
    if len(content) > MAX_BUNDLE_BYTES:
        raise _error(str(path), f"is larger than {MAX_BUNDLE_BYTES} bytes")
    return parse_bundle(str(path), content, sha256)


def parse_bundle(name: str, content: bytes, sha256: str | None = None) -> Matrix:
    """The matrix in the contents of a bundle, after a complete check. Errors use `name` as the file's name.

    Files that the first bundles did not have may be missing: the built-in files replace them.

    Raises:
        AgentTooOldError: the bundle needs a newer agent.
        ConfigError: the bundle is damaged.
    """
    actual = hashlib.sha256(content).hexdigest()
    if sha256 is not None and actual != sha256:
        raise _error(name, f"wrong checksum: expected sha256 {sha256}, found sha256 {actual}")
    try:
        data = json.loads(content)
        # This check comes first: a bundle for a newer agent may look damaged to this one.
        _check_agent(name, needed_agent(data))
        data = _with_built_in_files(data)
        check(data)
        # JSON can contain lone surrogates, which cannot be shown anywhere.
        json.dumps(data, ensure_ascii=False).encode()
        matrix = build(data["files"], date.fromisoformat(data["published"]))
        _check_lookups(matrix)
    except json.JSONDecodeError as error:
        raise _error(name, f"is not valid JSON: {error.msg}", error.lineno) from error
    except UnicodeDecodeError as error:
        raise _error(name, "is not UTF-8 text") from error
    except ValidationError as error:
        raise ConfigError(_problems(name, error)) from error
    except RecursionError as error:
        raise _error(name, "is nested too deeply") from error
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        # The data passed the schema, but the lookups cannot work with it.
        raise _error(name, f"cannot be used: {type(error).__name__}: {error}") from error
    return matrix


def why_older(matrix: Matrix, than: Matrix) -> str:
    """Why a matrix is older than `than`, the built-in one; empty if it is not."""
    if matrix.published < than.published:
        return f"was published on {matrix.published}, before the built-in matrix of {than.published}"
    newest, known = matrix.releases.all[-1], than.releases.all[-1]
    if newest.version.number < known.version.number:
        return f"knows Temporal up to {newest.name}, but the built-in matrix up to {known.name}"
    return ""


def _check_agent(name: str, needed: str | None) -> None:
    # A development build counts as the release that follows it.
    own = PackagingVersion(PackagingVersion(__version__).base_version)
    if needed is not None and own < PackagingVersion(needed):
        message = (
            f"the bundle needs agent {needed} or newer, this is agent {__version__}: upgrade the agent to"
            f" {needed} or newer"
        )
        raise AgentTooOldError([Problem(name, 0, "needs_agent", message)])


def _with_built_in_files(data: Any) -> Any:
    """The bundle, with built-in files in place of missing ones that the first bundles did not have."""
    files = data.get("files") if isinstance(data, dict) else None
    if not isinstance(files, dict):
        return data
    missing = [name for name in LATER_FILES if name not in files]
    return {**data, "files": read_built_in(missing) | files}


def _check_lookups(matrix: Matrix) -> None:
    """Do every lookup that a verdict needs, so that no entry can fail later."""
    flavors = {(statement.component, statement.flavor) for statement in matrix.support.statements}
    for release in matrix.releases.all:
        for role, components in FILLED_BY.items():
            for component in components:
                for plugin in _plugins(release, component):
                    for flavor in {"", *(flavor for of, flavor in flavors if of == component)}:
                        matrix.support.cell(release, role, component, plugin, _ANY, flavor)
                    if role in STORE_ROLES:
                        need(matrix.releases.match(release.version), component, plugin, role)


def _plugins(release: Release, component: str) -> tuple[str, ...]:
    return plugins_for(release, original(component), "") if component in SQL else ("",)


def _problems(name: str, error: ValidationError) -> list[Problem]:
    problems = [
        Problem(name, 0, path_text(tuple(item["loc"])), in_words(item["type"], item["msg"]))
        for item in error.errors(include_url=False, include_input=False)
    ]
    if len(problems) > MAX_PROBLEMS_SHOWN:
        rest = len(problems) - MAX_PROBLEMS_SHOWN
        return [*problems[:MAX_PROBLEMS_SHOWN], Problem(name, 0, "", f"and {rest} more errors")]
    return problems


def _error(name: str, message: str, line: int = 0) -> ConfigError:
    return ConfigError([Problem(name, line, "", message)])
