"""Releases: their order, and which of them a reported version can stand for."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.matrix import Release
from agent.model.versions import parse_temporal
from agent.model.vocabulary import Reason
from tests.building import FROZEN, MATRIX, NOT_READ
from tests.laws import law

RELEASES = MATRIX.releases.all
NEWEST = RELEASES[-1].name

# One reported version, several releases behind it. By hand from the release tags.
AMBIGUOUS = {
    "1.4.2": ["1.4.2", "1.4.3"],
    "1.5.2": ["1.5.2", "1.5.3"],
    "1.6.0": ["1.6.0", "1.6.1"],
    "1.10.0": ["1.10.0", "1.11.0"],
    "1.15.1": ["1.15.1", "1.15.2"],
    "1.17.3": ["1.17.3", "1.17.4"],
    "1.22.0": ["1.22.0", "1.22.1"],
    "1.26.0": ["1.26.0", "1.26.1"],
    "1.28.3": ["1.28.3", "1.28.3.1"],
    "1.29.4": ["1.29.4", "1.29.4.1"],
    "1.29.6": ["1.29.6", "1.29.6.1"],
    "1.30.4": ["1.30.4", "1.30.4.1"],
}


def names(releases: tuple[Release, ...]) -> list[str]:
    return [release.name for release in releases]


def test_releases_are_in_the_order_of_their_numbers_and_none_twice() -> None:
    found = [tuple(map(int, release.name.split("."))) for release in RELEASES]
    assert all(older < newer for older, newer in pairwise(found))


def test_every_release_is_found_by_its_name_and_only_by_it() -> None:
    for release in RELEASES:
        assert MATRIX.releases.named(release.name) is release
    for name in ("1.2.0", "1.31", "v1.31.2", "", "1.99.0"):
        assert MATRIX.releases.named(name) is None


def test_the_reported_versions_with_several_releases_behind_them() -> None:
    reported = defaultdict(list)
    for release in RELEASES:
        reported[release.reported].append(release.name)
    assert {version: found for version, found in reported.items() if len(found) > 1} == AMBIGUOUS


def test_no_release_reports_a_newer_one() -> None:
    for release in RELEASES:
        assert parse_temporal(release.reported).number <= release.version.number


@law(AMBIGUOUS)
def test_an_ambiguous_version_means_all_its_releases(reported: str) -> None:
    match = MATRIX.releases.match(parse_temporal(reported))
    assert match.reason is Reason.RELEASE_AMBIGUOUS
    assert names(match.releases) == AMBIGUOUS[reported]
    assert (match.below, match.above) == (match.releases[0], match.releases[-1])


def test_any_other_reported_version_means_its_release() -> None:
    for release in RELEASES:
        if release.was_read and release.reported not in AMBIGUOUS:
            match = MATRIX.releases.match(parse_temporal(release.reported))
            assert (match.reason, match.releases) == (Reason.RELEASE_KNOWN, (release,))
            assert match.below is match.above is release


@pytest.mark.parametrize(
    ("name", "below", "above"),
    [
        ("1.30.7", "1.30.6", "1.31.0"),
        ("1.30.9", "1.30.6", "1.31.0"),
        ("1.31.3", "1.31.2", "1.32.0"),
        ("1.32.1", "1.32.0", "1.32.2"),
    ],
)
def test_a_release_that_was_not_read_lies_between_those_that_were(name: str, below: str, above: str) -> None:
    match = NOT_READ.releases.match(parse_temporal(name))
    assert (match.reason, names(match.releases)) == (Reason.RELEASE_NOT_READ, [name])
    assert match.below is NOT_READ.releases.named(below)
    assert match.above is NOT_READ.releases.named(above)


@law(
    [
        ("0.30.0", None, "1.0.0"),
        ("1.2.0", "1.1.2", "1.2.1"),
        ("1.11.9", "1.11.4", "1.12.0"),
        ("1.24.0-rc.2", "1.23.1", "1.24.0"),
        ("1.25.0-113.3", "1.24.3", "1.25.0"),
        ("1.28.3.1", "1.28.3", "1.28.4"),
        ("1.99.0", NEWEST, None),
        ("2.0.0", NEWEST, None),
    ],
)
def test_an_unknown_version_lies_between_its_neighbours(
    version: str, below: str | None, above: str | None
) -> None:
    match = MATRIX.releases.match(parse_temporal(version))
    assert (match.reason, match.releases) == (Reason.RELEASE_UNKNOWN, ())
    assert (match.below.name if match.below else None) == below
    assert (match.above.name if match.above else None) == above


@given(st.lists(st.integers(0, 40), min_size=1, max_size=4))
def test_every_version_is_a_release_or_lies_strictly_between_two(parts: list[int]) -> None:
    match = MATRIX.releases.match(parse_temporal(".".join(map(str, parts))))
    if match.reason in (Reason.RELEASE_KNOWN, Reason.RELEASE_AMBIGUOUS):
        # 1.31 is 1.31.0.
        assert {parse_temporal(r.reported).number for r in match.releases} == {match.version.number}
        return
    assert match.below is None or match.below.version.number < match.version.number
    assert match.above is None or match.above.version.number > match.version.number
    between = [
        release
        for release in RELEASES
        if release.was_read
        and (match.below is None or release.version.number > match.below.version.number)
        and (match.above is None or release.version.number < match.above.version.number)
    ]
    # A release that reports an older version has its own number between, and is not what runs.
    assert all(release.version.number == match.version.number for release in between)


@pytest.mark.parametrize(
    ("name", "patches"),
    [
        ("1.0.0", ["1.0.1"]),
        ("1.28.3", ["1.28.3.1", "1.28.4"]),
        ("1.31.2", ["1.31.3", "1.31.4", "1.31.5"]),
        (NEWEST, []),
    ],
)
def test_newer_patches_begin_with_the_next_one(name: str, patches: list[str]) -> None:
    release = MATRIX.releases.named(name)
    assert release is not None
    newer = names(MATRIX.releases.newer_patches(release))
    assert newer[: len(patches)] == patches
    assert bool(newer) is bool(patches)


@pytest.mark.parametrize(("name", "minors"), [("1.3.2", 4), ("1.20.4", 3), ("1.24.2", 1), ("1.31.2", 0)])
def test_newer_minors_are_counted(name: str, minors: int) -> None:
    release = FROZEN.releases.named(name)
    assert release is not None
    assert len(FROZEN.releases.newer_minors(release)) == minors


def test_the_newest_published_release_is_the_newest_with_a_date() -> None:
    newest = MATRIX.releases.newest_published
    assert newest.published is not None
    later = [r for r in RELEASES if r.version.number > newest.version.number]
    assert all(release.published is None for release in later)
