"""Writes what a catalogue says in one way, whatever version of the store said it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from sys import intern

from agent.model.observation import Failure, SchemaCatalog
from agent.model.vocabulary import Reason
from agent.probes.base import MAX_ANSWER

#: Temporal's own schemas have some three hundred columns and indexes; a database may hold more than those.
MOST_ROWS = 5_000
#: Characters of one definition; the longest of Temporal's own has 280.
LONGEST = 500

_LITERAL = re.compile(r"'(?:[^'\\]|\\.|'')*'")
#: Words that one version writes and another leaves out: of a literal's type, and of its character set.
_CAST = re.compile(r"^\s*::\s*[a-z_]+(?: varying| without time zone| with time zone)?(?:\[\])?")
_INTRODUCER = re.compile(r"\b_[a-z0-9]+\s*$")
_QUALIFIER = re.compile(r"(?:\"(?:[^\"]|\"\")*\"|\b[a-z_][a-z0-9_$]*)\.(?=[a-z_\"])")


def expression(text: str) -> str:
    """An expression without what differs from version to version: parentheses, quotes, casts of literals.

    What stands between single quotes stays as it is, for the keys of JSON documents do.
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
    """One space between words, none around signs; outside of literals there is nothing else to tell apart."""
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
    """What was read, unless that was more than any honest answer.

    `rows`: how many the catalogue gave, of which `MOST_ROWS` and one more are asked for.
    """
    size = sum(len(name) + len(text) for part in (columns, indexes) for name, text in part.items())
    if rows > MOST_ROWS or size > MAX_ANSWER:
        text = f"the catalogue has more than {MOST_ROWS} columns and indexes, or {MAX_ANSWER} bytes of them"
        return unreadable(Failure(Reason.ANSWER_TOO_LARGE, text))
    return SchemaCatalog(_shared(columns), _shared(indexes), frozenset(invalid), hidden=hidden)


def _shared(parts: Mapping[str, str]) -> dict[str, str]:
    """A thousand clusters have the same words: they are kept once."""
    return {intern(name): intern(text) for name, text in parts.items()}


def unreadable(problem: Failure) -> SchemaCatalog:
    """Nothing could be read."""
    return SchemaCatalog({}, {}, frozenset(), problem=problem)
