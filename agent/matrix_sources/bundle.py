"""A bundle: one JSON file with all that a matrix is made of, from whoever has a newer one."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from pathlib import Path
from typing import Any

from packaging.version import Version as Number
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

#: Bytes. The built-in one has less than a hundredth of it.
MOST = 16 * 1024 * 1024

#: Told of one bundle. One of another kind would bring hundreds.
_MOST_PROBLEMS = 20

_ANY = parse("1")


class AgentTooOldError(ConfigError):
    """The bundle is for newer agents; the text says which version to upgrade to."""


def read_file(path: Path, sha256: str | None = None) -> Matrix:
    """The matrix in this file.

    Raises:
        AgentTooOldError: it needs a newer agent.
        ConfigError: it can't be read, or it is damaged; with every error, each with its place.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MOST + 1)
    except (OSError, ValueError) as error:
        text = getattr(error, "strerror", None) or error
        raise _error(str(path), f"cannot be read: {text}") from error
    if len(content) > MOST:
        raise _error(str(path), f"is larger than {MOST} bytes")
    return parse_bundle(str(path), content, sha256)


def parse_bundle(name: str, content: bytes, sha256: str | None = None) -> Matrix:
    """The matrix in the contents of a bundle, looked at as a whole. Errors call it by `name`.

    Files that bundles did not have from the beginning may be missing: the built-in ones stand in for them.

    Raises:
        AgentTooOldError: it needs a newer agent.
        ConfigError: it is damaged.
    """
    found = hashlib.sha256(content).hexdigest()
    if sha256 is not None and found != sha256:
        raise _error(name, f"has another checksum than the one that is asked for: sha256 {found}")
    try:
        data = json.loads(content)
        # Before all else: what a newer agent reads may look damaged to this one.
        _check_agent(name, needed_agent(data))
        data = _completed(data)
        check(data)
        # Lone surrogates can be written in JSON, and then be shown nowhere.
        json.dumps(data, ensure_ascii=False).encode()
        matrix = build(data["files"], date.fromisoformat(data["published"]))
        _try(matrix)
    except json.JSONDecodeError as error:
        raise _error(name, f"is no JSON: {error.msg}", error.lineno) from error
    except UnicodeDecodeError as error:
        raise _error(name, "is not UTF-8 text") from error
    except ValidationError as error:
        raise ConfigError(_problems(name, error)) from error
    except RecursionError as error:
        raise _error(name, "is nested too deep") from error
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        # What the shapes let pass and the lookups can't work with.
        raise _error(name, f"cannot be used: {type(error).__name__}: {error}") from error
    return matrix


def older(matrix: Matrix, than: Matrix) -> str:
    """Why a matrix is older than another one; nothing if it is not."""
    if matrix.published < than.published:
        return f"is of {matrix.published}, and the one that the agent comes with of {than.published}"
    newest, known = matrix.releases.all[-1], than.releases.all[-1]
    if newest.version.number < known.version.number:
        return f"knows Temporal up to {newest.name}, and the one that the agent comes with up to {known.name}"
    return ""


def _check_agent(name: str, needed: str | None) -> None:
    # A development build counts as the release that it leads to.
    own = Number(Number(__version__).base_version)
    if needed is not None and own < Number(needed):
        message = (
            f"the bundle needs agent {needed} or newer, this is agent {__version__}: upgrade the agent to"
            f" {needed} or newer"
        )
        raise AgentTooOldError([Problem(name, 0, "needs_agent", message)])


def _completed(data: Any) -> Any:
    """The bundle with the built-in files in place of those that the first bundles did not have."""
    files = data.get("files") if isinstance(data, dict) else None
    if not isinstance(files, dict):
        return data
    missing = [name for name in LATER_FILES if name not in files]
    return {**data, "files": read_built_in(missing) | files}


def _try(matrix: Matrix) -> None:
    """Ask of every release what the judge asks, so that nothing in it can surprise the judge later."""
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
    found = [
        Problem(name, 0, path_text(tuple(item["loc"])), in_words(item["type"], item["msg"]))
        for item in error.errors(include_url=False, include_input=False)
    ]
    if len(found) > _MOST_PROBLEMS:
        rest = len(found) - _MOST_PROBLEMS
        return [*found[:_MOST_PROBLEMS], Problem(name, 0, "", f"and {rest} errors more")]
    return found


def _error(name: str, message: str, line: int = 0) -> ConfigError:
    return ConfigError([Problem(name, line, "", message)])
