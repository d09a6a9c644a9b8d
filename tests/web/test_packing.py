"""Compressed parts that are joined: a gzip stream for any reader, with the bytes of the plain answer."""

from __future__ import annotations

import gzip
import zlib

from hypothesis import given
from hypothesis import strategies as st

from agent.web.packing import Content, Part, content


@given(st.lists(st.binary(max_size=5000), max_size=6))
def test_parts_become_one_gzip_stream_with_the_same_bytes(texts: list[bytes]) -> None:
    joined = Content([*map(Part, texts), Part(), Part(*texts)])
    assert joined.plain() == b"".join(texts) * 2
    assert gzip.decompress(joined.packed()) == joined.plain()


def test_the_stream_has_one_member_since_curl_and_browsers_read_no_second_one() -> None:
    packed = Content([Part(b"first\n" * 1000), Part(b"second\n" * 1000)]).packed()
    reader = zlib.decompressobj(16 + zlib.MAX_WBITS)
    assert reader.decompress(packed) == b"first\n" * 1000 + b"second\n" * 1000
    assert reader.eof
    assert reader.unused_data == b""


def test_a_part_is_compressed_once() -> None:
    part = Part(b"text " * 1000)
    first = part.deflated
    assert Content([part, part]).packed().count(first) == 2
    assert part.deflated is first


def test_a_text_is_an_answer_of_one_part() -> None:
    assert content(b"a").plain() == b"a"
    assert len(content(b"temporal" * 10_000).packed()) < 1000
