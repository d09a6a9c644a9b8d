"""Compression of answers. Parts are compressed once and joined into one gzip stream.

A gzip stream (RFC 1952) may consist of any deflate blocks (RFC 1951). Each part ends at a byte with a full
flush and refers to nothing before it, so the parts can be joined in any order.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from functools import cached_property

from isal import isal_zlib

#: The fastest level that uses dynamic Huffman codes. Higher levels gain nothing on texts like these.
_LEVEL = 1

_NO_HEADER = -isal_zlib.MAX_WBITS

#: Deflate, no name, no time, an unknown system.
_HEAD = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"

#: An empty block that is the last one.
_LAST_BLOCK = b"\x03\x00"


class Part:
    """A part of an answer, in pieces that others may keep too. It is compressed once, when that is needed."""

    def __init__(self, *pieces: bytes) -> None:
        self.pieces = pieces
        self.size = sum(map(len, pieces))

    @property
    def deflated(self) -> bytes:
        return self._packed[0]

    @property
    def checksum(self) -> int:
        return self._packed[1]

    @cached_property
    def _packed(self) -> tuple[bytes, int]:
        text = b"".join(self.pieces)
        packer = isal_zlib.compressobj(_LEVEL, isal_zlib.DEFLATED, _NO_HEADER)
        deflated = packer.compress(text) + packer.flush(isal_zlib.Z_FULL_FLUSH)
        return bytes(deflated), int(isal_zlib.crc32(text))


class Content:
    """An answer of several parts."""

    def __init__(self, parts: Iterable[Part]) -> None:
        self._parts = tuple(parts)

    def plain(self) -> bytes:
        return b"".join([piece for part in self._parts for piece in part.pieces])

    def packed(self) -> bytes:
        """The same as one gzip stream."""
        checksum = size = 0
        for part in self._parts:
            checksum = isal_zlib.crc32_combine(checksum, part.checksum, part.size)
            size += part.size
        end = struct.pack("<LL", checksum, size & 0xFFFFFFFF)
        return b"".join((_HEAD, *(part.deflated for part in self._parts), _LAST_BLOCK, end))


def content(text: bytes) -> Content:
    """An answer of one part."""
    return Content((Part(text),))
