"""Keys of the server's own configuration: what each release accepts, ignores, or uses by default."""

from __future__ import annotations

import pytest

from agent.matrix import Release
from tests.building import MATRIX

KEYS = MATRIX.server_keys


def named(name: str) -> Release:
    release = MATRIX.releases.named(name)
    assert release is not None
    return release


@pytest.mark.parametrize(
    ("release", "taken"),
    [
        ("1.5.7", set()),
        ("1.6.6", {"v6", "v7"}),
        ("1.17.6", {"v6", "v7"}),
        ("1.18.0", {"v7", "v8"}),
        ("1.31.2", {"v7", "v8"}),
    ],
)
def test_the_clients_of_a_release(release: str, taken: set[str]) -> None:
    assert KEYS.clients(named(release))[0] == taken


@pytest.mark.parametrize(
    ("release", "client"),
    [("1.5.7", ""), ("1.6.6", "v6"), ("1.12.0", "v7"), ("1.17.6", "v7"), ("1.18.0", "")],
)
def test_the_client_of_a_release_where_no_version_is_set(release: str, client: str) -> None:
    assert KEYS.unset_client(named(release))[0] == client


@pytest.mark.parametrize(
    ("release", "ignored"),
    [
        ("1.20.4", ["secondaryVisibilityStore"]),
        ("1.21.0", []),
        ("1.24.3", []),
        ("1.25.0", ["advancedVisibilityStore"]),
    ],
)
def test_a_release_ignores_keys_of_stores_that_it_does_not_have(release: str, ignored: list[str]) -> None:
    keys = ("defaultStore", "secondaryVisibilityStore", "advancedVisibilityStore")
    assert [entry.key for entry in KEYS.ignored(named(release), keys)] == ignored


def test_exactly_one_entry_says_which_search_clients_a_release_accepts() -> None:
    counts = {
        release.name: sum(release.version.within(entry.releases) for entry in KEYS.search_clients)
        for release in MATRIX.releases.all
    }
    assert {name: count for name, count in counts.items() if count != 1} == {}
