"""Log lines on a pipe that is not read: nobody waits, and what is lost is counted."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

import pytest

from agent.daemon.log_writer import LogWriter
from tests.fleets import eventually


@contextmanager
def pipe() -> Iterator[tuple[TextIO, TextIO]]:
    """The two ends of a pipe."""
    reading, writing = os.pipe()
    with os.fdopen(reading) as out, os.fdopen(writing, "w") as into:
        yield out, into


def dropped(count: int) -> str:
    return f"dropped {count}"


def test_lines_come_in_their_order() -> None:
    with pipe() as (out, into):
        writer = LogWriter(into, dropped)
        for number in range(100):
            writer.put(f"line {number}")
        assert writer.flush(5)
        assert [out.readline() for _ in range(100)] == [f"line {number}\n" for number in range(100)]


def test_a_full_pipe_blocks_nothing_and_lost_lines_are_counted_after_it_is_read() -> None:
    with pipe() as (out, into):
        writer = LogWriter(into, dropped, max_waiting_chars=100_000)
        for _ in range(5000):
            writer.put("x" * 99)
        assert not writer.flush(0.05)
        lines: list[str] = []
        while not lines or not lines[-1].startswith("dropped "):
            lines.append(out.readline())
        lost = int(lines[-1].split()[1])
        assert lost > 2000
        assert writer.dropped_lines == lost
        assert lost + len(lines) - 1 == 5000
        assert writer.flush(5)
        writer.put("again")
        assert out.readline() == "again\n"


def test_a_reader_that_left_is_not_an_error() -> None:
    with pipe() as (out, into):
        writer = LogWriter(into, dropped)
        out.close()
        for _ in range(10):
            writer.put("x")
        assert writer.flush(5)
        # What could not be written is still in the stream's own buffer.
        with pytest.raises(BrokenPipeError):
            into.close()


def test_flush_waits_for_the_line_that_is_being_written() -> None:
    with pipe() as (out, into):
        writer = LogWriter(into, dropped)
        writer.put("x" * 1_000_000)
        assert not writer.flush(0.05)
        assert eventually(lambda: len(out.readline()) == 1_000_001)
        assert writer.flush(5)
