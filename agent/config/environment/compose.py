"""The container of a Temporal server in a compose file: its image and its variables.

Source: compose-spec/compose-spec, spec.md: "Services top-level elements" and "Interpolation".
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from agent.config.document import Document, Place, parse, path_text
from agent.config.environment.env_file import read_env_file, small_text_of
from agent.config.environment.interpolation import InterpolationError, substitute
from agent.config.environment.mounts import mounted_files
from agent.config.environment.variables import ContainerEnvironment, ContainerVariable, values_of, variable
from agent.config.errors import ConfigError, Problem

#: The images that start a Temporal server, in any registry.
SERVER_IMAGE = re.compile(r"(?:^|.*/)temporalio/(?:server|auto-setup)(?:[:@].*)?", re.DOTALL)
#: The variables that name the hosts of a database.
SEEDS = frozenset({"CASSANDRA_SEEDS", "MYSQL_SEEDS", "POSTGRES_SEEDS"})
_EXPORTED = re.compile(rf"\b(?:DB|{'|'.join(sorted(SEEDS))})=")
_DEVELOPMENT = "its data is in memory or in one SQLite file, so there is no database to check"
_SHOWN = 5
_WHOLE = "`docker compose config > whole.yaml` writes a file without it, with all passwords: name that file"


def read_compose(path: Path, service: str = "") -> ContainerEnvironment:
    """The container of a service; without a name, of the only service with an image of Temporal's server.

    Profiles, `include` and override files are not read.

    Raises:
        ConfigError: the file cannot be read, or it does not say which variables the container gets.
    """
    document = parse(Document(str(path), plain=True), small_text_of(path))
    if document.problems:
        raise ConfigError(document.problems)
    services = document.data.get("services") if isinstance(document.data, dict) else None
    if not isinstance(services, dict):
        raise _error(document, (), "is not a compose file: it has no `services`")
    others = _others(path.parent)
    name = service or _only_server(document, services, others)
    if name not in services:
        close = get_close_matches(name[:60], services, 1) or list(services)
        raise _error(document, ("services",), f"has no service {name[:60]!r}: choose one of {_listed(close)}")
    return _container(document, name, services[name], others)


def image_tag(image: str) -> str:
    """The tag of an image; '' without one."""
    return image.partition("@")[0].rpartition("/")[2].partition(":")[2]


def is_compose_text(text: str) -> bool:
    """Whether a text is a compose file. Env files have lines `NAME: value`, too."""
    return re.search(r"^services:[ \t]*\r?$", text, re.MULTILINE) is not None


def _others(folder: Path) -> Mapping[str, str]:
    """What the values may use: the file `.env`, and the agent's own environment, which wins."""
    file = folder / ".env"
    own = dict(os.environ)
    return values_of(read_env_file(file, own)) | own if file.is_file() else own


def _only_server(document: Document, services: Mapping[str, Any], others: Mapping[str, str]) -> str:
    found = [name for name, each in services.items() if SERVER_IMAGE.fullmatch(_image(each, others))]
    found = found or [name for name, each in services.items() if _may_be_server(name, each)]
    roles = [_roles(services[name]) for name in found]
    if all(roles):
        # Each service has its roles: the first one with a frontend has the stores of all.
        found = [name for name, role in zip(found, roles, strict=True) if "frontend" in role][:1] or found
    if len(found) == 1:
        return found[0]
    images = "temporalio/server or temporalio/auto-setup"
    if found:
        message = (
            f"has {len(found)} services that may be the server: set `service` to one of {_listed(found)}"
        )
    elif names := [name for name, each in services.items() if "start-dev" in _command(each)]:
        message = f"runs Temporal's server for development (`start-dev`) as {_listed(names)}: {_DEVELOPMENT}"
    else:
        message = f"has no service with the image {images}: set `service` to one of {_listed(list(services))}"
    raise _error(document, ("services",), message)


def _roles(service: Any) -> frozenset[str]:
    """The services of Temporal that a container runs; empty: all of them."""
    written = _written(service)
    # The variable of images from 1.30 on, and that of earlier ones.
    return frozenset(re.findall("[a-z-]+", written.get("TEMPORAL_SERVICES") or written.get("SERVICES") or ""))


def _command(service: Any) -> str:
    """The words of the entry point and the command."""
    keys = ("entrypoint", "command")
    return " ".join(str(service.get(key)) for key in keys) if isinstance(service, dict) else ""


def _written(service: Any) -> dict[str, str | None]:
    """The variables that a service sets itself, as written."""
    given = service.get("environment") if isinstance(service, dict) else None
    if isinstance(given, dict):
        return {name: text for name, text in given.items() if isinstance(text, str | None)}
    entries = [each.partition("=") for each in given or () if isinstance(each, str)]
    return {name: text for name, _, text in entries}


def _may_be_server(name: str, service: Any) -> bool:
    """Whether the variables are those of a server, whose image has another name or is built here."""
    variables = _written(service)
    if "DB" not in variables or SEEDS.isdisjoint(variables):
        return False
    # The schema tools read some of these variables, too.
    return "admin-tools" not in f"{name} {service.get('image')} {service.get('build')}"


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(name[:60] for name in names[:_SHOWN])
    more = len(names) - _SHOWN
    return f"{shown} and {more} more" if more > 0 else shown or "its services"


def _image(service: Any, others: Mapping[str, str]) -> str:
    """The name and tag; as written if a variable in it is not set."""
    image = service.get("image") if isinstance(service, dict) else None
    if not isinstance(image, str):
        return ""
    try:
        return substitute(image, others)
    except InterpolationError:
        return image


def _container(
    document: Document, name: str, service: Any, others: Mapping[str, str]
) -> ContainerEnvironment:
    at = ("services", name)
    if not isinstance(service, dict):
        raise _error(document, at, "is not a service: write keys and values here")
    if "extends" in service:
        raise _error(document, (*at, "extends"), f"is not followed: {_WHOLE}")
    if _EXPORTED.search(_command(service)):
        key = "command" if "command" in service else "entrypoint"
        what = "sets variables in a command of a shell, which the agent does not run: write them into"
        raise _error(document, (*at, key), f"{what} `environment`, or into an env file")
    variables: dict[str, ContainerVariable] = {}
    for file, place in _env_files(document, at, service.get("env_file"), others):
        variables |= _read_named(document, file, place, others)
    own = service.get("environment")
    variables |= _environment(document, (*at, "environment"), own, others)
    return ContainerEnvironment(
        variables,
        document,
        (*at, "environment"),
        (name,),
        _image(service, others),
        name,
        mounted_files(Path(document.file).parent, service, document.data.get("configs"), others),
        _command(service),
    )


def _env_files(
    document: Document, at: Place, listed: Any, others: Mapping[str, str]
) -> list[tuple[Path, Place]]:
    """The env files of a service that have to be read, in order: the last one wins."""
    place = (*at, "env_file")
    entries = listed if isinstance(listed, tuple) else () if listed is None else (listed,)
    found = []
    for index, entry in enumerate(entries):
        here = (*place, index) if isinstance(listed, tuple) else place
        name = entry.get("path") if isinstance(entry, dict) else entry
        if not isinstance(name, str) or not name:
            raise _error(document, here, "write a file, or a list of files")
        try:
            file = Path(document.file).parent / substitute(name, others)
        except InterpolationError as error:
            raise _error(document, here, str(error)) from error
        is_optional = isinstance(entry, dict) and entry.get("required") == "false"
        if file.exists() or not is_optional:
            found.append((file, here))
    return found


def _read_named(
    document: Document, file: Path, place: Place, others: Mapping[str, str]
) -> dict[str, ContainerVariable]:
    try:
        return read_env_file(file, others)
    except ConfigError as error:
        whole = [problem for problem in error.problems if not problem.line]
        raise _error(document, place, f"{file} {whole[0].message}") if whole else error from error


def _environment(
    document: Document, at: Place, given: Any, others: Mapping[str, str]
) -> dict[str, ContainerVariable]:
    found = {}
    for name, text, line in _pairs(document, at, given):
        place = (*at, name)
        document.lines[place] = line
        if text is not None:
            found[name] = variable(text, document, place, others)
        elif name in others:
            # A name alone passes the variable on.
            found[name] = ContainerVariable(f"${{{name}}}", document, place, others[name])
    return found


def _pairs(document: Document, at: Place, given: Any) -> list[tuple[str, str | None, int]]:
    """Name, text and line of each variable, from a mapping or a list of `NAME=value`."""
    if isinstance(given, dict):
        broken = next((key for key, value in given.items() if not isinstance(value, str | None)), None)
        if broken is not None:
            raise _error(document, (*at, broken), "write one value")
        return [(key, value, document.line((*at, key))) for key, value in given.items()]
    if not isinstance(given, tuple | None):
        raise _error(document, at, "write names and values, or a list of `NAME=value`")
    pairs: list[tuple[str, str | None, int]] = []
    for index, entry in enumerate(given or ()):
        if not isinstance(entry, str) or not entry or entry.startswith("="):
            raise _error(document, (*at, index), "write `NAME=value`")
        name, has_value, text = entry.partition("=")
        pairs.append((name, text if has_value else None, document.line((*at, index))))
    return pairs


def _error(document: Document, place: Place, message: str) -> ConfigError:
    return ConfigError([Problem(document.file, document.line(place), path_text(place), message)])
