"""How text looks where it is printed: width, colours and symbols."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from agent.model.vocabulary import Verdict

#: The width of a terminal that nobody has widened.
COLUMNS = 80
#: For `textwrap`: versions and links stay in one piece.
WHOLE_WORDS: dict[str, Any] = {"break_long_words": False, "break_on_hyphens": False}

_SYMBOLS = {
    Verdict.SUPPORTED: "✓",
    Verdict.UNTESTED: "!",
    Verdict.UNKNOWN: "?",
    Verdict.UNSUPPORTED: "✗",
}
#: Foreground colours of ECMA-48: they follow the colour scheme of the terminal.
_COLOURS = {
    Verdict.SUPPORTED: "32",
    Verdict.UNTESTED: "33",
    Verdict.UNKNOWN: "35",
    Verdict.UNSUPPORTED: "31",
}
#: What moves the cursor, changes colours or the direction of text: messages quote what servers send.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")
_COLOUR = re.compile("\x1b\\[\\d+m")
#: A word of a command that `shlex` quoted.
_WORD = re.compile(r"""(?:'[^']*'|"[^"]*"|[^\s'"])+""")
#: What a line begins with, before its text.
_BULLET = re.compile(r" *(?:[-!→] |\d+\. )?")
#: A line of Markdown with a command: a terminal may break it, so that it can be copied whole.
_IS_CODE = re.compile(r": `[^`]+`$")
#: Columns that a line has at least, so that a finding has room after its verdict.
_MIN_WIDTH = 30
_LONGEST_VERDICT = max(map(len, Verdict))


@dataclass(frozen=True)
class TextStyle:
    """`width`: of the terminal, in columns; 0: lines are not wrapped, as in a pipe."""

    width: int = 0
    colours: bool = False
    symbols: bool = False

    def verdict(self, verdict: Verdict, *, padded: bool = False) -> str:
        """The verdict as a word, after its symbol; `padded` to the length of the longest."""
        word = f"{verdict:<{_LONGEST_VERDICT}}" if padded else str(verdict)
        return self._coloured(verdict, f"{_SYMBOLS[verdict]} {word}" if self.symbols else word)

    def mark(self, verdict: Verdict) -> str:
        """The symbol of the verdict with a space; empty without symbols."""
        return self._coloured(verdict, f"{_SYMBOLS[verdict]} ") if self.symbols else ""

    def _coloured(self, verdict: Verdict, text: str) -> str:
        return f"\x1b[{_COLOURS[verdict]}m{text}\x1b[0m" if self.colours else text

    def paragraph(self, text: str, indent: str, first: str = "") -> Iterator[str]:
        """The text within the width. `first`: the beginning of the first line, such as a verdict."""
        text = _CONTROL.sub(" ", text)
        if not self.width:
            yield f"{first}{text}"
            return
        shown = len(_COLOUR.sub("", first))
        width = max(self.width, _MIN_WIDTH)
        lines = textwrap.wrap(
            text, width, initial_indent="_" * shown, subsequent_indent=indent, break_on_hyphens=False
        )
        yield f"{first}{lines[0][shown:]}" if lines else first.rstrip()
        yield from lines[1:]

    def fitted(self, text: str, command_indent: str = "") -> str:
        """A finished text within the width: lines continue below their text, after a bullet or a number.

        Lines that begin with `command_indent`, if it is given, are commands.
        """
        lines: list[str] = []
        for line in text.splitlines():
            indent = _BULLET.match(line)
            if not self.width or len(line) <= self.width or _IS_CODE.search(line) or indent is None:
                lines.append(line)
            elif command_indent and line.startswith(command_indent):
                lines += self.command(line.strip(), command_indent)
            else:
                lines += self.paragraph(line[indent.end() :], " " * indent.end(), indent[0])
        return "\n".join(lines)

    def command(self, text: str, indent: str) -> Iterator[str]:
        """A command within the width, continued with backslashes. A long word stays whole."""
        if not self.width or len(indent) + len(text) <= self.width:
            yield indent + text
            return
        line = indent
        for word in _WORD.findall(text):
            if line.strip() and len(line) + len(word) + 3 > self.width:
                yield f"{line.rstrip()} \\"
                line = f"{indent}  "
            line += f"{word} "
        yield line.rstrip()
