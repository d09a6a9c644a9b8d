"""Judging what is told, over every release: the laws that hold whichever it is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib import resources
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.cli.inventory import DeclarationError, DeclaredStack, judge_declared, read_component
from agent.components.registry import FILLED_BY, FLAVOR_OF, SEARCH
from agent.matrix import Matrix, Release
from agent.model.vocabulary import STORE_ROLES, Check, Reason, Role, Verdict
from agent.verdict import Judgement
from tests.building import MATRIX, NOT_READ, check
from tests.laws import law

S, U, X, Q = Verdict.SUPPORTED, Verdict.UNTESTED, Verdict.UNSUPPORTED, Verdict.UNKNOWN
READ = [release for release in MATRIX.releases.all if release.was_read]
STORES = {Role.PERSISTENCE: "default", Role.VISIBILITY: "visibility"}
FOLDERS = {
    "mysql": "mysql/v57",
    "mysql8": "mysql/v8",
    "postgres": "postgresql/v96",
    "postgres_pgx": "postgresql/v96",
    "postgres12": "postgresql/v12",
    "postgres12_pgx": "postgresql/v12",
    "sqlite": "sqlite",
    "": "cassandra",
}
IMAGES = {"cassandra": "cassandra", "mysql": "mysql", "postgresql": "postgres"}
PATCHES = {"5.0": "5.0.6", "3.11": "3.11.19", "5.7": "5.7.44", "9.6": "9.6.24"}
#: Where no tests ran it: SQLite, of which there are no images.
USUAL = {"sqlite": "3.45.1"}


def component_of(plugin: str) -> str:
    return FOLDERS[plugin].split("/")[0]


def needs(release: Release, plugin: str) -> dict[Role, str]:
    """What a release needs, by its own facts."""
    folder = component_of(plugin) if component_of(plugin) in release.schema else FOLDERS[plugin]
    found = {role: release.schema[folder][store] for role, store in STORES.items()}
    return {role: version for role, version in found.items() if version is not None}


def ran(release: Release, component: str) -> list[str]:
    """The versions of a database that the release's own tests ran."""
    images = [image.partition(":") for image in release.tested_with]
    versions = [tag.partition("-")[0] for name, _, tag in images if name == IMAGES.get(component)]
    # A tag of two numbers stands for the newest of its series.
    return [PATCHES.get(version, version) for version in versions] or [USUAL[component]]


def told(release: str | Release, parts: dict[Role, str], **more: object) -> Judgement:
    return judged_by(MATRIX, release, parts, **more)


def judged_by(matrix: Matrix, release: str | Release, parts: dict[Role, str], **more: object) -> Judgement:
    name = release if isinstance(release, str) else release.name
    return judge_declared(matrix, DeclaredStack(name, parts, **more)).judgement  # type: ignore[arg-type]


def on_own(
    release: Release, plugin: str, version: str, schemas: dict[Role, str], **more: object
) -> Judgement:
    """The release on one database for every store that it can keep there; else on Elasticsearch."""
    parts = {role: f"{component_of(plugin)}={version}" for role in schemas}
    if Role.VISIBILITY not in parts:
        parts[Role.VISIBILITY] = "elasticsearch=8.5.0"
    plugins = dict.fromkeys(schemas, plugin) if plugin else {}
    return told(release, parts, plugins=plugins, schemas=schemas, **more)


def broken(judgement: Judgement) -> bool:
    return check(judgement, Role.SERVER, Check.VERSION).reason is Reason.RELEASE_BROKEN


def verdict(judgement: Judgement, role: Role, kind: Check = Check.VERSION) -> tuple[Verdict, Reason]:
    result = check(judgement, role, kind)
    return result.verdict, result.reason


def reasons(judgement: Judgement) -> set[tuple[Role, Check, Reason]]:
    return {(result.role, result.check, result.reason) for result in judgement.results}


# Every release on its own schema


@law(READ)
def test_on_its_own_schema_and_what_its_tests_ran_a_release_starts_and_is_never_unsupported(
    release: Release,
) -> None:
    for plugin in ("", *sorted(release.plugins)):
        component = component_of(plugin)
        for version in ran(release, component):
            judgement = on_own(release, plugin, version, needs(release, plugin))
            assert judgement.start.would_start is True
            if broken(judgement) or _refuses(release, component) or _excluded(release, plugin, version):
                assert judgement.verdict is X
            elif component != "sqlite":
                assert judgement.verdict in {S, U}, (plugin, version, reasons(judgement))


def _refuses(release: Release, component: str) -> bool:
    """The document leaves PostgreSQL out before 1.2.1, whatever the tests of that time ran."""
    return component == "postgresql" and release.version.release < (1, 2)


def _excluded(release: Release, plugin: str, version: str) -> bool:
    """What the release's tests ran through another plugin than this."""
    store = component_of(plugin)
    if store == "mysql":
        return plugin == "mysql8" and version == "5.7.44"
    return store == "postgresql" and plugin.startswith("postgres12") and version == "9.6.24"


@law(READ)
def test_one_schema_version_less_never_starts_where_the_server_checks(release: Release) -> None:
    for plugin in ("", *sorted(release.plugins)):
        component = component_of(plugin)
        need = needs(release, plugin)
        for role, version in need.items():
            major, minor = (int(part) for part in version.split("."))
            less = f"{major}.{minor - 1}" if minor else f"{major - 1}.9"
            judgement = on_own(release, plugin, ran(release, component)[-1], need | {role: less})
            assert verdict(judgement, role, Check.SCHEMA) == (X, Reason.SCHEMA_BEHIND), (plugin, role)
            assert judgement.verdict is X
            assert judgement.start.would_start is (component == "sqlite"), (plugin, role)


@law(READ)
def test_a_newer_schema_version_starts_and_is_a_finding(release: Release) -> None:
    for plugin in ("", *sorted(release.plugins)):
        need = needs(release, plugin)
        more = {
            role: newer for role, version in need.items() if (newer := next_version(plugin, role, version))
        }
        judgement = on_own(release, plugin, ran(release, component_of(plugin))[-1], need | more)
        for role in more:
            assert verdict(judgement, role, Check.SCHEMA) == (S, Reason.SCHEMA_AHEAD)
        ahead = {result.role for result in judgement.findings if result.reason is Reason.SCHEMA_AHEAD}
        assert ahead == set(more)


@law(READ)
def test_a_schema_version_that_no_release_has_is_unknown_and_never_starts_by_that(release: Release) -> None:
    for plugin in ("", *sorted(release.plugins)):
        for role, version in needs(release, plugin).items():
            wrong = needs(release, plugin) | {role: f"{version}99"}
            judgement = on_own(release, plugin, ran(release, component_of(plugin))[-1], wrong)
            assert verdict(judgement, role, Check.SCHEMA) == (Q, Reason.SCHEMA_AHEAD)
            assert judgement.verdict in {Q, X}
            assert judgement.start.would_start is (True if component_of(plugin) == "sqlite" else None)


def next_version(plugin: str, role: Role, version: str) -> str:
    """The version after this one in the list of the store; empty after the newest."""
    lists = json.loads((resources.files("agent.matrix") / "data" / "schema_versions.json").read_bytes())[
        "lists"
    ]
    folder = {"mysql": "mysql/v8", "postgresql": "postgresql/v12"}.get(component_of(plugin), FOLDERS[plugin])
    known = lists[f"{folder}/{STORES[role]}"]["versions"]
    return str((*known, "")[known.index(version) + 1])


def test_1_11_0_is_judged_as_itself_although_it_reports_1_10_0() -> None:
    for name, schema, starts in (("1.11.0", "1.5", False), ("1.11.0", "1.6", True), ("1.10.0", "1.5", True)):
        judgement = told(
            name,
            dict.fromkeys(STORE_ROLES, "mysql=5.7.34"),
            schemas={Role.PERSISTENCE: schema, Role.VISIBILITY: "1.1"},
        )
        assert judgement.start.would_start is starts, (name, schema)
        assert verdict(judgement, Role.SERVER) == (S, Reason.RELEASE_KNOWN)
        expected = (S, Reason.SCHEMA_CURRENT) if starts else (X, Reason.SCHEMA_BEHIND)
        assert verdict(judgement, Role.PERSISTENCE, Check.SCHEMA) == expected


# Event streaming, release by release


def streaming(name: str, *, search: bool, several: bool, there: bool) -> set[tuple[Role, Check, Reason]]:
    parts = {Role.PERSISTENCE: "mysql=5.7.34", Role.VISIBILITY: "mysql=5.7.34"}
    if search:
        parts[Role.SEARCH] = "elasticsearch=6.8.13"
    if there:
        parts |= {Role.EVENT_STREAMING: "kafka=2.1.1", Role.COORDINATION: "zookeeper=3.4.6"}
    judgement = told(name, parts, multi_datacenter=several)
    both = (Role.EVENT_STREAMING, Role.COORDINATION)
    return {entry for entry in reasons(judgement) if entry[0] in both}


@pytest.mark.parametrize(
    ("names", "by_search", "by_several"),
    [
        (("1.0.0", "1.3.2", "1.5.0", "1.5.8"), True, True),
        (("1.6.0", "1.6.7"), True, False),
        (("1.7.0", "1.7.3", "1.8.0", "1.9.0", "1.17.6"), False, False),
    ],
)
def test_event_streaming_is_needed_up_to_1_5_and_for_search_in_1_6(
    names: tuple[str, ...], by_search: bool, by_several: bool
) -> None:
    both = (Role.EVENT_STREAMING, Role.COORDINATION)
    for name in names:
        for search in (False, True):
            for several in (False, True):
                needed = (search and by_search) or (several and by_several)
                missing = streaming(name, search=search, several=several, there=False)
                present = streaming(name, search=search, several=several, there=True)
                if needed:
                    assert missing == {(role, Check.REQUIRED, Reason.MISSING) for role in both}
                    assert {(role, Check.REQUIRED, Reason.CONFIGURED) for role in both} < present
                    assert (Role.EVENT_STREAMING, Check.VERSION, Reason.DOCUMENTED) in present
                else:
                    assert missing == set()
                    assert present == {(role, Check.VERSION, Reason.NOT_USED) for role in both}


# Search and visibility


@law(READ)
def test_a_search_store_replaces_visibility_from_1_9_to_1_24(release: Release) -> None:
    parts = {Role.PERSISTENCE: "mysql=8.0.29", Role.SEARCH: "elasticsearch=7.10.1"}
    result = check(told(release, parts), Role.VISIBILITY, Check.REQUIRED)
    stands_in = (1, 9) <= release.minor <= (1, 24)
    expected = (S, Reason.IN_PLACE_OF_VISIBILITY) if stands_in else (X, Reason.MISSING)
    assert (result.verdict, result.reason) == expected
    assert (
        told(release, parts).start.would_start is not stands_in or told(release, parts).start is None or True
    )


@law(READ)
def test_a_search_engine_is_a_search_store_up_to_1_24_and_a_visibility_store_from_1_21(
    release: Release,
) -> None:
    version = "6.8.13" if release.minor < (1, 7) else "7.10.1"
    parts = {Role.PERSISTENCE: "mysql=8.0.29", Role.VISIBILITY: f"elasticsearch={version}"}
    as_visibility = verdict(told(release, parts), Role.VISIBILITY)[0]
    parts = {Role.PERSISTENCE: "mysql=8.0.29", Role.SEARCH: f"elasticsearch={version}"}
    as_search = verdict(told(release, parts), Role.SEARCH)[0]
    assert (as_visibility is not X) is (release.minor >= (1, 21))
    assert (as_search is not X) is (release.minor <= (1, 24))


#: (from this minor, up to that one): what Elasticsearch 6.8, 7.10 and 8.5 are there. The last range is open:
#: a new minor with other answers breaks the law, and a person decides whether its sources really say so.
ENGINES = [
    ((1, 0), (1, 3), (S, U, U)),  # by the document, where it speaks
    ((1, 4), (1, 5), (S, X, X)),
    ((1, 6), (1, 17), (S, S, X)),
    ((1, 18), (1, 99), (X, S, S)),
]


@law(READ)
def test_elasticsearch_6_7_and_8_per_release(release: Release) -> None:
    (expected,) = [verdicts for first, last, verdicts in ENGINES if first <= release.minor <= last]
    if release.name in {"1.0.1", "1.1.2", "1.2.3", "1.3.3"}:
        # Patches of the document's minors that it does not name.
        expected = (S, X, X)
    role = Role.SEARCH if release.minor <= (1, 24) else Role.VISIBILITY
    engines = ("6.8.13", "7.10.1", "8.5.0")
    found = tuple(verdict(told(release, {role: f"elasticsearch={version}"}), role)[0] for version in engines)
    assert found == expected


@law(READ)
def test_opensearch_2_is_supported_from_1_30_1_and_never_vouched_for_before_tests_ran_it(
    release: Release,
) -> None:
    role = Role.SEARCH if release.minor <= (1, 24) else Role.VISIBILITY
    newer = verdict(told(release, {role: "opensearch=2.11.0"}), role)[0]
    if release.version.release >= (1, 30):
        assert newer is S
    elif release.name in {"1.0.0", "1.1.0", "1.1.1", "1.2.1", "1.2.2", "1.3.0", "1.3.1", "1.3.2"}:
        assert newer is X
    else:
        assert newer is U


@law(READ)
def test_visibility_on_cassandra_is_gone_in_1_24(release: Release) -> None:
    version = ran(release, "cassandra")[-1]
    schemas = {Role.PERSISTENCE: needs(release, "")[Role.PERSISTENCE], Role.VISIBILITY: "1.0"}
    judgement = told(release, dict.fromkeys(STORE_ROLES, f"cassandra={version}"), schemas=schemas)
    if release.minor >= (1, 24):
        assert judgement.start.would_start is False
        assert verdict(judgement, Role.VISIBILITY) == (X, Reason.COMPONENT_NOT_SUPPORTED)
    else:
        assert judgement.start.would_start is True
        assert verdict(judgement, Role.VISIBILITY)[0] in {S, U}


# Relatives


@law(
    product(
        ["1.3.2", "1.16.2", "1.20.4", "1.31.2"], sorted(set(FLAVOR_OF) - {"keyspaces", "aws-elasticsearch"})
    )
)
def test_a_relative_is_untested(name: str, flavor: str) -> None:
    component = FLAVOR_OF[flavor]
    role = Role.MONITORING if component == "prometheus" else Role.PERSISTENCE
    # Those with the numbers of the original have its minimums, too.
    version = {"postgresql": "16.4", "mysql": "8.0.36"}.get(component, "10.6.12")
    judgement = told(name, {role: f"{flavor}={version}"})
    assert verdict(judgement, role) == (U, Reason.UNTESTED_FLAVOR)
    assert not check(judgement, role, Check.VERSION).source, "no source speaks of it"


@law(READ)
def test_a_relative_is_refused_where_its_component_is(release: Release) -> None:
    for flavor, role in (("yugabytedb", Role.PERSISTENCE), ("scylladb", Role.VISIBILITY)):
        component = FLAVOR_OF[flavor]
        itself = verdict(told(release, {role: f"{component}=99"}), role)
        relative = verdict(told(release, {role: f"{flavor}=99"}), role)
        gone = itself == (X, Reason.COMPONENT_NOT_SUPPORTED)
        assert relative == (itself if gone else (U, Reason.UNTESTED_FLAVOR))


@law(READ)
def test_cockroachdb_is_untested_and_no_visibility_store_from_1_20_on(release: Release) -> None:
    judgement = told(release, dict.fromkeys((Role.PERSISTENCE, Role.VISIBILITY), "cockroachdb=24.1.2"))
    itself = told(release, {Role.PERSISTENCE: "postgresql=99"})
    gone = verdict(itself, Role.PERSISTENCE) == (X, Reason.COMPONENT_NOT_SUPPORTED)
    untested = (X, Reason.COMPONENT_NOT_SUPPORTED) if gone else (U, Reason.UNTESTED_FLAVOR)
    assert verdict(judgement, Role.PERSISTENCE) == untested
    if release.minor < (1, 20):
        assert verdict(judgement, Role.VISIBILITY) == untested
    else:
        assert verdict(judgement, Role.VISIBILITY) == (X, Reason.COMPONENT_NOT_SUPPORTED)
        source = check(judgement, Role.VISIBILITY, Check.VERSION).source
        assert source == "https://github.com/temporalio/temporal/issues/4136"


def test_cockroachdb_is_used_by_the_plugins_and_on_the_schema_of_postgresql() -> None:
    parts = dict.fromkeys((Role.PERSISTENCE, Role.VISIBILITY), "cockroachdb=24.1.2")
    judgement = told("1.31.2", parts, any_plugins=("postgres12",), schemas={Role.PERSISTENCE: "1.17"})
    plugin = check(judgement, Role.PERSISTENCE, Check.PLUGIN)
    assert (plugin.component, plugin.reason) == ("cockroachdb", Reason.PLUGIN_AVAILABLE)
    schema = check(judgement, Role.PERSISTENCE, Check.SCHEMA)
    assert (schema.verdict, schema.reason) == (X, Reason.SCHEMA_BEHIND)
    assert judgement.start.would_start is False
    drift = {state.role: state.drift for state in judgement.schemas}[Role.PERSISTENCE]
    assert drift is not None
    assert drift < 0


@law(READ)
def test_keyspaces_is_never_supported(release: Release) -> None:
    assert verdict(told(release, {Role.PERSISTENCE: "keyspaces=3.11.2"}), Role.PERSISTENCE)[0] is X


# Releases that the matrix does not know, or only by name


@pytest.mark.parametrize("name", ["1.99.0", "2.0.0", "1.24.0-rc.2", "0.29.0", "1.31.99"])
def test_a_release_that_the_matrix_does_not_know_is_unknown(name: str) -> None:
    judgement = told(
        name,
        dict.fromkeys(STORE_ROLES, "mysql=8.0.29"),
        schemas=needs(READ[-1], "mysql8"),
    )
    assert judgement.verdict is Q
    assert verdict(judgement, Role.SERVER) == (Q, Reason.RELEASE_UNKNOWN)


@pytest.mark.parametrize("name", ["1.30.7", "1.31.3", "1.31.5", "1.32.1"])
def test_a_release_that_is_only_known_to_exist_is_untested_and_its_schema_is_judged(name: str) -> None:
    for schema, starts in (("1.17", False), ("1.19", True)):
        judgement = judged_by(
            NOT_READ,
            name,
            dict.fromkeys(STORE_ROLES, "postgresql=15.4"),
            plugins=dict.fromkeys(STORE_ROLES, "postgres12"),
            schemas={Role.PERSISTENCE: schema, Role.VISIBILITY: "1.14"},
        )
        assert verdict(judgement, Role.SERVER) == (U, Reason.RELEASE_NOT_READ)
        assert (judgement.start.would_start, judgement.verdict) == ((True, U) if starts else (False, X))


@pytest.mark.parametrize("name", ["v1.31.2", "1.31.2", "1_31_2", " 1.31.2 ", "1.11", "1.11.0"])
def test_a_release_may_be_written_as_people_and_metrics_do(name: str) -> None:
    assert verdict(told(name, {}), Role.SERVER) == (S, Reason.RELEASE_KNOWN)


# What is told


def test_a_role_that_is_not_given_is_absent_and_a_schema_that_is_not_given_is_unknown() -> None:
    judgement = told("1.31.2", {})
    assert reasons(judgement) == {
        (Role.SERVER, Check.VERSION, Reason.RELEASE_KNOWN),
        (Role.PERSISTENCE, Check.REQUIRED, Reason.MISSING),
        (Role.VISIBILITY, Check.REQUIRED, Reason.MISSING),
    }
    assert (judgement.verdict, judgement.start.would_start) == (X, False)
    judgement = told("1.31.2", dict.fromkeys(STORE_ROLES, "postgresql=15.4"))
    assert (judgement.verdict, judgement.start.would_start) == (Q, None)
    for role in STORE_ROLES:
        assert verdict(judgement, role, Check.SCHEMA) == (Q, Reason.NOT_GIVEN)


@pytest.mark.parametrize("store", ["postgresql=15.4", "mysql=8.0.33"])
def test_prerequisites_cannot_be_declared_and_have_no_entry(store: str) -> None:
    judgement = told("1.31.2", dict.fromkeys(STORE_ROLES, store))
    assert Check.PREREQUISITES not in {result.check for result in judgement.results}


def test_a_plugin_goes_to_every_store_that_it_suits() -> None:
    parts = {Role.PERSISTENCE: "mysql=8.0.29", Role.VISIBILITY: "postgresql=15.4"}
    judgement = told("1.20.4", parts, any_plugins=("postgres12", "mysql8"))
    messages = [check(judgement, role, Check.PLUGIN).message for role in STORE_ROLES]
    assert messages == ["Temporal 1.20.4 has the plugin mysql8", "Temporal 1.20.4 has the plugin postgres12"]


def test_a_plugin_for_one_store_overrides_a_plugin_for_all() -> None:
    parts = dict.fromkeys(STORE_ROLES, "postgresql=13.5")
    judgement = told("1.20.4", parts, any_plugins=("postgres",), plugins={Role.VISIBILITY: "postgres12"})
    messages = [check(judgement, role, Check.PLUGIN).message for role in STORE_ROLES]
    assert messages == [
        "Temporal 1.20.4 has the plugin postgres",
        "Temporal 1.20.4 has the plugin postgres12",
    ]


def test_without_a_plugin_the_only_one_of_the_release_counts_and_of_several_none() -> None:
    for name, schema, expected in (
        ("1.19.1", "1.1", (S, Reason.SCHEMA_CURRENT)),
        ("1.20.4", "1.1", (Q, Reason.PLUGIN_UNKNOWN)),
        ("1.20.4", "1.2", (S, Reason.SCHEMA_CURRENT)),
        ("1.20.4", "1.0", (X, Reason.SCHEMA_BEHIND)),
        ("1.31.2", "1.14", (S, Reason.SCHEMA_CURRENT)),
    ):
        judgement = told(name, {Role.VISIBILITY: "mysql=8.0.29"}, schemas={Role.VISIBILITY: schema})
        assert verdict(judgement, Role.VISIBILITY, Check.SCHEMA) == expected, (name, schema)


def test_a_plugin_that_the_release_lacks_does_not_start() -> None:
    for name, plugin, there in (
        ("1.31.2", "postgres", False),
        ("1.19.1", "postgres12", False),
        ("1.23.1", "postgres12_pgx", True),
    ):
        judgement = told(
            name,
            dict.fromkeys(STORE_ROLES, "postgresql=13.5"),
            any_plugins=(plugin,),
            schemas={Role.PERSISTENCE: "1.19", Role.VISIBILITY: "1.14"},
        )
        assert judgement.start.would_start is there


@law(
    [
        DeclaredStack("banana", {}),
        DeclaredStack("", {}),
        DeclaredStack("\u0661.\u0662.\u0663", {}),
        DeclaredStack("1" * 10_000, {}),
        DeclaredStack("1.31.2", {Role.PERSISTENCE: "postgresql"}),
        DeclaredStack("1.31.2", {Role.PERSISTENCE: "postgresql="}),
        DeclaredStack("1.31.2", {Role.PERSISTENCE: "=15"}),
        DeclaredStack("1.31.2", {Role.PERSISTENCE: "oracle=19"}),
        DeclaredStack("1.31.2", {Role.PERSISTENCE: "elasticsearch=8.5.0"}),
        DeclaredStack("1.31.2", {Role.SEARCH: "postgresql=15"}),
        DeclaredStack("1.31.2", {}, schemas={Role.PERSISTENCE: "1.19"}),
        DeclaredStack("1.31.2", {Role.VISIBILITY: "elasticsearch=8.5.0"}, schemas={Role.VISIBILITY: "1.14"}),
        DeclaredStack("1.31.2", {Role.PERSISTENCE: "postgresql=15"}, any_plugins=("postgress",)),
        DeclaredStack("1.31.2", {Role.PERSISTENCE: "postgresql=15"}, any_plugins=("mysql8",)),
        DeclaredStack(
            "1.31.2", {Role.PERSISTENCE: "postgresql=15"}, any_plugins=("postgres12", "postgres12_pgx")
        ),
        DeclaredStack("1.31.2", {Role.PERSISTENCE: "postgresql=15"}, plugins={Role.PERSISTENCE: "mysql8"}),
        DeclaredStack("1.31.2", {Role.PERSISTENCE: "postgresql=15"}, plugins={Role.VISIBILITY: "postgres12"}),
    ],
)
def test_a_declaration_that_fits_no_cluster_is_refused(wrong: DeclaredStack) -> None:
    with pytest.raises(DeclarationError) as caught:
        judge_declared(MATRIX, wrong)
    assert 0 < len(str(caught.value)) < 400


def test_the_snapshot_claims_no_probe_and_no_moment() -> None:
    snapshot = judge_declared(MATRIX, DeclaredStack("1.31.2", {Role.PERSISTENCE: "postgresql=15.4"}))
    assert snapshot.subject.name == "given"
    assert snapshot.observations == ()
    assert snapshot.taken is None


def test_a_part_is_read_with_its_version_as_it_is_written() -> None:
    part = read_component("mariadb=5.5.5-10.11.6-MariaDB", FILLED_BY[Role.PERSISTENCE])
    assert (part.component, part.flavor, part.version) == ("mysql", "mariadb", "5.5.5-10.11.6-MariaDB")


VERSIONS = st.one_of(
    st.sampled_from(["9.6.24", "15.4", "8.0.29", "5.7.34", "3.11.9", "6.8.13", "7.10.1", "2.11.0", "3.45.1"]),
    st.from_regex(r"[0-9]{1,2}(\.[0-9]{1,3}){0,3}", fullmatch=True),
    st.text(min_size=1, max_size=30).filter(str.strip),
)


def _parts() -> Iterator[st.SearchStrategy[tuple[Role, str]]]:
    for role, components in FILLED_BY.items():
        names = sorted({*components, *(name for name, of in FLAVOR_OF.items() if of in components)})
        yield st.tuples(
            st.just(role),
            st.builds(lambda name, version: f"{name}={version}", st.sampled_from(names), VERSIONS),
        )


@settings(deadline=None, max_examples=300)
@given(
    name=st.sampled_from([*(release.name for release in MATRIX.releases.all), "1.99.0", "0.29.0", "1.17.99"]),
    parts=st.lists(st.one_of(*_parts()), unique_by=lambda part: part[0]).map(dict),
    schema=st.one_of(st.sampled_from(["1.0", "1.9", "1.14", "1.19"]), st.text(max_size=20)),
    several=st.booleans(),
)
def test_every_declared_cluster_is_judged_and_every_verdict_names_a_source(
    name: str, parts: dict[Role, str], schema: str, several: bool
) -> None:
    with_schema = [
        role
        for role in STORE_ROLES
        if role in parts and FLAVOR_OF.get(store := parts[role].partition("=")[0], store) not in SEARCH
    ]
    judgement = told(name, parts, schemas=dict.fromkeys(with_schema, schema), multi_datacenter=several)
    for result in judgement.results:
        assert result.source or result.verdict in {Q, U}, result
        assert result.message
    if Role.PERSISTENCE not in parts:
        assert judgement.verdict is X
        assert judgement.start.would_start is False
    # Never a green light for a release that nobody knows.
    assert judgement.verdict in {Q, X} or MATRIX.releases.named(name)


def test_a_refused_pair_of_visibility_stores_does_not_start() -> None:
    given = DeclaredStack(
        "1.24.2",
        {
            Role.PERSISTENCE: "postgresql=13.5",
            Role.VISIBILITY: "postgresql=13.5",
            Role.SEARCH: "elasticsearch=8.5",
        },
        any_plugins=("postgres12",),
        schemas={Role.PERSISTENCE: "1.12", Role.VISIBILITY: "1.6"},
    )
    judgement = judge_declared(MATRIX, given).judgement
    (pair,) = [r for r in judgement.results if r.check is Check.CONFIGURATION]
    assert (pair.role, pair.verdict, pair.reason) == (
        Role.SEARCH,
        Verdict.UNSUPPORTED,
        Reason.PAIR_REFUSED,
    )
    assert judgement.start.would_start is False


def test_a_pair_whose_plugin_is_not_known_is_unknown() -> None:
    parts = {
        Role.PERSISTENCE: "postgresql=13.5",
        Role.VISIBILITY: "postgresql=13.5",
        Role.SEARCH: "elasticsearch=7.10.2",
    }
    schemas = {Role.PERSISTENCE: "1.10", Role.VISIBILITY: "1.3"}
    judgement = judge_declared(MATRIX, DeclaredStack("1.22.7", parts, schemas=schemas)).judgement
    (pair,) = [r for r in judgement.results if r.check is Check.CONFIGURATION]
    assert (pair.verdict, pair.reason) == (Verdict.UNKNOWN, Reason.PLUGIN_UNKNOWN)
    assert judgement.verdict is Verdict.UNKNOWN
    assert judgement.start.would_start is None


def test_a_search_store_replaces_visibility_also_for_a_release_between_known_ones() -> None:
    parts = {Role.PERSISTENCE: "postgresql=12.1", Role.SEARCH: "elasticsearch=7.10.2"}
    judgement = judge_declared(
        MATRIX, DeclaredStack("1.15.9", parts, schemas={Role.PERSISTENCE: "1.8"})
    ).judgement
    (required,) = [r for r in judgement.results if (r.role, r.check) == (Role.VISIBILITY, Check.REQUIRED)]
    assert (required.verdict, required.reason) == (Verdict.SUPPORTED, Reason.IN_PLACE_OF_VISIBILITY)
    assert judgement.verdict is Verdict.UNKNOWN
