"""A store's schema, and whether the server would start on it: over every release."""

from __future__ import annotations

import pytest

from agent.matrix import Release
from agent.observation import SchemaRow
from agent.verdict import Judgement, StoreSpec, Subject
from agent.vocabulary import STORE_ROLES, Check, Reason, Role, Verdict
from tests.building import MATRIX, SQLITE, check, healthy, judged, missing, observation, subject

STORES = {Role.PERSISTENCE: "default", Role.VISIBILITY: "visibility"}
POSTGRESQL = {
    Role.PERSISTENCE: [f"1.{minor}" for minor in range(20)],
    Role.VISIBILITY: [f"1.{minor}" for minor in range(15)],
}
SQLITE_LIST = [f"0.{minor}" for minor in range(1, 12)]
FOLDERS = {
    "postgres": "postgresql/v96",
    "postgres_pgx": "postgresql/v96",
    "postgres12": "postgresql/v12",
    "postgres12_pgx": "postgresql/v12",
    "sqlite": "sqlite",
}
READ = [release for release in MATRIX.releases.all if release.was_read]
#: Every release with every PostgreSQL plugin of it.
ON_POSTGRESQL = [
    pytest.param(release, plugin, id=f"{release.name}-{plugin}")
    for release in READ
    for plugin in sorted(release.plugins)
    if plugin.startswith("postgres")
]
WITH_SQLITE = [pytest.param(release, id=release.name) for release in READ if "sqlite" in release.plugins]


def needs(release: Release, plugin: str) -> dict[Role, str]:
    """What a release needs, by its own facts."""
    folder = "postgresql" if "postgresql" in release.schema and plugin != "sqlite" else FOLDERS[plugin]
    found = {role: release.schema[folder][store] for role, store in STORES.items()}
    return {role: version for role, version in found.items() if version is not None}


def lowest_needs(release: Release, plugin: str) -> dict[Role, str]:
    """What the oldest of the releases that report the same version needs."""
    oldest = next(other for other in READ if other.reported == release.reported)
    return needs(oldest, plugin)


def postgresql(release: Release) -> str:
    """The newest PostgreSQL that the release's own tests ran; 1.32.2 was read without them."""
    images = [image.removeprefix("postgres:") for image in release.tested_with if "postgres:" in image]
    return max(images, key=lambda version: float(version), default="16.6")


def on_store(
    release: Release,
    plugin: str,
    schemas: dict[Role, str] | dict[Role, SchemaRow],
    version: str = "",
) -> Judgement:
    component = "sqlite" if plugin == "sqlite" else "postgresql"
    version = version or ("3.45.1" if plugin == "sqlite" else postgresql(release))
    spec = StoreSpec(component, plugin)
    stores = [observation(role, version, component=component, schema=row) for role, row in schemas.items()]
    return judged(observation(Role.SERVER, release.reported), *stores, on=subject(spec, spec))


def schema(judgement: Judgement, role: Role) -> tuple[Verdict, Reason]:
    result = check(judgement, role, Check.SCHEMA)
    return result.verdict, result.reason


def state(judgement: Judgement, role: Role) -> tuple[str, str, int | None]:
    (found,) = [state for state in judgement.schemas if state.role is role]
    return found.version, found.required, found.drift


# Over every release


@pytest.mark.parametrize(("release", "plugin"), ON_POSTGRESQL)
def test_a_release_on_its_own_schema_and_a_database_it_was_tested_with_is_never_unsupported(
    release: Release, plugin: str
) -> None:
    judgement = on_store(release, plugin, needs(release, plugin))
    if release.version.release < (1, 2):
        # The document leaves PostgreSQL out here, although the release's own tests ran it.
        assert judgement.verdict is Verdict.UNSUPPORTED
        return
    assert judgement.verdict is not Verdict.UNSUPPORTED
    if needs(release, plugin) == lowest_needs(release, plugin) and not _ambiguous_needs(release, plugin):
        assert judgement.verdict is Verdict.SUPPORTED
        assert judgement.start.would_start is True


@pytest.mark.parametrize(("release", "plugin"), ON_POSTGRESQL)
@pytest.mark.parametrize("role", STORE_ROLES)
def test_one_schema_version_less_never_starts_on_postgresql(
    release: Release, plugin: str, role: Role
) -> None:
    need = lowest_needs(release, plugin)
    index = POSTGRESQL[role].index(need[role])
    if index == 0:
        # The first version of all: there is none below.
        assert need[role] == "1.0"
        return
    judgement = on_store(release, plugin, need | {role: POSTGRESQL[role][index - 1]})
    assert schema(judgement, role) == (Verdict.UNSUPPORTED, Reason.SCHEMA_BEHIND)
    assert judgement.start.would_start is False
    assert judgement.verdict is Verdict.UNSUPPORTED


@pytest.mark.parametrize(("release", "plugin"), ON_POSTGRESQL)
def test_a_newer_schema_is_supported_starts_and_is_a_finding(release: Release, plugin: str) -> None:
    newest = {role: versions[-1] for role, versions in POSTGRESQL.items()}
    judgement = on_store(release, plugin, newest)
    assert judgement.start.would_start is True
    for role in STORE_ROLES:
        current = needs(release, plugin)[role] == newest[role]
        reason = Reason.SCHEMA_CURRENT if current else Reason.SCHEMA_AHEAD
        assert schema(judgement, role) == (Verdict.SUPPORTED, reason)
        assert (check(judgement, role, Check.SCHEMA) in judgement.findings) is not current


@pytest.mark.parametrize(("release", "plugin"), ON_POSTGRESQL)
def test_without_the_row_or_the_table_no_release_starts_on_postgresql(release: Release, plugin: str) -> None:
    for reason in (Reason.SCHEMA_ROW_MISSING, Reason.SCHEMA_TABLE_MISSING):
        for role in STORE_ROLES:
            rows = {role: SchemaRow(version) for role, version in needs(release, plugin).items()}
            judgement = on_store(release, plugin, rows | {role: missing(reason)})
            assert schema(judgement, role) == (Verdict.UNSUPPORTED, reason)
            assert judgement.start.would_start is False


@pytest.mark.parametrize("release", WITH_SQLITE)
def test_sqlite_is_never_checked_at_start_but_an_old_schema_is_unsupported(release: Release) -> None:
    need = needs(release, "sqlite")
    index = SQLITE_LIST.index(need[Role.PERSISTENCE])
    older = SQLITE_LIST[index - 1] if index else "0.0"
    judgement = on_store(release, "sqlite", need | {Role.PERSISTENCE: older})
    assert schema(judgement, Role.PERSISTENCE) == (Verdict.UNSUPPORTED, Reason.SCHEMA_BEHIND)
    assert judgement.start.would_start is True


@pytest.mark.parametrize("release", WITH_SQLITE)
def test_a_file_without_a_version_table_has_no_schema_check_and_starts(release: Release) -> None:
    stores = [observation(role, "3.45.1", component="sqlite") for role in STORE_ROLES]
    seen = observation(Role.SERVER, release.reported)
    judgement = judged(seen, *stores, on=subject(SQLITE, SQLITE))
    assert Check.SCHEMA not in {result.check for result in judgement.results}
    assert judgement.start.would_start is True
    assert judgement.schemas == ()


@pytest.mark.parametrize("release", [pytest.param(r, id=r.name) for r in READ if r.minor >= (1, 24)])
@pytest.mark.parametrize("plugin", ["postgres", "postgres_pgx"])
def test_with_a_plugin_that_is_gone_no_release_from_1_24_on_starts(release: Release, plugin: str) -> None:
    schemas = {role: versions[-1] for role, versions in POSTGRESQL.items()}
    judgement = on_store(release, plugin, schemas, "16.6")
    assert judgement.start.would_start is False
    assert judgement.verdict is Verdict.UNSUPPORTED
    for role in STORE_ROLES:
        assert check(judgement, role, Check.PLUGIN).reason is Reason.PLUGIN_NOT_IN_RELEASE


def _ambiguous_needs(release: Release, plugin: str) -> bool:
    alike = [other for other in READ if other.reported == release.reported]
    return len({tuple(needs(other, plugin).items()) for other in alike}) > 1


# What is not known for certain


@pytest.mark.parametrize(
    ("server", "version", "expected"),
    [
        ("1.23.1", "1.0", (Verdict.UNSUPPORTED, Reason.SCHEMA_BEHIND)),
        ("1.23.1", "1.1", (Verdict.UNKNOWN, Reason.PLUGIN_UNKNOWN)),
        ("1.23.1", "1.3", (Verdict.UNKNOWN, Reason.PLUGIN_UNKNOWN)),
        ("1.23.1", "1.4", (Verdict.SUPPORTED, Reason.SCHEMA_CURRENT)),
        ("1.23.1", "1.5", (Verdict.SUPPORTED, Reason.SCHEMA_AHEAD)),
        ("1.20.0", "1.1", (Verdict.UNKNOWN, Reason.PLUGIN_UNKNOWN)),
        ("1.20.0", "1.2", (Verdict.SUPPORTED, Reason.SCHEMA_CURRENT)),
        ("1.19.1", "1.1", (Verdict.SUPPORTED, Reason.SCHEMA_CURRENT)),
        ("1.24.0", "1.4", (Verdict.UNSUPPORTED, Reason.SCHEMA_BEHIND)),
    ],
)
def test_with_an_unknown_plugin_visibility_is_unknown_between_the_needs(
    server: str, version: str, expected: tuple[Verdict, Reason]
) -> None:
    spec = StoreSpec("postgresql", "")
    stores = (
        observation(Role.PERSISTENCE, "13.5", schema="1.19"),
        observation(Role.VISIBILITY, "13.5", schema=version),
    )
    judgement = judged(observation(Role.SERVER, server), *stores, on=subject(spec, spec))
    assert schema(judgement, Role.VISIBILITY) == expected
    starts = {Verdict.UNSUPPORTED: False, Verdict.UNKNOWN: None, Verdict.SUPPORTED: True}
    assert judgement.start.would_start is starts[expected[0]]


@pytest.mark.parametrize(
    ("version", "expected", "starts"),
    [
        ("1.4", (Verdict.UNSUPPORTED, Reason.SCHEMA_BEHIND), False),
        ("1.5", (Verdict.UNKNOWN, Reason.RELEASE_AMBIGUOUS), None),
        ("1.6", (Verdict.SUPPORTED, Reason.SCHEMA_CURRENT), True),
        ("1.7", (Verdict.SUPPORTED, Reason.SCHEMA_AHEAD), True),
    ],
)
def test_with_two_releases_behind_one_version_the_schema_is_unknown_between_their_needs(
    version: str, expected: tuple[Verdict, Reason], starts: bool | None
) -> None:
    release = MATRIX.releases.named("1.10.0")
    assert release is not None
    judgement = on_store(release, "postgres", {Role.PERSISTENCE: version, Role.VISIBILITY: "1.1"})
    assert schema(judgement, Role.PERSISTENCE) == expected
    assert judgement.start.would_start is starts
    assert state(judgement, Role.PERSISTENCE) == (version, "", None)


@pytest.mark.parametrize(
    ("server", "version", "expected"),
    [
        ("1.30.7", "1.12", (Verdict.UNSUPPORTED, Reason.SCHEMA_BEHIND)),
        ("1.30.7", "1.13", (Verdict.UNKNOWN, Reason.RELEASE_NOT_READ)),
        ("1.30.7", "1.14", (Verdict.SUPPORTED, Reason.SCHEMA_CURRENT)),
        ("1.31.3", "1.13", (Verdict.UNSUPPORTED, Reason.SCHEMA_BEHIND)),
        ("1.31.3", "1.14", (Verdict.SUPPORTED, Reason.SCHEMA_CURRENT)),
        ("1.99.0", "1.13", (Verdict.UNSUPPORTED, Reason.SCHEMA_BEHIND)),
        ("1.99.0", "1.14", (Verdict.UNKNOWN, Reason.RELEASE_UNKNOWN)),
        ("1.24.0-rc.2", "1.3", (Verdict.UNSUPPORTED, Reason.SCHEMA_BEHIND)),
        ("1.24.0-rc.2", "1.4", (Verdict.UNKNOWN, Reason.RELEASE_UNKNOWN)),
        ("1.24.0-rc.2", "1.5", (Verdict.SUPPORTED, Reason.SCHEMA_CURRENT)),
    ],
)
def test_the_schema_of_a_release_that_was_not_read_is_what_its_neighbours_settle(
    server: str, version: str, expected: tuple[Verdict, Reason]
) -> None:
    store = observation(Role.VISIBILITY, "15.4", schema=version)
    judgement = judged(observation(Role.SERVER, server), healthy()[1], store)
    assert schema(judgement, Role.VISIBILITY) == expected


@pytest.mark.parametrize("version", ["", "latest", "१.१९", "1" * 10_000])
def test_a_schema_version_that_cannot_be_read_is_never_green_and_never_starts(version: str) -> None:
    store = observation(Role.PERSISTENCE, "15.4", schema=version)
    judgement = judged(healthy()[0], store, healthy()[2])
    verdict, reason = schema(judgement, Role.PERSISTENCE)
    assert verdict in (Verdict.UNKNOWN, Verdict.UNSUPPORTED)
    assert reason is Reason.SCHEMA_UNREADABLE
    assert judgement.start.would_start is not True
    assert len(check(judgement, Role.PERSISTENCE, Check.SCHEMA).message) < 200


def test_a_row_that_may_not_be_read_is_unknown_and_so_is_the_start() -> None:
    store = observation(Role.PERSISTENCE, "15.4", schema=missing(Reason.PERMISSION_DENIED))
    judgement = judged(healthy()[0], store, healthy()[2])
    assert schema(judgement, Role.PERSISTENCE) == (Verdict.UNKNOWN, Reason.PERMISSION_DENIED)
    assert judgement.start.would_start is None


def test_a_release_without_such_a_schema_leaves_the_check_unknown_and_says_why() -> None:
    release = MATRIX.releases.named("1.24.2")
    assert release is not None
    judgement = on_store(release, "postgres", {Role.PERSISTENCE: "1.11", Role.VISIBILITY: "1.1"})
    assert schema(judgement, Role.VISIBILITY) == (Verdict.UNKNOWN, Reason.PLUGIN_NOT_IN_RELEASE)
    assert state(judgement, Role.VISIBILITY) == ("1.1", "", None)


# Drift, mixes, start


@pytest.mark.parametrize(("version", "drift"), [("1.17", -2), ("1.19", 0), ("1.20", None)])
def test_drift_is_counted_from_the_required_version(version: str, drift: int | None) -> None:
    store = observation(Role.PERSISTENCE, "15.4", schema=version)
    assert state(judged(healthy()[0], store), Role.PERSISTENCE) == (version, "1.19", drift)


def test_the_mix_of_a_rollout_needs_what_its_newest_release_needs() -> None:
    mixed = observation(Role.SERVER, "1.30.6", "1.31.2")
    behind = observation(Role.PERSISTENCE, "15.4", schema="1.18")
    judgement = judged(mixed, behind, healthy()[2])
    assert schema(judgement, Role.PERSISTENCE) == (Verdict.UNSUPPORTED, Reason.SCHEMA_BEHIND)
    assert judgement.start.would_start is False
    assert state(judgement, Role.PERSISTENCE) == ("1.18", "1.19", -1)


def _on(persistence: bool | None, visibility: bool | None) -> bool | None:
    versions = {True: "1.19", False: "1.0"}
    stores = [
        observation(role, *(("15.4",) if starts is not None else ()), schema=versions.get(bool(starts)))
        for role, starts in ((Role.PERSISTENCE, persistence), (Role.VISIBILITY, visibility))
    ]
    return judged(healthy()[0], *stores).start.would_start


@pytest.mark.parametrize("one", [True, False, None])
@pytest.mark.parametrize("other", [True, False, None])
def test_any_no_is_no_else_any_unknown_is_unknown_else_yes(one: bool | None, other: bool | None) -> None:
    expected = False if False in (one, other) else None if None in (one, other) else True
    assert _on(one, other) is expected


def test_a_replica_whose_version_is_unreadable_leaves_the_start_unknown_unless_it_is_no() -> None:
    seen = observation(Role.SERVER, "1.31.2", "latest")
    assert judged(seen, *healthy()[1:]).start.would_start is None
    behind = observation(Role.PERSISTENCE, "15.4", schema="1.18")
    assert judged(seen, behind, healthy()[2]).start.would_start is False


@pytest.mark.parametrize("server", [(), ("latest",)])
def test_without_a_release_nobody_knows_whether_it_would_start_on_a_schema_that_is_there(
    server: tuple[str, ...],
) -> None:
    judgement = judged(observation(Role.SERVER, *server), *healthy()[1:])
    assert judgement.start.would_start is None
    for role in STORE_ROLES:
        assert schema(judgement, role) == (Verdict.UNKNOWN, Reason.SERVER_UNKNOWN)


@pytest.mark.parametrize("reason", [Reason.SCHEMA_ROW_MISSING, Reason.SCHEMA_TABLE_MISSING])
def test_without_the_row_or_the_table_no_server_starts_whichever_it_is(reason: Reason) -> None:
    store = observation(Role.PERSISTENCE, "15.4", schema=missing(reason))
    assert judged(observation(Role.SERVER), store, healthy()[2]).start.would_start is False


def test_a_sqlite_store_beside_a_postgresql_one_starts_by_the_latter() -> None:
    on: Subject = subject(StoreSpec("postgresql", "postgres12"), SQLITE)
    stores = (
        observation(Role.PERSISTENCE, "15.4", schema="1.18"),
        observation(Role.VISIBILITY, "3.45.1", component="sqlite", schema="0.1"),
    )
    assert judged(healthy()[0], *stores, on=on).start.would_start is False
