"""The structure of a Go template: its texts, outputs, assignments, and branches, each with its line.

Source: golang/go, text/template/doc.go: "Text and spaces", "Actions", "Pipelines", "Variables".
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

_COMMENT = re.compile(r"\{\{(-\s)?\s*/\*(?:[^*]|\*(?!/))*\*/\s*?(\s-)?\}\}")
_ACTION = re.compile(
    r'\{\{(-(?=\s))?((?:"(?:[^"\\\n]|\\.)*"|`[^`]*`|[^"`}]|\}(?!\}))*?)((?<=\s)-)?\}\}', re.DOTALL
)
_TOKEN = re.compile(
    r"""\s*(?:
    (?P<text>"(?:[^"\\\n]|\\.)*")
    | `(?P<raw>[^`]*)`
    | (?P<number>-?[0-9]{1,9}(?![\w.]))
    | (?P<variable>\$[A-Za-z0-9_]*)
    | (?P<field>(?:\.[A-Za-z_][A-Za-z0-9_]*)+|\.)
    | (?P<word>[A-Za-z_][A-Za-z0-9_]*)
    | (?P<sign>:=|[=|()])
    )""",
    re.VERBOSE | re.ASCII,
)
_KEYWORDS = frozenset({"if", "else", "end", "range", "with"})
_REFUSED = frozenset({"define", "template", "block", "break", "continue"})
#: Actions in actions, and parentheses in parentheses. Templates of Temporal have three.
_MAX_DEPTH = 20


class TemplateError(Exception):
    """What the agent cannot evaluate, as a sentence without its subject, and its line."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line
        self.message = message


@dataclass(frozen=True)
class Literal:
    value: str | int | bool


@dataclass(frozen=True)
class Variable:
    name: str


@dataclass(frozen=True)
class Path:
    """`.Env.NAME`, or `.` (no names)."""

    names: tuple[str, ...]


@dataclass(frozen=True)
class Call:
    function: str
    arguments: tuple[Expression, ...]


Expression = Literal | Variable | Path | Call


@dataclass(frozen=True)
class Text:
    line: int
    text: str


@dataclass(frozen=True)
class Output:
    line: int
    value: Expression


@dataclass(frozen=True)
class Assignment:
    """`is_new`: by `:=`, so the variable ends with the block around it."""

    line: int
    name: str
    value: Expression
    is_new: bool


@dataclass(frozen=True)
class Branch:
    """`if`, `with` or `range`: what is done for a value that is not empty, and otherwise."""

    line: int
    kind: str
    value: Expression
    body: tuple[Node, ...]
    otherwise: tuple[Node, ...] = ()


Node = Text | Output | Assignment | Branch


@dataclass(frozen=True)
class _Action:
    line: int
    tokens: tuple[tuple[str, str], ...]


@dataclass
class _Parser:
    pieces: list[Text | _Action]
    at: int = 0
    depth: int = 0

    def block(self, line: int) -> tuple[Node, ...]:
        """The nodes up to `else`, `end`, or the end of the template."""
        self.depth += 1
        if self.depth > _MAX_DEPTH:
            raise TemplateError(line, "has too many actions within actions")
        nodes: list[Node] = []
        while self.at < len(self.pieces) and not self._ends():
            piece = self.pieces[self.at]
            self.at += 1
            nodes.append(piece if isinstance(piece, Text) else self._action(piece))
        self.depth -= 1
        return tuple(nodes)

    def _ends(self) -> bool:
        piece = self.pieces[self.at]
        return isinstance(piece, _Action) and piece.tokens[:1] in ((("word", "else"),), (("word", "end"),))

    def _action(self, action: _Action) -> Node:
        line, tokens = action.line, action.tokens
        kind, text = tokens[0] if tokens else ("", "")
        if kind == "word" and text in _KEYWORDS:
            return self._branch(line, text, tokens[1:])
        if kind == "word" and text in _REFUSED:
            raise TemplateError(line, f"uses `{text}`, which the agent does not evaluate")
        if kind == "variable" and tokens[1:2] in ((("sign", ":="),), (("sign", "="),)):
            return Assignment(line, text, _pipeline(line, tokens[2:]), tokens[1][1] == ":=")
        return Output(line, _pipeline(line, tokens))

    def _branch(self, line: int, kind: str, tokens: tuple[tuple[str, str], ...]) -> Branch:
        value, body = _pipeline(line, tokens), self.block(line)
        otherwise: tuple[Node, ...] = ()
        end = self._next(line, kind)
        if end.tokens[0][1] == "else" and len(end.tokens) > 1:
            if kind != "if" or end.tokens[1] != ("word", "if"):
                raise TemplateError(end.line, f"has an `else` of `{kind}` that the agent does not evaluate")
            # The inner branch takes the only `end`.
            return Branch(line, kind, value, body, (self._branch(end.line, "if", end.tokens[2:]),))
        if end.tokens[0][1] == "else":
            otherwise = self.block(line)
            end = self._next(line, kind)
        if end.tokens != (("word", "end"),):
            raise TemplateError(end.line, f"has an `else` after the last one of `{kind}`")
        return Branch(line, kind, value, body, otherwise)

    def _next(self, line: int, kind: str) -> _Action:
        piece = self.pieces[self.at] if self.at < len(self.pieces) else None
        if not isinstance(piece, _Action):
            raise TemplateError(line, f"has a `{kind}` without its `end`")
        self.at += 1
        return piece


def parse_template(text: str) -> tuple[Node, ...]:
    """The nodes of a template.

    Raises:
        TemplateError: it is not valid, or uses what the agent does not evaluate.
    """
    parser = _Parser(list(_pieces(text)))
    nodes = parser.block(1)
    if parser.at < len(parser.pieces):
        raise TemplateError(parser.pieces[parser.at].line, "has an `else` or `end` without its `if`")
    return nodes


def _pieces(text: str) -> Iterator[Text | _Action]:
    at, line, strips = 0, 1, False
    while True:
        start = text.find("{{", at)
        before = text[at : start if start >= 0 else len(text)]
        match = None
        if start >= 0:
            match = _COMMENT.match(text, start) or _ACTION.match(text, start)
            if match is None:
                raise TemplateError(line + before.count("\n"), "has `{{` without its `}}`")
        kept = before.lstrip(" \t\r\n") if strips else before
        skipped = before[: len(before) - len(kept)].count("\n")
        if match is not None and match[1]:
            kept = kept.rstrip(" \t\r\n")
        if kept:
            yield Text(line + skipped, kept)
        line += before.count("\n")
        if match is None:
            return
        if match.re is _ACTION:
            yield _Action(line, _tokens(line, match[2]))
        line += match[0].count("\n")
        at, strips = match.end(), bool(match[match.re.groups])


def _tokens(line: int, text: str) -> tuple[tuple[str, str], ...]:
    found, at = [], 0
    while text[at:].strip():
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            raise TemplateError(line, "has an expression that the agent does not evaluate")
        found.append((match.lastgroup, match[match.lastgroup]))
        at = match.end()
    return tuple(found)


def _pipeline(line: int, tokens: tuple[tuple[str, str], ...]) -> Expression:
    value, rest = _commands(line, tokens, 0)
    if rest:
        raise TemplateError(line, "has a `)` without its `(`")
    return value


def _commands(
    line: int, tokens: tuple[tuple[str, str], ...], depth: int
) -> tuple[Expression, tuple[tuple[str, str], ...]]:
    """The value of commands joined by `|`, and the tokens from the closing parenthesis on."""
    if depth > _MAX_DEPTH:
        raise TemplateError(line, "has too many parentheses")
    last: tuple[Expression, ...] = ()
    while True:
        words: list[Expression] = []
        function = ""
        while tokens and tokens[0] not in (("sign", "|"), ("sign", ")")):
            token, tokens = tokens[0], tokens[1:]
            if token == ("sign", "("):
                inner, tokens = _commands(line, tokens, depth + 1)
                if not tokens:
                    raise TemplateError(line, "has a `(` without its `)`")
                words.append(inner)
                tokens = tokens[1:]
            elif token[0] == "word" and token[1] not in _CONSTANTS and not words and not function:
                function = token[1]
            else:
                words.append(_operand(line, token))
        value = _command(line, function, (*words, *last))
        if tokens[:1] != (("sign", "|"),):
            return value, tokens
        last, tokens = (value,), tokens[1:]


def _command(line: int, function: str, words: tuple[Expression, ...]) -> Expression:
    if function:
        return Call(function, words)
    if len(words) != 1:
        raise TemplateError(line, "has an expression that the agent does not evaluate")
    return words[0]


_CONSTANTS = {"true": True, "false": False}


def _operand(line: int, token: tuple[str, str]) -> Expression:
    kind, text = token
    if kind == "text":
        try:
            return Literal(str(json.loads(text, strict=False)))
        except ValueError as error:
            raise TemplateError(line, "has a text with an escape that the agent does not evaluate") from error
    if kind == "raw":
        return Literal(text)
    if kind == "number":
        return Literal(int(text))
    if kind == "variable":
        return Variable(text)
    if kind == "field":
        return Path(tuple(filter(None, text.split("."))))
    if kind == "word" and text in _CONSTANTS:
        return Literal(_CONSTANTS[text])
    if kind == "word":
        # A function without arguments.
        return Call(text, ())
    raise TemplateError(line, f"has `{text}` where a value has to be")
