"""Brings the definitions of a catalogue into one form, the same for all versions of a store."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from sys import intern

from agent.model.observation import Failure, SchemaCatalog
from agent.model.vocabulary import Reason
from agent.probes.base import MAX_ANSWER

#: Temporal's own schemas have about 300 columns and indexes; a database may contain more than those.
MAX_ROWS = 5_000
#: Maximum length of one definition, in characters; the longest in Temporal's schemas has 280.
MAX_LENGTH = 500

_LITERAL = re.compile(r"'(?:[^'\\]|\\.|'')*'")
#: Words that only some versions write: the type of a literal, and its character set.
_CAST = re.compile(r"^\s*::\s*[a-z_]+(?: varying| without time zone| with time zone)?(?:\[\])?")
_INTRODUCER = re.compile(r"\b_[a-z0-9]+\s*$")
_QUALIFIER = re.compile(r"(?:\"(?:[^\"]|\"\")*\"|\b[a-z_][a-z0-9_$]*)\.(?=[a-z_\"])")


def expression(text: str) -> str:
    """An expression without what differs from version to version: parentheses, quotes, casts of literals.

    Text in single quotes is not changed, because it can be the key of a JSON document.
    """
    parts: list[str] = []
    place = 0
    for literal in _LITERAL.finditer(text):
        parts += [_words(text[place : literal.start()], after_literal=bool(parts)), literal[0]]
        place = literal.end()
    parts.append(_words(text[place:], after_literal=bool(parts)))
    return _spaced("".join(parts))


def _words(text: str, *, after_literal: bool) -> str:
    text = text.lower()
    if after_literal:
        text = _CAST.sub(" ", text)
    text = _INTRODUCER.sub(" ", text)
    return re.sub(r"[()\"`]", " ", _QUALIFIER.sub("", text))


def _spaced(text: str) -> str:
    """One space between words and none around operators, except in literals."""
    parts = re.split(rf"({_LITERAL.pattern})", text)
    for place in range(0, len(parts), 2):
        words = re.sub(r"\s+", " ", parts[place])
        parts[place] = re.sub(r" ?(->>|->|::|[,=<>+*/-]) ?", r"\1", words)
    return "".join(parts).strip()


def shape(
    columns: Mapping[str, str],
    indexes: Mapping[str, str],
    invalid: Iterable[str] = (),
    *,
    rows: int,
    hidden: Failure | None = None,
) -> SchemaCatalog:
    """The catalogue, or a failure if it is larger than any valid catalogue.

    `rows`: how many rows the catalogue returned; the queries ask for one more than `MAX_ROWS`.
    """
    size = sum(len(name) + len(text) for part in (columns, indexes) for name, text in part.items())
    if rows > MAX_ROWS or size > MAX_ANSWER:
        text = f"the catalogue has more than {MAX_ROWS} columns and indexes, or more than {MAX_ANSWER} bytes"
        return unreadable(Failure(Reason.ANSWER_TOO_LARGE, text))
    return SchemaCatalog(_shared(columns), _shared(indexes), frozenset(invalid), hidden=hidden)


def _shared(parts: Mapping[str, str]) -> dict[str, str]:
    """Thousands of clusters have the same texts: each is kept once in memory."""
    return {intern(name): intern(text) for name, text in parts.items()}


def unreadable(problem: Failure) -> SchemaCatalog:
    """A catalogue that could not be read."""
    return SchemaCatalog({}, {}, frozenset(), problem=problem)
