"""Schema needs along all releases, and drift along the lists."""

from __future__ import annotations

from itertools import pairwise, product

import pytest

from agent.matrix.schema import need, plugins_for
from agent.model.versions import Version, parse, parse_temporal
from agent.model.vocabulary import Reason, Role
from tests.building import MATRIX, NOT_READ
from tests.laws import law

READ = [release for release in MATRIX.releases.all if release.was_read]
NEWEST_SCHEMA = READ[-1].schema["postgresql/v12"]["default"]
ROLES = (Role.PERSISTENCE, Role.VISIBILITY)
STORES = {Role.PERSISTENCE: "default", Role.VISIBILITY: "visibility"}
LISTS = {
    ("postgresql", Role.PERSISTENCE): [f"1.{minor}" for minor in range(20)],
    ("postgresql", Role.VISIBILITY): [f"1.{minor}" for minor in range(15)],
    ("sqlite", Role.PERSISTENCE): [f"0.{minor}" for minor in range(1, 12)],
    ("sqlite", Role.VISIBILITY): ["0.1"],
}


def needed(reported: str, component: str, plugin: str, role: Role) -> tuple[str | None, str | None, Reason]:
    found = need(NOT_READ.releases.match(parse_temporal(reported)), component, plugin, role)
    low, high = (str(version) if version else None for version in (found.low, found.high))
    return low, high, found.reason


def test_no_release_needs_less_than_an_older_one_of_its_folder() -> None:
    folders = {folder for release in READ for folder in release.schema}
    assert len(folders) >= 8
    for folder in folders:
        for store in STORES.values():
            needs = [
                parse(version).number
                for release in READ
                if (version := release.schema.get(folder, {}).get(store)) is not None
            ]
            assert all(older <= newer for older, newer in pairwise(needs)), (folder, store)


@law(product(MATRIX.plugins.names, ROLES))
def test_no_release_needs_less_than_an_older_one_with_the_same_plugin(plugin: str, role: Role) -> None:
    needs = []
    for release in READ:
        if plugin in release.plugins:
            match = MATRIX.releases.match(parse_temporal(release.reported))
            found = need(match, MATRIX.plugins.component_of(plugin), plugin, role)
            assert found.low is not None, release.name
            assert found.high is not None, release.name
            assert found.low.number <= found.high.number
            own = found.low if release is match.below else found.high
            needs.append(own.number)
    assert needs
    assert all(older <= newer for older, newer in pairwise(needs))


def test_the_need_of_a_release_with_one_meaning_is_exact() -> None:
    for release in READ:
        match = MATRIX.releases.match(parse_temporal(release.reported))
        for plugin in release.plugins:
            for role in ROLES:
                found = need(match, MATRIX.plugins.component_of(plugin), plugin, role)
                if len(match.releases) == 1:
                    assert found.exact is not None
                    assert found.reason is Reason.RELEASE_KNOWN


@law(
    [
        ("1.31.2", "postgres12", Role.PERSISTENCE, "1.19", "1.19", Reason.RELEASE_KNOWN),
        ("1.31.2", "postgres12_pgx", Role.VISIBILITY, "1.14", "1.14", Reason.RELEASE_KNOWN),
        ("1.24.2", "postgres12", Role.VISIBILITY, "1.6", "1.6", Reason.RELEASE_KNOWN),
        ("1.19.1", "postgres", Role.VISIBILITY, "1.1", "1.1", Reason.RELEASE_KNOWN),
        ("1.23.1", "postgres", Role.VISIBILITY, "1.1", "1.1", Reason.RELEASE_KNOWN),
        ("1.23.1", "postgres_pgx", Role.VISIBILITY, "1.1", "1.1", Reason.RELEASE_KNOWN),
        ("1.23.1", "postgres12", Role.VISIBILITY, "1.4", "1.4", Reason.RELEASE_KNOWN),
        ("1.23.1", "", Role.VISIBILITY, "1.1", "1.4", Reason.PLUGIN_UNKNOWN),
        ("1.20.0", "", Role.VISIBILITY, "1.1", "1.2", Reason.PLUGIN_UNKNOWN),
        ("1.23.1", "", Role.PERSISTENCE, "1.11", "1.11", Reason.RELEASE_KNOWN),
        ("1.31.2", "", Role.VISIBILITY, "1.14", "1.14", Reason.RELEASE_KNOWN),
        ("1.10.0", "postgres", Role.PERSISTENCE, "1.5", "1.6", Reason.RELEASE_AMBIGUOUS),
        ("1.10.0", "postgres", Role.VISIBILITY, "1.1", "1.1", Reason.RELEASE_AMBIGUOUS),
        ("1.30.7", "postgres12", Role.PERSISTENCE, "1.18", "1.19", Reason.RELEASE_NOT_READ),
        ("1.31.3", "postgres12", Role.PERSISTENCE, "1.19", "1.19", Reason.RELEASE_NOT_READ),
        ("1.99.0", "postgres12", Role.PERSISTENCE, NEWEST_SCHEMA, None, Reason.RELEASE_UNKNOWN),
        ("0.9.0", "postgres", Role.PERSISTENCE, None, None, Reason.RELEASE_UNKNOWN),
        ("1.24.0", "postgres", Role.VISIBILITY, None, None, Reason.RELEASE_KNOWN),
    ],
)
def test_what_a_reported_version_needs_of_postgresql(
    reported: str, plugin: str, role: Role, low: str | None, high: str | None, reason: Reason
) -> None:
    assert needed(reported, "postgresql", plugin, role) == (low, high, reason)


@pytest.mark.parametrize(
    ("reported", "low"), [("1.12.0", None), ("1.13.0", "0.1"), ("1.21.0", "0.2"), ("1.31.2", "0.11")]
)
def test_what_a_reported_version_needs_of_sqlite(reported: str, low: str | None) -> None:
    assert needed(reported, "sqlite", "sqlite", Role.PERSISTENCE)[:2] == (low, low)


@pytest.mark.parametrize(
    ("reported", "default", "visibility"),
    [("1.0.0", "1.0", "1.0"), ("1.20.4", "1.7", "1.0"), ("1.23.1", "1.9", "1.0"), ("1.31.2", "1.13", None)],
)
def test_what_a_reported_version_needs_of_cassandra(
    reported: str, default: str, visibility: str | None
) -> None:
    assert needed(reported, "cassandra", "", Role.PERSISTENCE)[:2] == (default, default)
    assert needed(reported, "cassandra", "", Role.VISIBILITY)[:2] == (visibility, visibility)


def test_the_plugins_of_a_component_are_those_of_the_release_unless_one_is_named() -> None:
    release = MATRIX.releases.named("1.23.1")
    assert release is not None
    postgresql = ("postgres", "postgres12", "postgres12_pgx", "postgres_pgx")
    assert plugins_for(release, "postgresql", "") == postgresql
    assert plugins_for(release, "postgresql", "postgres12") == ("postgres12",)
    assert plugins_for(release, "sqlite", "") == ("sqlite",)
    assert plugins_for(release, "kafka", "") == ()


@pytest.mark.parametrize(("component", "role"), LISTS)
def test_drift_is_the_number_of_steps_along_the_list_with_its_sign(component: str, role: Role) -> None:
    versions = [parse(version) for version in LISTS[component, role]]
    for i, required in enumerate(versions):
        for j, actual in enumerate(versions):
            assert MATRIX.schemas.drift(component, role, required, actual) == j - i


@pytest.mark.parametrize(("component", "role"), LISTS)
def test_a_schema_without_applied_steps_is_behind_by_all_steps(component: str, role: Role) -> None:
    versions = [parse(version) for version in LISTS[component, role]]
    for count, required in enumerate(versions, 1):
        assert MATRIX.schemas.drift(component, role, required, parse("0.0")) == -count


def test_drift_goes_on_from_the_folder_for_9_6_into_the_one_for_12() -> None:
    drift = MATRIX.schemas.drift("postgresql", Role.VISIBILITY, parse("1.4"), parse("1.1"))
    assert drift == -3


@pytest.mark.parametrize("actual", ["0.9", "1.99", "1.19.1", "2.0"])
def test_a_version_that_is_on_no_list_has_no_drift(actual: str) -> None:
    def drift(required: Version, found: Version) -> int | None:
        return MATRIX.schemas.drift("postgresql", Role.PERSISTENCE, required, found)

    assert drift(parse("1.19"), parse(actual)) is None
    assert drift(parse(actual), parse("1.19")) is None


def test_a_component_without_a_list_has_no_drift() -> None:
    assert MATRIX.schemas.drift("kafka", Role.PERSISTENCE, parse("1.0"), parse("1.0")) is None
