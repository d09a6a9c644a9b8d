"""Every release, with every plugin of it, on its own schema, one before and one after."""

from __future__ import annotations

from dataclasses import replace

from agent.matrix import Release
from agent.matrix.start_tables import tables_needed
from agent.model.observation import SchemaRow
from agent.model.vocabulary import STORE_ROLES, Check, Reason, Role, Verdict
from agent.verdict import Judgement, StoreSpec
from tests.building import MATRIX, SQLITE, check, judged_live, missing, observation, subject
from tests.laws import law

STORES = {Role.PERSISTENCE: "default", Role.VISIBILITY: "visibility"}
FOLDERS = {
    "postgres": "postgresql/v96",
    "postgres_pgx": "postgresql/v96",
    "postgres12": "postgresql/v12",
    "postgres12_pgx": "postgresql/v12",
    "sqlite": "sqlite",
}
READ = [release for release in MATRIX.releases.all if release.was_read]


def up_to(newest: str | None) -> list[str]:
    """Schema versions rise by one (tests/matrix/test_data.py)."""
    major, _, minor = str(newest).partition(".")
    return [f"{major}.{number}" for number in range(int(minor) + 1)]


#: Every version of the schema, up to the one that the newest release needs.
POSTGRESQL = {role: up_to(READ[-1].schema["postgresql/v12"][store]) for role, store in STORES.items()}
SQLITE_LIST = up_to(READ[-1].schema["sqlite"]["default"])[1:]
#: Every release with every PostgreSQL plugin of it.
ON_POSTGRESQL = [
    (release, plugin)
    for release in READ
    for plugin in sorted(release.plugins)
    if plugin.startswith("postgres")
]
WITH_SQLITE = [release for release in READ if "sqlite" in release.plugins]


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
    return judged_live(observation(Role.SERVER, release.reported), *stores, on=subject(spec, spec))


def schema(judgement: Judgement, role: Role) -> tuple[Verdict, Reason]:
    result = check(judgement, role, Check.SCHEMA)
    return result.verdict, result.reason


@law(ON_POSTGRESQL)
def test_a_release_on_its_own_schema_and_a_database_it_was_tested_with_is_never_unsupported(
    release: Release, plugin: str
) -> None:
    judgement = on_store(release, plugin, needs(release, plugin))
    if release.version.release < (1, 2):
        # The document leaves PostgreSQL out here, although the release's own tests ran it.
        assert judgement.verdict is Verdict.UNSUPPORTED
        return
    if check(judgement, Role.SERVER, Check.VERSION).reason is Reason.RELEASE_BROKEN:
        # Which ones are is for test_advisories.py; nothing else about them is unsupported.
        assert [r.check for r in judgement.results if r.verdict is Verdict.UNSUPPORTED] == [Check.VERSION]
        return
    assert judgement.verdict is not Verdict.UNSUPPORTED
    if needs(release, plugin) == lowest_needs(release, plugin) and not _ambiguous_needs(release, plugin):
        assert judgement.verdict is Verdict.SUPPORTED
        assert judgement.start.would_start is True


@law((release, plugin, role) for release, plugin in ON_POSTGRESQL for role in STORE_ROLES)
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


@law(ON_POSTGRESQL)
def test_a_newer_schema_is_supported_starts_and_is_a_finding(release: Release, plugin: str) -> None:
    newest = {role: versions[-1] for role, versions in POSTGRESQL.items()}
    judgement = on_store(release, plugin, newest)
    # Before 1.6 they read columns that step 1.4 of the default schema drops.
    assert judgement.start.would_start is (release.minor >= (1, 6))
    for role in STORE_ROLES:
        current = needs(release, plugin)[role] == newest[role]
        reason = Reason.SCHEMA_CURRENT if current else Reason.SCHEMA_AHEAD
        assert schema(judgement, role) == (Verdict.SUPPORTED, reason)
        assert (check(judgement, role, Check.SCHEMA) in judgement.findings) is not current


@law(ON_POSTGRESQL)
def test_without_the_row_or_the_table_no_release_starts_on_postgresql(release: Release, plugin: str) -> None:
    for reason in (Reason.SCHEMA_ROW_MISSING, Reason.SCHEMA_TABLE_MISSING):
        for role in STORE_ROLES:
            rows = {role: SchemaRow(version) for role, version in needs(release, plugin).items()}
            judgement = on_store(release, plugin, rows | {role: missing(reason)})
            assert schema(judgement, role) == (Verdict.UNSUPPORTED, reason)
            assert judgement.start.would_start is False


@law(WITH_SQLITE)
def test_sqlite_is_never_checked_at_start_but_an_old_schema_is_unsupported(release: Release) -> None:
    need = needs(release, "sqlite")
    index = SQLITE_LIST.index(need[Role.PERSISTENCE])
    older = SQLITE_LIST[index - 1] if index else "0.0"
    judgement = on_store(release, "sqlite", need | {Role.PERSISTENCE: older})
    assert schema(judgement, Role.PERSISTENCE) == (Verdict.UNSUPPORTED, Reason.SCHEMA_BEHIND)
    assert judgement.start.would_start is True


@law(WITH_SQLITE)
def test_a_file_without_a_version_table_has_no_schema_check_and_starts(release: Release) -> None:
    stores = [observation(role, "3.45.1", component="sqlite") for role in STORE_ROLES]
    seen = observation(Role.SERVER, release.reported)
    judgement = judged_live(seen, *stores, on=subject(SQLITE, SQLITE))
    assert Check.SCHEMA not in {result.check for result in judgement.results}
    assert judgement.start.would_start is True
    assert judgement.schemas == ()


@law(WITH_SQLITE)
def test_whether_sqlite_starts_without_a_table_depends_on_the_attribute_setup(release: Release) -> None:
    needed = tables_needed(MATRIX.start_tables, release, "sqlite", Role.PERSISTENCE)
    seen = observation(Role.SERVER, release.reported)
    visibility = observation(Role.VISIBILITY, "3.45.1", component="sqlite")
    found = observation(Role.PERSISTENCE, "3.45.1", component="sqlite")
    assert found.facts is not None
    for missing_table in needed:
        tables = needed - {missing_table}
        store = replace(found, facts=replace(found.facts, tables=tables))
        start = judged_live(seen, store, visibility, on=subject(SQLITE, SQLITE)).start
        assert start.would_start is None
        assert f"without the tables {missing_table}, which do not exist, unless" in start.message


@law((r, plugin) for r in READ if r.minor >= (1, 24) for plugin in ("postgres", "postgres_pgx"))
def test_with_a_removed_plugin_no_release_from_1_24_on_starts(release: Release, plugin: str) -> None:
    schemas = {role: versions[-1] for role, versions in POSTGRESQL.items()}
    judgement = on_store(release, plugin, schemas, "16.6")
    assert judgement.start.would_start is False
    assert judgement.verdict is Verdict.UNSUPPORTED
    for role in STORE_ROLES:
        assert check(judgement, role, Check.PLUGIN).reason is Reason.PLUGIN_NOT_IN_RELEASE


def _ambiguous_needs(release: Release, plugin: str) -> bool:
    alike = [other for other in READ if other.reported == release.reported]
    return len({tuple(needs(other, plugin).items()) for other in alike}) > 1
