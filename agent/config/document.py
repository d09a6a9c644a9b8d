"""YAML with positions: the data of a file, and the line number of each key."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import yaml

from agent.config.errors import ConfigError, Problem
from agent.config.files import open_regular
from agent.config.sources import record_file

#: The path of a value: keys and indices.
Place = tuple[str | int, ...]


#: Ten thousand clusters have about half as many. Aliases of aliases could produce any number.
MAX_VALUES = 500_000

#: The largest file that is read, in bytes: about four times what ten thousand clusters have.
MAX_BYTES = 32 * 1024 * 1024

_PIECE = 65536

_NULL = "tag:yaml.org,2002:null"
_MERGE = "tag:yaml.org,2002:merge"


@dataclass
class Document:
    """One file's data (sequences as tuples), the line of each value, and errors in its YAML.

    `<<` merges. `plain`: every value is the text as written, or None. Go reads YAML into typed fields like
    this (gopkg.in/yaml.v3: decode.go), and so do Temporal and Helm. `quoted`: the places of values in
    quotes, which Go does not read as numbers.
    """

    file: str
    plain: bool = False
    data: Any = None
    lines: dict[Place, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    count: int = 0
    quoted: set[Place] = field(default_factory=set)

    def line(self, place: Place) -> int:
        """The line of a value, or of the closest enclosing value that exists; 0 if there is none."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 0)


def read(path: Path, *, plain: bool = False, allow_pipe: bool = False) -> Document:
    """Read one YAML file. `allow_pipe`: also what is not a regular file, which may block.

    Raises:
        ConfigError: the file cannot be read, or is not valid YAML.
    """
    return parse(Document(str(path), plain), text_of(path, allow_pipe=allow_pipe))


def text_of(path: Path, *, allow_pipe: bool = False, limit: int = MAX_BYTES) -> str:
    """The text of a file. `allow_pipe`: also of what is not a regular file, which may block.

    Raises:
        ConfigError: the file cannot be read, or has more than `limit` bytes.
    """
    document = Document(str(path))
    record_file(path)
    try:
        with path.open("rb") if allow_pipe else open_regular(path) as file:
            content = _read(file, limit)
        if len(content) > limit:
            raise _error(document, f"cannot be read: it is larger than {limit // 1024**2} MB")
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _error(document, "cannot be read: it is not UTF-8 text") from error
    except (OSError, ValueError) as error:
        raise _error(document, f"cannot be read: {getattr(error, 'strerror', None) or error}") from error


def _read(file: BinaryIO, limit: int) -> bytes:
    """Little more than `limit` bytes; in pieces, because a read of that size would reserve its memory."""
    content = bytearray()
    while len(content) <= limit and (piece := file.read(_PIECE)):
        content += piece
    return bytes(content)


def parse(document: Document, text: str) -> Document:
    """The document, filled from the text of its file.

    Raises:
        ConfigError: the text is not valid YAML.
    """
    with _errors_of(document, text):
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        if node is not None:
            document.data = _value(document, node, (), frozenset())
    return document


def parse_each(file: str, text: str) -> list[Document]:
    """All YAML documents in a text as plain documents, without empty ones; at least one.

    Raises:
        ConfigError: the text is not valid YAML.
    """
    documents = []
    with _errors_of(Document(file), text):
        for node in yaml.compose_all(text, Loader=yaml.SafeLoader):
            document = Document(file, plain=True)
            document.data = _value(document, node, (), frozenset())
            documents.append(document)
    return [each for each in documents if each.data is not None] or [Document(file, plain=True)]


@contextmanager
def _errors_of(document: Document, text: str) -> Iterator[None]:
    """Errors of the YAML library in this text as an error of the document, with its line."""
    try:
        yield
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 0
        hint = _hint(text.splitlines()[mark.line : mark.line + 1]) if mark else ""
        raise _error(document, f"is not valid YAML: {_problem(error)}{hint}", line) from error
    except RecursionError as error:
        raise _error(document, "is nested too deeply") from error


def _error(document: Document, message: str, line: int = 0) -> ConfigError:
    return ConfigError([Problem(document.file, line, "", message)])


def _problem(error: yaml.YAMLError) -> str:
    """The library's message in one line, without text that it quotes from the file: that may be a secret."""
    text = str(getattr(error, "problem", None) or error).splitlines()[0]
    return re.sub(r" '.*", "", text) if text.startswith("found undefined alias") else text


def _hint(lines: list[str]) -> str:
    """What is wrong with a line: a variable without quotes within braces, or a tab."""
    if any(re.match(r" *\t", line) for line in lines):
        return "; indent with spaces, not with tabs"
    is_bare = any(re.search(r"[{,].*:\s*\$\{", line) for line in lines)
    return '; inside braces write variables in quotes: "${NAME}"' if is_bare else ""


def path_text(place: Place) -> str:
    """A path as people write it: `clusters[0].temporal.frontend`."""
    text = ""
    for part in place:
        if isinstance(part, str) and not part.isprintable():
            part = repr(part)
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def _value(document: Document, node: yaml.Node, place: Place, above: frozenset[int]) -> Any:
    document.count += 1
    if document.count > MAX_VALUES:
        raise _error(document, f"has more than {MAX_VALUES} values")
    document.lines[place] = node.start_mark.line + 1
    if id(node) in above:
        document.problems.append(
            Problem(document.file, node.start_mark.line + 1, path_text(place), "refers to itself")
        )
        return None
    above = above | {id(node)}
    if isinstance(node, yaml.MappingNode):
        return _mapping(document, node, place, above)
    if isinstance(node, yaml.SequenceNode):
        return tuple(_value(document, item, (*place, index), above) for index, item in enumerate(node.value))
    document.quoted.discard(place)
    if getattr(node, "style", None):
        document.quoted.add(place)
    try:
        value = _plain(node) if document.plain else yaml.SafeLoader("").construct_object(node)
        if isinstance(value, str):
            value.encode()  # A lone surrogate cannot be shown anywhere.
        return value
    except (yaml.YAMLError, ValueError, LookupError, OverflowError, AttributeError):
        # It begins like a number or a date but is neither, or its tag is not known.
        document.problems.append(
            Problem(
                document.file,
                node.start_mark.line + 1,
                path_text(place),
                "has a value that cannot be parsed: correct it or put it in quotes",
            )
        )
        return None


def _plain(node: yaml.Node) -> Any:
    return None if node.tag == _NULL else node.value


def _mapping(
    document: Document, node: yaml.MappingNode, place: Place, above: frozenset[int]
) -> dict[str, Any]:
    values: dict[str, Any] = {}
    merged: dict[str, Any] = {}
    for key_node, value_node in node.value:
        if key_node.tag == _MERGE:
            merged = _merged(document, value_node, place, above)
            continue
        if not isinstance(key_node, yaml.ScalarNode):
            message = "a key must be plain text"
            document.problems.append(
                Problem(document.file, key_node.start_mark.line + 1, path_text(place), message)
            )
            continue
        key = str(key_node.value)
        here = (*place, key)
        if key in values:
            line = key_node.start_mark.line + 1
            message = f"is a duplicate key, first used on line {document.lines[here]}"
            document.problems.append(Problem(document.file, line, path_text(here), message))
            continue
        values[key] = _value(document, value_node, here, above)
        # The line of a mapping is that of its key, not that of its first entry.
        document.lines[here] = key_node.start_mark.line + 1
    return merged | values


def _merged(document: Document, node: yaml.Node, place: Place, above: frozenset[int]) -> dict[str, Any]:
    """The values that `<<` merges in: from one mapping, or from several, where the first one wins."""
    sources = node.value if isinstance(node, yaml.SequenceNode) else [node]
    line = document.lines[place]
    values: dict[str, Any] = {}
    for source in reversed(sources):
        found = len(document.problems)
        value = _value(document, source, place, above)
        if isinstance(value, dict):
            values |= value
        elif len(document.problems) == found:  # Else the problem is known already.
            message = "<< merges a mapping, or a list of mappings"
            here = source.start_mark.line + 1
            document.problems.append(Problem(document.file, here, path_text(place), message))
    document.lines[place] = line
    return values
