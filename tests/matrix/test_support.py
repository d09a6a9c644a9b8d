"""Support: which version of a store a release supports, over every release."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date
from itertools import pairwise, product

import pytest

from agent.cli.inventory import DeclaredStack, judge_declared, read_component
from agent.components.registry import ALL, JUDGED, record
from agent.matrix import Cell, Release
from agent.matrix.series import series_of
from agent.matrix.tables import roles_of
from agent.model.versions import parse
from agent.model.vocabulary import Check, Reason, Role, Verdict
from tests.building import MATRIX, NEWEST_PATCHES, check
from tests.laws import law

RELEASES = MATRIX.releases.all
ROLES = (Role.PERSISTENCE, Role.VISIBILITY)
MAJORS = ["9.5", "9.6", "10", "11", "12", "13", "14", "15", "16", "17", "18"]
SQLITE = ["2.8.17", "3.8.0", "3.30.1", "3.31.0", "3.41.2", "3.53.4", "4.0.0"]
S, U, X = Verdict.SUPPORTED, Verdict.UNTESTED, Verdict.UNSUPPORTED

# From docs/server-dependencies.md, as it is written there: PostgreSQL v9.6 is ticked from 1.2.1 on.
TICKED = ["1.2.1", "1.2.2", "1.3.0", "1.3.1", "1.3.2"]
NOT_TICKED = ["1.0.0", "1.1.0", "1.1.1"]


def release(name: str) -> Release:
    found = MATRIX.releases.named(name)
    assert found is not None
    return found


def cell(name: str, role: Role, component: str, version: str, plugin: str = "") -> Cell:
    return MATRIX.support.cell(release(name), role, component, plugin, parse(version))


def plugins(found: Release, component: str) -> list[str]:
    """The plugins of this release for a component, and none named."""
    prefix = {"postgresql": "postgres", "sqlite": "sqlite"}[component]
    return ["", *sorted(name for name in found.plugins if name.startswith(prefix))]


def rows(component: str) -> Iterator[tuple[Release, Role, str]]:
    for found in RELEASES:
        for role in ROLES:
            for plugin in plugins(found, component):
                yield found, role, plugin


@law(product(TICKED, ROLES))
def test_the_document_ticks_9_6_and_nothing_else(name: str, role: Role) -> None:
    verdicts = [cell(name, role, "postgresql", f"{major}.3", "postgres").verdict for major in MAJORS]
    assert verdicts == [X, S, U, U, U, U, U, U, U, U, U]


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("name", NOT_TICKED)
def test_the_document_leaves_postgresql_out_before_1_2_1(name: str, role: Role) -> None:
    for major in MAJORS:
        found = cell(name, role, "postgresql", major, "postgres")
        assert (found.verdict, found.reason) == (X, Reason.COMPONENT_NOT_SUPPORTED)


@law([*TICKED, *NOT_TICKED])
def test_for_its_eight_releases_the_document_is_the_source(name: str) -> None:
    for role in ROLES:
        for component, versions in (("postgresql", MAJORS), ("sqlite", SQLITE)):
            for version in versions:
                assert "server-dependencies.md" in cell(name, role, component, version).source


def test_the_document_is_about_its_eight_releases_only() -> None:
    speaks = {
        found.name
        for found in RELEASES
        if "docs/server-dependencies.md (" in cell(found.name, Role.PERSISTENCE, "postgresql", "9.6").source
    }
    assert speaks == {*TICKED, *NOT_TICKED}


def test_postgresql_15_for_persistence_as_the_design_has_it() -> None:
    for found in RELEASES:
        if found.version.release < (1, 2):
            expected = X
        elif found.published is None or found.published >= date(2025, 7, 3):
            # Those without a date come after 1.30.6 of 2026.
            expected = S
        else:
            expected = U
        for plugin in plugins(found, "postgresql"):
            assert cell(found.name, Role.PERSISTENCE, "postgresql", "15.4", plugin).verdict is expected, (
                found.name
            )


def test_postgresql_15_for_visibility_as_the_design_has_it() -> None:
    for found in RELEASES:
        expected = X if found.version.release < (1, 2) else U if found.minor < (1, 20) else S
        for plugin in plugins(found, "postgresql"):
            assert cell(found.name, Role.VISIBILITY, "postgresql", "15.4", plugin).verdict is expected, (
                found.name
            )


def test_every_cell_has_a_source_and_a_sentence() -> None:
    for component, versions in (("postgresql", MAJORS), ("sqlite", SQLITE)):
        for found, role, plugin in rows(component):
            for version in versions:
                answer = MATRIX.support.cell(found, role, component, plugin, parse(version))
                speaks = answer.reason is not Reason.UNTESTED_SERIES
                assert answer.source or not speaks, (found.name, role, plugin, version)
                assert answer.message, (found.name, role, plugin, version)
                assert answer.verdict is not Verdict.UNKNOWN


def test_support_is_stated_for_a_major_so_a_patch_of_postgresql_changes_nothing() -> None:
    for found, role, plugin in rows("postgresql"):
        for major in MAJORS:
            one, other = (
                MATRIX.support.cell(found, role, "postgresql", plugin, parse(f"{major}.{patch}"))
                for patch in (0, 25)
            )
            assert (one.verdict, one.reason, one.source) == (other.verdict, other.reason, other.source)


def test_what_is_too_old_is_never_newer_than_what_is_accepted() -> None:
    for component, versions in (("postgresql", MAJORS), ("sqlite", SQLITE)):
        for found, role, plugin in rows(component):
            refused = [
                MATRIX.support.cell(found, role, component, plugin, parse(version)).verdict is X
                for version in versions
            ]
            assert all(older >= newer for older, newer in pairwise(refused)), (found.name, role, plugin)


def test_what_the_newest_image_of_a_release_s_own_tests_ran_is_supported_after_the_document() -> None:
    for found in RELEASES:
        if found.version.release >= (1, 2) and found.was_read:
            for role in ROLES:
                for plugin in plugins(found, "postgresql"):
                    image = "9.6.24" if found.minor < (1, 14) else "13.5"
                    answer = cell(found.name, role, "postgresql", image, plugin)
                    assert answer.verdict is S, (found.name, role, plugin)


def test_a_major_newer_than_every_source_is_untested_and_never_supported() -> None:
    for found, role, plugin in rows("postgresql"):
        answer = MATRIX.support.cell(found, role, "postgresql", plugin, parse("19.0"))
        before = found.version.release < (1, 2)
        assert answer.verdict is (X if before else U)
        assert before or answer.reason is Reason.UNTESTED_NEWER


def test_an_open_range_vouches_only_for_series_that_were_out() -> None:
    out = {"14": date(2021, 9, 30), "15": date(2022, 10, 13), "16": date(2023, 9, 14),
           "17": date(2024, 9, 26), "18": date(2025, 9, 25)}  # fmt: skip
    for found in RELEASES:
        if found.minor >= (1, 20) and found.published:
            for major, day in out.items():
                verdict = cell(found.name, Role.VISIBILITY, "postgresql", major, "postgres12").verdict
                assert verdict is (S if day <= found.published else U), (found.name, major)


@law(
    [
        ("1.31.2", Role.PERSISTENCE, "16.6", "postgres12", S, Reason.DOCUMENTED),
        ("1.31.2", Role.PERSISTENCE, "12.1", "postgres12", X, Reason.BELOW_MINIMUM),
        ("1.31.1", Role.PERSISTENCE, "17.2", "postgres12", U, Reason.UNTESTED_NEWER),
        ("1.31.2", Role.PERSISTENCE, "17.2", "postgres12", U, Reason.TRIED),
        ("1.28.4", Role.PERSISTENCE, "10.1", "postgres12", X, Reason.BELOW_MINIMUM),
        ("1.24.0", Role.PERSISTENCE, "11.5", "postgres12", X, Reason.BELOW_MINIMUM),
        ("1.28.4", Role.PERSISTENCE, "12.1", "postgres12", S, Reason.WITHIN_TESTED_RANGE),
        ("1.23.1", Role.PERSISTENCE, "10.1", "postgres", S, Reason.DOCUMENTED),
        ("1.20.0", Role.PERSISTENCE, "11.5", "postgres", S, Reason.WITHIN_TESTED_RANGE),
        ("1.20.0", Role.PERSISTENCE, "11.5", "postgres12", X, Reason.BELOW_MINIMUM),
        ("1.23.1", Role.PERSISTENCE, "11.5", "postgres12_pgx", X, Reason.BELOW_MINIMUM),
        ("1.20.0", Role.PERSISTENCE, "9.6.24", "postgres", S, Reason.TESTED_BY_RELEASE),
        ("1.23.0", Role.PERSISTENCE, "9.6.24", "postgres", X, Reason.BELOW_MINIMUM),
        ("1.26.2", Role.PERSISTENCE, "16.6", "postgres12", S, Reason.DOCUMENTED),
        ("1.26.2", Role.PERSISTENCE, "15.4", "postgres12", U, Reason.UNTESTED_SERIES),
        ("1.14.3", Role.PERSISTENCE, "14.1", "postgres", S, Reason.DOCUMENTED),
        ("1.14.6", Role.PERSISTENCE, "14.1", "postgres", S, Reason.DOCUMENTED),
        ("1.15.0", Role.PERSISTENCE, "14.1", "postgres", U, Reason.UNTESTED_NEWER),
        ("1.14.2", Role.PERSISTENCE, "14.1", "postgres", U, Reason.UNTESTED_NEWER),
        ("1.13.1", Role.PERSISTENCE, "10.1", "postgres", S, Reason.DOCUMENTED),
        ("1.13.0", Role.PERSISTENCE, "10.1", "postgres", U, Reason.UNTESTED_NEWER),
        ("1.0.1", Role.PERSISTENCE, "12.1", "postgres", X, Reason.COMPONENT_NOT_SUPPORTED),
        ("1.23.1", Role.VISIBILITY, "11.5", "postgres", S, Reason.DOCUMENTED),
        ("1.23.1", Role.VISIBILITY, "11.5", "postgres12", X, Reason.BELOW_MINIMUM),
        ("1.24.0", Role.VISIBILITY, "11.5", "postgres12", X, Reason.BELOW_MINIMUM),
        ("1.24.0", Role.VISIBILITY, "11.5", "", X, Reason.BELOW_MINIMUM),
        ("1.20.0", Role.VISIBILITY, "12.1", "postgres12", S, Reason.DOCUMENTED),
    ],
)
def test_each_statement_about_postgresql_has_its_source(
    name: str, role: Role, version: str, plugin: str, verdict: Verdict, reason: Reason
) -> None:
    answer = cell(name, role, "postgresql", version, plugin)
    assert (answer.verdict, answer.reason) == (verdict, reason)


#: What each plugin is not for: the configuration on the pages for MySQL and PostgreSQL (`pluginName`).
TOO_OLD = {
    "mysql8": ("mysql", ("5.7.44", "8.0.16")),
    "postgres12": ("postgresql", ("9.6.24", "11.22")),
    "postgres12_pgx": ("postgresql", ("9.6.24", "11.22")),
}


@law(release for release in RELEASES if release.was_read)
def test_a_plugin_is_never_supported_on_a_database_that_it_is_not_for(release: Release) -> None:
    for plugin, (component, versions) in TOO_OLD.items():
        for role, version in product(ROLES, versions if plugin in release.plugins else ()):
            answer = cell(release.name, role, component, version, plugin)
            assert answer.verdict is X, (role, plugin, version)
            # Documentation and tests of the database as a whole ran it with the other plugin.
            assert release.minor >= (1, 24) or not answer.dissent, (role, plugin, version)


def test_sqlite_is_not_supported_before_its_plugin_was_there() -> None:
    for found in RELEASES:
        if found.minor < (1, 13):
            for role in ROLES:
                answer = cell(found.name, role, "sqlite", "3.45.1")
                assert (answer.verdict, answer.reason) == (X, Reason.COMPONENT_NOT_SUPPORTED)


def test_sqlite_3_is_supported_from_1_20_and_for_visibility_from_3_31() -> None:
    for found in RELEASES:
        if found.minor >= (1, 20):
            persistence, visibility = (
                [cell(found.name, role, "sqlite", version, "sqlite").verdict for version in SQLITE]
                for role in ROLES
            )
            assert persistence == [X, S, S, S, S, S, U], found.name
            assert visibility == [X, X, X, S, S, S, U], found.name


def test_a_component_without_a_plugin_in_the_release_is_not_supported() -> None:
    answer = cell("1.31.2", Role.PERSISTENCE, "mongodb", "7.0")
    assert (answer.verdict, answer.reason) == (X, Reason.COMPONENT_NOT_SUPPORTED)


def test_a_disagreement_of_sources_stays_with_the_cell() -> None:
    """1.0.0's own tests ran PostgreSQL 12, and the document of its time does not name it."""
    release = MATRIX.releases.named("1.0.1")
    assert release is not None
    cell = MATRIX.support.cell(release, Role.PERSISTENCE, "postgresql", "postgres", parse("12.1"))
    assert cell.verdict is Verdict.UNSUPPORTED
    assert cell.dissent == (release.source,)


@pytest.mark.parametrize(
    ("name", "role", "plugin", "verdict"),
    [
        ("1.23.1", Role.VISIBILITY, "mysql", U),
        ("1.23.1", Role.VISIBILITY, "mysql8", X),
        ("1.31.2", Role.VISIBILITY, "mysql8", X),
        ("1.31.2", Role.SECONDARY_VISIBILITY, "mysql8", X),
        ("1.31.2", Role.PERSISTENCE, "mysql8", U),
    ],
)
def test_mariadb_takes_no_visibility_schema_of_mysql8(
    name: str, role: Role, plugin: str, verdict: Verdict
) -> None:
    version = parse("10.11.19-MariaDB-0+deb12u1")
    found = MATRIX.support.cell(release(name), role, "mysql", plugin, version, "mariadb")
    assert found.verdict is verdict


def relative(release: Release, component: str, flavor: str, version: str) -> Cell:
    return MATRIX.support.cell(release, Role.PERSISTENCE, component, "", parse(version), flavor)


SAME_NUMBERS = [
    (known.name, flavor.name) for known in ALL for flavor in known.flavors if not flavor.has_own_versions
]


@law(
    (release for release in RELEASES if release.was_read),
    everyday=(release for release in NEWEST_PATCHES if release.was_read),
)
def test_minimums_and_exclusions_hold_for_relatives_that_use_the_numbers_of_the_original(
    release: Release,
) -> None:
    """In every role, with every plugin, at each version where an answer can change."""
    for component in sorted({component for component, _ in SAME_NUMBERS}):
        named = release.plugins.intersection(MATRIX.plugins.of(component))
        numbers = [parse(number) for number in MATRIX.support.bounds(release, component)]
        for role, plugin, number in product(roles_of(component), ("", *sorted(named)), numbers):
            own = MATRIX.support.cell(release, role, component, plugin, number)
            for flavor in (flavor for of, flavor in SAME_NUMBERS if of == component):
                answer = MATRIX.support.cell(release, role, component, plugin, number, flavor)
                place = f"{flavor} {number} as {role} with {plugin}"
                if own.verdict is X:
                    assert (answer.verdict, answer.reason, answer.source) == (X, own.reason, own.source), (
                        place
                    )
                elif flavor != "aws-elasticsearch":
                    assert answer.verdict is U, f"{place}: only a source about it would support it"


@law(release for release in RELEASES if release.was_read)
def test_a_relative_with_its_own_numbers_is_excluded_only_with_the_component_or_by_name(
    release: Release,
) -> None:
    for component, version in (("mysql", "5.5.62"), ("mysql", "8.0.12"), ("postgresql", "9.3.25")):
        own = MATRIX.support.cell(release, Role.PERSISTENCE, component, "", parse(version))
        for flavor in (flavor for flavor in record(component).flavors if flavor.has_own_versions):
            cell = relative(release, component, flavor.name, version)
            if own.reason is Reason.COMPONENT_NOT_SUPPORTED:
                assert cell == own, flavor.name
            elif flavor.name != "tidb":
                assert (cell.verdict, cell.reason) == (U, Reason.UNTESTED_FLAVOR), flavor.name


def test_tidb_before_4_cannot_accept_the_locks_that_temporal_takes() -> None:
    for version, expected in (("3.0.20", X), ("4.0.13", U), ("7.5.1", U)):
        cell = relative(release("1.31.2"), "mysql", "tidb", version)
        assert cell.verdict is expected, version
        assert ("issues/1684" in cell.source) is (expected is X)


def test_every_flavor_of_a_statement_can_be_recognized() -> None:
    """A statement about a name that no probe and no parser gives would never be used."""
    flavors = {(said.component, said.flavor) for said in MATRIX.support.statements if said.flavor}
    assert flavors <= {(known.name, flavor.name) for known in ALL for flavor in known.flavors}


def test_cassandra_4_1_is_within_the_span_of_the_page() -> None:
    for name, verdict, reason in (
        ("1.32.2", S, Reason.WITHIN_TESTED_RANGE),
        ("1.28.4", U, Reason.UNTESTED_NEWER),
    ):
        answer = cell(name, Role.PERSISTENCE, "cassandra", "4.1.3")
        assert (answer.verdict, answer.reason) == (verdict, reason)
    assert cell("1.32.2", Role.PERSISTENCE, "cassandra", "4.0.17").reason is Reason.DOCUMENTED
    assert cell("1.32.2", Role.PERSISTENCE, "cassandra", "5.0.3").verdict is X


@law(release for release in RELEASES if release.was_read)
def test_a_cell_cites_a_source_that_names_its_version_or_none(release: Release) -> None:
    for component in JUDGED:
        for role in roles_of(component):
            for number in MATRIX.support.bounds(release, component):
                answer = MATRIX.support.cell(release, role, component, "", parse(number))
                if "no source mentions" in answer.message:
                    assert not answer.source
                elif answer.reason is Reason.DOCUMENTED and "server-dependencies" not in answer.source:
                    about = [said for said in MATRIX.support.statements if said.source == answer.source]
                    spans = [span for said in about for span in said.versions]
                    named = {
                        series_of(component, parse(part.version.removesuffix(".*")))
                        for span in spans
                        for part in span
                    }
                    version = parse(number)
                    is_named = series_of(component, version) in named or any(map(version.within, spans))
                    assert is_named, (component, number)


# Versions as they are written: raw strings of relatives, and pre-releases


@law(
    [
        ("mysql", "5.7.12-TiDB-v7.5.1", "TiDB 7.5.1"),
        ("mysql", "8.0.mysql_aurora.3.08.0", "Aurora MySQL 8.0.mysql_aurora.3.08.0"),
        ("mysql", "5.7.44-48", "Percona Server 5.7.44-48"),
        ("mysql", "8.0.31-google", "Cloud SQL for MySQL 8.0.31-google"),
        ("mysql", "8.0.36-gibberish", "a product compatible with MySQL 8.0.36-gibberish"),
        ("postgresql", "15.12-YB-2025.1.0.0-b0", "YugabyteDB 2025.1.0.0"),
        ("postgresql", "PostgreSQL 13.9 (YB-2.18.0)", "YugabyteDB 2.18.0"),
        ("postgresql", "14.2 (EnterpriseDB Advanced Server 14.2.1)", "EDB Postgres Advanced Server 14.2.1"),
        ("cassandra", "4.0.0.6816", "DataStax Enterprise 4.0.0.6816"),
        ("cassandra", "5.0-rc1", "Cassandra 5.0-rc1"),
        ("cassandra", "4.1-alpha1", "Cassandra 4.1-alpha1"),
        ("cassandra", "4.0~beta2", "Cassandra 4.0~beta2"),
        ("postgresql", "16beta1", "PostgreSQL 16beta1"),
        ("postgresql", "16rc1", "PostgreSQL 16rc1"),
        ("postgresql", "16devel", "PostgreSQL 16devel"),
        ("mysql", "8.0.0-dmr", "MySQL 8.0.0-dmr"),
        ("mysql", "8.0.36-rc", "MySQL 8.0.36-rc"),
        ("mysql", "8.4.0-labs", "MySQL 8.4.0-labs"),
    ]
)
def test_a_raw_version_is_judged_as_what_it_names_and_never_supported(
    component: str, raw: str, software: str
) -> None:
    for name in ("1.23.1", "1.28.4", "1.31.2"):
        stack = DeclaredStack(name, {Role.PERSISTENCE: f"{component}={raw}"})
        result = check(judge_declared(MATRIX, stack).judgement, Role.PERSISTENCE, Check.VERSION)
        # Unknown: 1.23.1 has two plugins for the database, and each is for other versions.
        assert result.verdict in {U, X, Verdict.UNKNOWN}, raw
        assert software in result.message, raw


@law(
    [
        ("elasticsearch", "8.0.0-alpha1", Role.VISIBILITY),
        ("elasticsearch", "8.5.0-SNAPSHOT", Role.VISIBILITY),
        ("opensearch", "2.11.0-rc1", Role.VISIBILITY),
        ("prometheus", "2.45.0-rc.0", Role.MONITORING),
        ("grafana", "11.0.0-preview", Role.OBSERVATION),
        ("kafka", "2.1.1-rc0", Role.EVENT_STREAMING),
        ("zookeeper", "3.4.6-alpha", Role.COORDINATION),
    ]
)
def test_a_pre_release_is_never_the_release(component: str, raw: str, role: Role) -> None:
    for release in RELEASES:
        plain = MATRIX.support.cell(release, role, component, "", parse(raw.partition("-")[0]))
        pre = MATRIX.support.cell(release, role, component, "", parse(raw))
        assert pre.verdict is (X if plain.verdict is X else U), release.name


#: What compatible products add to a version of the original, behind it or around it.
TRAITS = {
    "mysql": "-TiDB-v{} -MariaDB -vitess-{} -OceanBase-v{} .mysql_aurora.{} -google -azure -TDDL-{} -{}"
    " _doris-{} _StarRocks_version_{} _SingleStoreDB _Dolt _Percona_Server -X-Cluster-{} _PolarDB",
    "postgresql": "-YB-{} _(YB-{}) _(Greenplum_Database_{}) _(EnterpriseDB_Advanced_Server_{}) _(POLARDB_{})"
    " ,_Redshift_{} _OrioleDB _(Neon) _(AlloyDB)",
    "cassandra": ".{} -scylla -hcd -dse",
}
PRE = (
    "alpha1",
    "beta2",
    "rc1",
    "-rc",
    "-SNAPSHOT",
    "-alpha",
    "-beta.1",
    "-dev",
    "~rc1",
    "-m2",
    "-dmr",
    "-preview",
)


def never_supported(seed: int, count: int) -> None:
    """Generated versions of relatives and pre-releases, in all releases in turn."""
    chance = random.Random(seed)
    numbers = {
        component: sorted(set().union(*(MATRIX.support.bounds(found, component) for found in RELEASES)))
        for component in TRAITS
    }
    for index in range(count):
        component = chance.choice([*TRAITS])
        own = ".".join(str(chance.randrange(30)) for _ in range(chance.randrange(1, 4)))
        # A word that nobody knows, a known product, or a pre-release.
        word = "".join(chance.choices("bcdfgjklmnpqstvwxz", k=chance.randrange(3, 9)))
        trait = chance.choice(TRAITS[component].replace("{}", own).split()).replace("_", " ")
        suffix = chance.choice([trait, f"-{word}", f" ({word} {own})", f"-{word}-v{own}", chance.choice(PRE)])
        raw = f"{chance.choice(numbers[component])}{suffix}"
        if component == "cassandra" and suffix == trait and suffix.startswith("."):
            raw = f"4.0.{chance.randrange(20)}.{chance.randrange(600, 7000)}"
        found = RELEASES[index % len(RELEASES)]
        plugin = chance.choice(["", *sorted(found.plugins)])
        part = read_component(f"{component}={raw}", {component, "cockroachdb"})
        answer = MATRIX.support.cell(
            found, chance.choice(ROLES), part.component, plugin, parse(part.version), part.flavor
        )
        assert answer.verdict is not S, (index, found.name, raw, part, answer)
        direct = (
            MATRIX.support.cell(found, ROLES[0], component, plugin, parse(raw))
            if raw[0].isdigit()
            else answer
        )
        assert direct.verdict is not S, (index, found.name, raw, direct)


def test_generated_relatives_and_pre_releases_are_never_supported() -> None:
    never_supported(seed=15, count=3_000)


@pytest.mark.full
def test_100_000_generated_relatives_and_pre_releases_are_never_supported() -> None:
    never_supported(seed=16, count=100_000)


def test_the_numbers_of_percona_and_aurora_are_those_of_the_original_and_of_tidb_are_its_own() -> None:
    found = release("1.31.2")
    assert relative(found, "mysql", "percona", "8.0.16").verdict is X
    assert relative(found, "mysql", "aurora-mysql", "5.7.12").reason is Reason.BELOW_MINIMUM
    assert relative(found, "mysql", "tidb", "7.5.0").verdict is U
    assert relative(found, "mysql", "percona", "8.0.36").verdict is U
    assert relative(found, "postgresql", "aurora-postgresql", "9.6").verdict is X
    assert relative(found, "postgresql", "yugabytedb", "2.20.0").verdict is U
    assert relative(found, "postgresql", "of nobody", "2.20.0").verdict is U
