"""A schema version as the server reads it; tests/integration/test_would_start.py has what binaries did."""

from __future__ import annotations

import pytest

from agent.verdict.store.schema_version import read_schema_version
from tests.laws import law


@law(
    [
        ("1.19", "1.19.0"),
        (" 1.19 ", "1.19.0"),
        ("v1.9", "1.9.0"),
        ("9", "9.0.0"),
        ("01.9", "1.9.0"),
        ("1.9.0+build", "1.9.0"),
        ("9.99999999999", "9.99999999999.0"),
        ("1.19.0-rc.1", "1.19.0.dev0"),
    ],
)
def test_what_the_server_reads_is_read(raw: str, number: str) -> None:
    version = read_schema_version(raw)
    assert version is not None
    assert str(version.number) == number


@law(
    [
        "",
        "v",
        "V9",
        "9.",
        "9,9",
        "9 .9",
        "-9.9",
        "9.9.9.9",
        "9.9-garbage",
        "9.9+build",
        "9.9.0rc1",
        "9.9 (Debian 9.9-1)",
        "garbage",
    ],
)
def test_a_row_that_the_server_does_not_read_as_a_version_counts_as_missing(raw: str) -> None:
    assert read_schema_version(raw) is None


@pytest.mark.parametrize(
    "raw", [" ", "9.9 (Debian 9.9-1)", "9.99999999999999999999", "\u0669.9", "1" * 10_000]
)
def test_texts_that_are_not_numbers_are_ignored(raw: str) -> None:
    assert read_schema_version(raw) is None
