"""Secrets are outside the configuration: in files or in the environment, and are read when needed."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from agent.config.document import Place, parse_each, text_of
from agent.config.environment.compose import read_compose
from agent.config.environment.env_file import env_file_environment
from agent.config.environment.variables import ContainerEnvironment, ContainerVariable
from agent.config.environment.workload import read_workload
from agent.config.errors import ConfigError
from agent.config.files import open_regular
from agent.config.redaction import IN_PROCESS

VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}", re.ASCII)
#: A value in a YAML file; the keys on the way to it are written as in an address.
YAML_VALUE = re.compile(r"\$\{(/.*)#((?:/[A-Za-z0-9_.~%-]*)+)\}", re.ASCII | re.DOTALL)
#: A variable in an env file, of a service in a compose file, or of a container in a workload.
ENVIRONMENT_VALUE = re.compile(r"\$\{(/.*)#environment((?:/[A-Za-z0-9_.~%-]+){1,3})\}", re.ASCII | re.DOTALL)

#: A file that holds a secret is short; more than this is some other file.
_MAX_CHARACTERS = 65536


def yaml_value(file: str, place: Place) -> str:
    """The reference to a value in a YAML file, by the file's absolute path and the value's place."""
    return f"${{{file}#{''.join('/' + quote(str(part), safe='') for part in place)}}}"


def environment_value(file: str, place: Place) -> str:
    """The reference to a variable: its name, after what names its container."""
    path = Path(file).absolute()
    return f"${{{path}#environment{''.join('/' + quote(str(part), safe='') for part in place)}}}"


class SecretUnreadableError(Exception):
    """The file or the variable of a secret is not there. The text names it, never its content."""


@dataclass(frozen=True)
class Secret:
    """Where a secret is: `${NAME}`, `${FILE#/key/key}`, `${FILE#environment/SERVICE/NAME}` or a path.

    Reading it again for every connection lets it rotate.
    """

    reference: str

    @property
    def place(self) -> str:
        """Where it is, for people: a variable, a file, or a key of a file."""
        if match := VARIABLE.fullmatch(self.reference):
            return f"the variable {match[1]}"
        match = ENVIRONMENT_VALUE.fullmatch(self.reference) or YAML_VALUE.fullmatch(self.reference)
        if match is None:
            return self.reference
        keys = [unquote(part) for part in match[2].split("/")[1:]]
        return f"{match[1]}, key {'.'.join(keys)}"

    def read(self) -> str:
        """The secret, without the newline that editors leave at the end. The log masks it from now on.

        Raises:
            SecretUnreadableError: there is none.
        """
        value = self._read()
        IN_PROCESS.remember(value)
        return value

    def _read(self) -> str:
        match = VARIABLE.fullmatch(self.reference)
        if match is not None:
            value = os.environ.get(match[1])
            if value is None:
                raise SecretUnreadableError(f"the environment has no variable {match[1]}")
            return value
        match = YAML_VALUE.fullmatch(self.reference)
        if match is not None:
            return _value(Path(match[1]), [unquote(part) for part in match[2].split("/")[1:]])
        match = ENVIRONMENT_VALUE.fullmatch(self.reference)
        if match is not None:
            return _variable(Path(match[1]), [unquote(part) for part in match[2].split("/")[1:]])
        try:
            with TextIOWrapper(open_regular(Path(self.reference)), encoding="utf-8") as file:
                return file.read(_MAX_CHARACTERS).rstrip("\r\n")
        except (OSError, ValueError) as error:
            # The text of a ValueError would quote what was read.
            why = error.strerror if isinstance(error, OSError) else type(error).__name__
            raise SecretUnreadableError(f"{self.reference}: cannot be read: {why}") from error


def _value(path: Path, keys: Sequence[str]) -> str:
    try:
        documents = parse_each(str(path), text_of(path))
        if problems := [problem for document in documents for problem in document.problems]:
            raise ConfigError(problems)
    except ConfigError as error:
        raise SecretUnreadableError(f"{path}: cannot be read any more") from error
    for document in documents:
        value = _at(document.data, keys)
        if isinstance(value, str):
            return value
    raise SecretUnreadableError(f"{path}: has no text at {'.'.join(keys)} any more")


def _at(value: Any, keys: Sequence[str]) -> Any:
    """The value at the end of these keys, also in YAML that is the text of another value."""
    for key in keys:
        if isinstance(value, str):
            value = _embedded(value)
        if isinstance(value, tuple):
            value = dict(zip(map(str, range(len(value))), value, strict=True))
        value = value.get(key) if isinstance(value, dict) else None
    return value


def written_value(reference: str) -> str:
    """The text of a variable in an env file or compose file as written; `${NAME}` is another reference.

    Raises:
        SecretUnreadableError: there is none.
    """
    match = ENVIRONMENT_VALUE.fullmatch(reference)
    if match is None:
        return ""
    return _container_variable(Path(match[1]), [unquote(part) for part in match[2].split("/")[1:]]).written


def _container_variable(path: Path, names: Sequence[str]) -> ContainerVariable:
    *service, name = names
    try:
        environment = _container(path, service)
    except ConfigError as error:
        raise SecretUnreadableError(f"{path}: cannot be read any more") from error
    found = environment.variables.get(name) if environment is not None else None
    if found is None:
        raise SecretUnreadableError(f"{path}: does not set {name} any more")
    return found


def _container(path: Path, names: Sequence[str]) -> ContainerEnvironment | None:
    """An env file has one container, a compose file names each, and a workload `container` and its name."""
    if not names:
        return env_file_environment(path)
    return read_compose(path, names[0]) if len(names) == 1 else read_workload(path, names[1], has_file=True)


def _variable(path: Path, names: Sequence[str]) -> str:
    found, name = _container_variable(path, names), names[-1]
    if found.error:
        raise SecretUnreadableError(f"{path}: {name} {found.error}")
    return found.value


def _embedded(text: str) -> Any:
    try:
        return parse_each("", text)[0].data
    except ConfigError:
        return None
