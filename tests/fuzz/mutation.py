"""Changes to what a server said: those that break parsers of binary protocols, of text and of JSON."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable, Sequence

_NUMBERS = (0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
_TOKENS = (
    *(b"null", b"-1", b"1e999", b"NaN", b"{}", b"[]", b'""', b"true", b"\\ud800", b"\\u0000", b"[" * 50),
    *(b"\0", b"\xff", b"\r\n", b"\r\n\r\n", b'"', b"}", b"{", b",", b"=", b"\xed\xa0\x80", b"%s", b"9" * 400),
    *(b"Transfer-Encoding: chunked\r\n", b"Content-Encoding: gzip\r\n", b"Content-Length: -1\r\n"),
)


def mutated(pieces: Sequence[bytes], chance: random.Random) -> list[bytes]:
    """The same pieces with one to four changes."""
    changed = list(pieces)
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        index = chance.randrange(len(changed))
        changed[index] = chance.choice(_CHANGES)(changed[index], chance)
    return changed


def _place(data: bytes, chance: random.Random) -> int:
    # Headers and lengths are at the beginning.
    return chance.randrange(min(len(data), chance.choice((8, 64, len(data)))) or 1) if data else 0


def _flip(data: bytes, chance: random.Random) -> bytes:
    at = _place(data, chance)
    return data[:at] + bytes([(data[at] if data else 0) ^ 1 << chance.randrange(8)]) + data[at + 1 :]


def _byte(data: bytes, chance: random.Random) -> bytes:
    at = _place(data, chance)
    return data[:at] + chance.randbytes(1) + data[at + 1 :]


def _number(data: bytes, chance: random.Random) -> bytes:
    """A number at the limits of 1, 2 or 4 bytes, in either order of bytes."""
    form = chance.choice((">B", ">H", "<H", ">I", "<I"))
    size = struct.calcsize(form)
    at = _place(data, chance)
    return data[:at] + struct.pack(form, chance.choice(_NUMBERS) % 256**size) + data[at + size :]


def _cut(data: bytes, chance: random.Random) -> bytes:
    return data[: _place(data, chance)]


def _without(data: bytes, chance: random.Random) -> bytes:
    at = _place(data, chance)
    return data[:at] + data[at + chance.randrange(1, 16) :]


def _twice(data: bytes, chance: random.Random) -> bytes:
    at = _place(data, chance)
    end = at + chance.randrange(1, 64)
    return data[:end] + data[at:end] * chance.choice((1, 2, 100)) + data[end:]


def _token(data: bytes, chance: random.Random) -> bytes:
    at = _place(data, chance)
    return data[:at] + chance.choice(_TOKENS) + data[at + chance.choice((0, 0, 1, 4)) :]


def _value(data: bytes, chance: random.Random) -> bytes:
    """What is between two quotes, or between a colon and the next comma, is something else."""
    marks = [index for index, byte in enumerate(data) if byte in b'":,[]{}']
    if len(marks) < 2:
        return _token(data, chance)
    first = chance.randrange(len(marks) - 1)
    end = marks[min(first + chance.choice((1, 1, 2, 5)), len(marks) - 1)]
    return data[: marks[first]] + chance.choice((b":", b"", b'"')) + chance.choice(_TOKENS) + data[end:]


_CHANGES: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    *(_flip, _byte, _number, _number, _cut, _without, _twice, _token, _value),
)
