"""Versions: read what servers really report, refuse the rest, compare by numbers."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet

from agent.model.versions import MAX_LENGTH, UnreadableVersionError, parse, parse_temporal
from tests.laws import law

# What the servers themselves answer, and the numbers that count.
REPORTED = [
    ("16.6 (Debian 16.6-1.pgdg120+1)", (16, 6), False),
    ("9.6.24", (9, 6, 24), False),
    ("15.4", (15, 4), False),
    ("14.9 (Ubuntu 14.9-0ubuntu0.22.04.1)", (14, 9), False),
    ("17beta1", (17,), True),
    ("17rc1", (17,), True),
    ("18devel", (18,), True),
    ("11.2-YB-2.18.4.0-b0", (11, 2), False),
    ("3.45.1", (3, 45, 1), False),
    ("8.0.36-0ubuntu0.22.04.1", (8, 0, 36), False),
    ("5.7.44-log", (5, 7, 44), False),
    ("8.0.4-rc-log", (8, 0, 4), True),
    ("10.6.12-MariaDB-1:10.6.12+maria~ubu2004", (10, 6, 12), False),
    ("5.5.5-10.11.6-MariaDB", (10, 11, 6), False),
    ("5.5.5-MariaDB", (5, 5, 5), False),
    ("3.11.14", (3, 11, 14), False),
    ("5.0.0-SNAPSHOT", (5, 0, 0), True),
    ("5.0-beta1", (5, 0), True),
    ("4.0~beta2", (4, 0), True),
    ("v10.4.1", (10, 4, 1), False),
    ("8.0.36 rc1", (8, 0, 36), True),
    ("15.4 (beta 2)", (15, 4), True),
    ("4.1.3 SNAPSHOT", (4, 1, 3), True),
    ("16 b1", (16,), True),
    ("  15.4\n", (15, 4), False),
]

TEMPORAL = [
    ("1.31.2", (1, 31, 2), False),
    ("1_31_2", (1, 31, 2), False),
    ("v1.31.2", (1, 31, 2), False),
    ("1.28.3.1", (1, 28, 3, 1), False),
    ("v1.24.0-rc.2", (1, 24, 0), True),
    ("1.25.0-113.3", (1, 25, 0), True),
    ("1.28.0-131.3", (1, 28, 0), True),
    ("1.28.0 rc.1", (1, 28, 0), True),
    ("1.28.0 (release)", (1, 28, 0), False),
    ("1.25.0-113", (1, 25, 0), True),
]

UNREADABLE = [
    "",
    " ",
    "v",
    "latest",
    "unknown",
    "PostgreSQL",
    "-1.2",
    ".1",
    "１６.６",  # fullwidth  # noqa: RUF001
    "١٦.٦",  # Arabic-Indic
    "१.३१.२",  # Devanagari
    "1" * 10_000,
    "1." * 5_000,
    "1.2" + " " * 10_000 + "x",
    "1234567890.1",
    "1.2.1234567890",
    "1.2.3.4.5.6",
]

numbers = st.lists(st.integers(0, 10**9 - 1), min_size=1, max_size=5)


@law(REPORTED)
def test_what_dependencies_report_is_read(raw: str, release: tuple[int, ...], pre: bool) -> None:
    version = parse(raw)
    assert (version.release, version.number.is_prerelease) == (release, pre)


@law(TEMPORAL)
def test_what_temporal_reports_is_read(raw: str, release: tuple[int, ...], pre: bool) -> None:
    version = parse_temporal(raw)
    assert (version.release, version.number.is_prerelease) == (release, pre)


@law(UNREADABLE)
def test_a_text_that_is_not_a_version_is_refused_with_a_short_message(raw: str) -> None:
    for read in (parse, parse_temporal):
        with pytest.raises(UnreadableVersionError) as caught:
            read(raw)
        assert len(str(caught.value)) < 300


anything = st.text(max_size=2 * MAX_LENGTH)
nearly_versions = st.text(alphabet="0123456789.._-+~vrcabetdSNAPHOT \u0661\uff11", max_size=40)


@given(anything | nearly_versions)
@example("1.2-\u017fnapshot")
@example("1.2rc" + "9" * 250)
@example("1.2-a\x1c3")
def test_any_text_is_a_version_or_unreadable_and_nothing_else(text: str) -> None:
    for read in (parse, parse_temporal):
        try:
            version = read(text)
        except UnreadableVersionError:
            continue
        assert version.raw == text
        assert str(version) == text


@given(numbers, st.text(max_size=40))
def test_no_text_after_the_numbers_changes_them(parts: list[int], rest: str) -> None:
    base = ".".join(map(str, parts))
    for read in (parse, parse_temporal):
        assert read(f"{base} {rest}").release == tuple(parts)


@given(numbers, numbers)
def test_versions_are_ordered_as_their_numbers(one: list[int], other: list[int]) -> None:
    width = max(len(one), len(other))
    padded = [tuple(parts + [0] * (width - len(parts))) for parts in (one, other)]
    first, second = (parse(".".join(map(str, parts))).number for parts in (one, other))
    assert (first < second) == (padded[0] < padded[1])
    assert (first == second) == (padded[0] == padded[1])
    assert (first > second) == (padded[0] > padded[1])


@given(nearly_versions)
def test_a_number_is_read_whole_or_not_at_all(text: str) -> None:
    written = re.findall(r"[0-9]+", text)
    for read in (parse, parse_temporal):
        try:
            version = read(text)
        except UnreadableVersionError:
            continue
        assert version.release == tuple(int(number) for number in written[: len(version.release)])


def test_ten_is_newer_than_nine() -> None:
    assert parse("1.10").number > parse("1.9").number
    assert parse_temporal("1.10.0").number > parse_temporal("1.9.3").number


def test_what_precedes_a_release_is_older_than_it_and_newer_than_the_release_before() -> None:
    in_order = ["1.23.1", "1.24.0-157.1", "1.24.0-rc.2", "1.24.0", "1.24.1"]
    found = [parse_temporal(raw).number for raw in in_order]
    assert all(older < newer for older, newer in pairwise(found))


def test_dots_and_underscores_write_the_same_version() -> None:
    assert parse_temporal("1_31_2").number == parse_temporal("1.31.2").number
    assert parse_temporal("1_31_2").raw == "1_31_2"


@pytest.mark.parametrize(
    ("raw", "parts", "series"), [("16.6", 1, "16"), ("9.6.24", 2, "9.6"), ("9", 2, "9.0"), ("3.45.1", 1, "3")]
)
def test_a_series_is_the_first_numbers(raw: str, parts: int, series: str) -> None:
    assert parse(raw).series(parts) == series


@pytest.mark.parametrize(
    ("raw", "specifier", "inside"),
    [
        ("16.6", "==16.*", True),
        ("16.6", ">=12,<17", True),
        ("17.0", ">=12,<17", False),
        ("16beta1", "==16.*", True),
        ("9.6.24", "==9.6.*", True),
        ("9.5.25", ">=9.6", False),
    ],
)
def test_a_specifier_holds_versions_and_what_precedes_them(raw: str, specifier: str, inside: bool) -> None:
    assert parse(raw).within(SpecifierSet(specifier)) is inside
