"""Keys that releases dropped: known from when on, however they are written, and never in an older one."""

from __future__ import annotations

import pytest

from agent.matrix.load import read_built_in
from tests.building import MATRIX

WRITING_MODE = "system.advancedVisibilityWritingMode"


def reported(release: str, *keys: str) -> list[str]:
    named = MATRIX.releases.named(release)
    assert named is not None
    return MATRIX.dynamic_keys.dropped(named, keys)


@pytest.mark.parametrize(
    ("key", "last", "first", "now"),
    [
        (WRITING_MODE, "1.23.1", "1.24.0", "system.secondaryVisibilityWritingMode"),
        (
            "system.enableReadVisibilityFromES",
            "1.23.1",
            "1.24.0",
            "system.enableReadFromSecondaryVisibility",
        ),
        ("component.callbacks.allowedAddresses", "1.31.2", "1.32.0", "callback.allowedAddresses"),
        ("history.cacheMaxSize", "1.28.4", "1.29.0", ""),
    ],
)
def test_a_key_is_dropped_by_one_release_and_all_that_follow(
    key: str, last: str, first: str, now: str
) -> None:
    assert reported(last, key) == []
    for release in (first, MATRIX.releases.all[-1].name):
        (text,) = reported(release, key)
        assert text == f"{key} (removed in {first}{', replaced by ' + now if now else ''})"


def test_over_all_releases_what_is_dropped_stays_so() -> None:
    every = (WRITING_MODE, "history.historyMgrNumConns", "component.callbacks.allowedAddresses")
    counts = [len(MATRIX.dynamic_keys.dropped(release, every)) for release in MATRIX.releases.all]
    assert counts == sorted(counts)
    assert (counts[0], counts[-1]) == (0, 3)


def test_the_server_reads_keys_in_any_case() -> None:
    assert reported("1.31.2", WRITING_MODE.upper()) == reported("1.31.2", WRITING_MODE)


def test_keys_that_no_release_had_or_that_still_exist_are_not_reported() -> None:
    there = ("system.visibilityPersistenceMaxReadQPS", "system.secondaryVisibilityWritingMode")
    assert (
        reported("1.31.2", *there, "our.ownKey", "", "system.forceSearchAttributesCacheRefreshOnRead") == []
    )


def test_every_key_is_dropped_once_by_a_known_release_and_only_dropped_keys_are_replaced() -> None:
    data = read_built_in(["dynamic_keys"])["dynamic_keys"]
    keys = [key for dropped in data["dropped"].values() for key in dropped]
    assert [release for release in data["dropped"] if MATRIX.releases.named(release) is None] == []
    assert len({key.lower() for key in keys}) == len(keys)
    assert set(data["replaced"]) <= set(keys)
