"""Env files, by the rules of Docker Compose.

Source: compose-spec/compose-go, dotenv/parser.go. `docker run --env-file` differs: it takes quotes and `$`
literally.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from agent.config.document import Document, text_of
from agent.config.environment.variables import (
    MAX_BYTES,
    ContainerEnvironment,
    ContainerVariable,
    values_of,
    variable,
)
from agent.config.errors import ConfigError, Problem
from agent.config.files import open_regular

_START = re.compile(
    r"\s*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_.-]*)[ \t]*(?:([=:])[ \t]*|(?=\r?\n|#|$))", re.ASCII
)
_SKIP = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)+")
_SINGLE = re.compile(r"'([^']*)'")
_DOUBLE = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_UNQUOTED = re.compile(r"(?:(?![ \t]#)[^\n])*")
_REST = re.compile(r"[ \t]*(?:#[^\n]*)?\r?(?=\n|$)")
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "$": "$$"}


def read_env_file(path: Path, others: Mapping[str, str]) -> dict[str, ContainerVariable]:
    """The variables of an env file. `others`: what its values may use, besides the lines above.

    Raises:
        ConfigError: the file cannot be read, or a line is not `NAME=value`.
    """
    return parse_env_file(Document(str(path)), small_text_of(path), others)


def env_file_environment(path: Path) -> ContainerEnvironment:
    """The container that gets the variables of this file.

    Raises:
        ConfigError: the file cannot be read, or a line is not `NAME=value`.
    """
    document = Document(str(path), lines={(): 1})
    variables = parse_env_file(document, small_text_of(path), os.environ)
    return ContainerEnvironment(variables, document, ())


def small_text_of(path: Path) -> str:
    """The text of a file of at most 1 MB.

    Raises:
        ConfigError: the file cannot be read, or is larger.
    """
    try:
        with open_regular(path) as file:
            size = file.seek(0, 2)
    except (OSError, ValueError):
        size = 0  # Reading it says why.
    if size > MAX_BYTES:
        message = "has more than 1 MB: this is neither an env file nor a compose file of Temporal"
        raise ConfigError([Problem(str(path), 0, "", message)])
    return text_of(path)


def parse_env_file(document: Document, text: str, others: Mapping[str, str]) -> dict[str, ContainerVariable]:
    """The variables in the text of an env file.

    Raises:
        ConfigError: a line is not `NAME=value`.
    """
    found: dict[str, ContainerVariable] = {}
    values: dict[str, str] = dict(others)
    at, line, counted = _skip(text, 1 if text.startswith("\ufeff") else 0), 1, 0
    while at < len(text):
        line, counted = line + text.count("\n", counted, at), at
        match = _START.match(text, at)
        if match is None:
            raise _error(document, line, "is not a line `NAME=value`")
        name, here = match[1], (match[1],)
        document.lines[here] = line
        if match[2]:
            written, is_literal, at = _value(document, text, match.end(), line)
            found[name] = (
                ContainerVariable(written, document, here, written)
                if is_literal
                else variable(written, document, here, values)
            )
        else:
            # A name alone passes the variable on.
            at = match.end()
            if name in others:
                found[name] = ContainerVariable(f"${{{name}}}", document, here, others[name])
        if name in found:
            values |= {key: each for key, each in values_of({name: found[name]}).items() if key not in others}
        at = _skip(text, at)
    return found


def _skip(text: str, at: int) -> int:
    match = _SKIP.match(text, at)
    return match.end() if match else at


def _value(document: Document, text: str, at: int, line: int) -> tuple[str, bool, int]:
    """The value as a template, whether it is literal, and the position behind it."""
    quote = text[at : at + 1]
    if quote == "#":
        return "", True, at
    if quote not in ("'", '"'):
        match = _UNQUOTED.match(text, at)
        assert match is not None
        return match[0].strip(), False, match.end()
    match = (_SINGLE if quote == "'" else _DOUBLE).match(text, at)
    if match is None:
        raise _error(document, line, "begins with a quote that does not end")
    rest = _REST.match(text, match.end())
    if rest is None:
        raise _error(document, line, "has text behind its closing quote")
    inner = match[1] if quote == "'" else _unescaped(match[1])
    return inner, quote == "'", rest.end()


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", lambda match: _ESCAPES.get(match[1], match[1]), text, flags=re.DOTALL)


def _error(document: Document, line: int, message: str) -> ConfigError:
    return ConfigError([Problem(document.file, line, "", message)])
