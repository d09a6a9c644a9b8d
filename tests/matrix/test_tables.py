"""The tables say of every version what the support rules say of it."""

from __future__ import annotations

from itertools import pairwise, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet

from agent.components.registry import FILLED_BY, JUDGED, SQL
from agent.matrix import Release
from agent.matrix.schema import plugins_for
from agent.matrix.tables import Question, Range, answer, components, find, roles_of, sources
from agent.model.versions import parse
from agent.model.vocabulary import Role, Verdict
from tests.building import MATRIX, NEWEST_PATCHES
from tests.laws import law

RELEASES = MATRIX.releases.all
S, U, X, Q = Verdict.SUPPORTED, Verdict.UNTESTED, Verdict.UNSUPPORTED, Verdict.UNKNOWN

#: Around every edge that the data has, and far from all of them.
PROBED = {
    "cassandra": "0 2.2.19 3.0.9 3.10 3.11 3.11.19 3.12 4.0.0 4.1.3 4.9 5.0 5.0.3 5.0.4 5.0.9 5.1 6.0",
    "mysql": "0 5.5.62 5.6.51 5.7 5.7.44 5.8 8.0 8.0.16 8.0.17 8.0.18 "
    "8.0.19 8.0.36 8.1.0 8.2 8.3 8.4.0 8.5 9.0.1 9.7.1 9.8 10",
    "postgresql": "0 8.4 9.5.25 9.6 9.6.24 9.7 10 10.23 11.5 12 12.22 13.1 14.0 15.4 16.6 17.2 18.0 19.0 42",
    "sqlite": "0 2.8 3 3.30.1 3.31 3.31.1 3.45.1 4",
    "elasticsearch": "0 5.6.16 6.0 6.5.1 6.7 6.8 6.8.13 6.9 7.0.0 "
    "7.6 7.7.1 7.8 7.10.1 7.17.9 8.0.0 8.19 9.0 9.9",
    "opensearch": "0 1.3 2.0 2.6 2.7.9 2.8.0 2.19 3.0 3.9 4.0",
    "kafka": "0.7 2.0.1 2.1 2.1.1 2.2.0 3.9 4.3",
    "zookeeper": "3.3.6 3.4 3.4.14 3.5 3.9.3",
    "prometheus": "0.20 1.8.2 2.0 2.53.1 3.14",
    "grafana": "1.9 2.4 2.5 2.5.1 12.4",
}
VERSIONS = st.builds(
    lambda parts: ".".join(map(str, parts)),
    st.lists(st.integers(0, 45), min_size=1, max_size=4),
)


def found(ranges: list[Range], role: Role, plugin: str, version: str) -> list[Range]:
    """The ranges that hold this version for a role and a plugin."""
    return [
        entry
        for entry in ranges
        if entry.role in (None, role)
        and entry.plugin in ("", plugin)
        and parse(version).within(SpecifierSet(entry.versions))
    ]


def agrees(release: Release, component: str, ranges: list[Range], version: str) -> None:
    for role in roles_of(component):
        plugins = plugins_for(release, component, "") if component in SQL else ()
        for plugin in plugins or ("",):
            cell = MATRIX.support.cell(release, role, component, plugin, parse(version))
            (entry,) = found(ranges, role, plugin, version)
            place = (release.name, component, role, plugin, version)
            assert (entry.verdict, entry.source, entry.dissent) == (
                cell.verdict,
                cell.source,
                cell.dissent,
            ), place


@law(RELEASES, everyday=NEWEST_PATCHES)
def test_every_version_is_in_one_range_with_the_answer_of_the_rules(release: Release) -> None:
    tables = components(MATRIX, release)
    assert [*tables] == [*JUDGED, "go"]
    for component, versions in PROBED.items():
        for version in versions.split():
            agrees(release, component, tables[component], version)


@settings(max_examples=300)
@given(st.sampled_from(RELEASES), st.sampled_from(JUDGED), VERSIONS)
def test_any_version_is_in_one_range_with_the_answer_of_the_rules(
    release: Release, component: str, version: str
) -> None:
    # Cassandra has three numbers: with a fourth it is a product of DataStax.
    short = version.count(".") < 3 or component != "cassandra"
    agrees(release, component, components(MATRIX, release)[component], version if short else "4.0.17")


@law(RELEASES)
def test_every_cell_has_a_source_and_neighbours_that_say_the_same_are_one(release: Release) -> None:
    for ranges in components(MATRIX, release).values():
        assert ranges
        assert all(entry.source or entry.verdict is U for entry in ranges)
        for one, other in pairwise(ranges):
            if (one.role, one.plugin) == (other.role, other.plugin):
                assert (one.verdict, one.source, one.dissent) != (other.verdict, other.source, other.dissent)


def test_a_table_for_people_to_read() -> None:
    release = MATRIX.releases.named("1.3.2")
    assert release is not None
    tables = components(MATRIX, release)
    short = {
        name: [
            (entry.versions, entry.verdict)
            for entry in tables[name]
            if entry.role in (None, roles_of(name)[0])
        ]
        for name in ("cassandra", "postgresql", "kafka", "prometheus", "sqlite")
    }
    assert short == {
        "cassandra": [("<3.11", X), ("==3.11.*", S), (">=3.12", U)],
        "postgresql": [("<9.6", X), ("==9.6.*", S), (">=9.7", U)],
        "kafka": [("<2.1", X), ("==2.1.*", S), (">=2.2", U)],
        "prometheus": [("<2.0", X), (">=2.0", S)],
        "sqlite": [(">=0", X)],
    }


def test_go_is_the_version_in_the_go_mod_of_the_release_unless_the_document_has_another() -> None:
    for release in RELEASES:
        ranges = [(entry.versions, entry.verdict) for entry in components(MATRIX, release)["go"]]
        if not release.was_read:
            assert ranges == [(">=0", Q)]
            continue
        oldest = "1.15" if release.name in {"1.0.0", "1.1.0", "1.1.1"} else release.go
        assert ranges == [(f"<{oldest}", X), (f">={oldest}", S)]


def test_the_roles_of_a_component() -> None:
    assert roles_of("postgresql") == [Role.PERSISTENCE, Role.VISIBILITY]
    assert roles_of("elasticsearch") == [Role.VISIBILITY, Role.SEARCH]
    assert all(Role.SECONDARY_VISIBILITY not in roles_of(component) for component in JUDGED)
    assert roles_of("grafana") == [Role.OBSERVATION]
    assert {component for component in JUDGED if roles_of(component)} == set(JUDGED)
    assert set(JUDGED) == set().union(*FILLED_BY.values())


# Finding releases


def question(component: str, version: str, *roles: Role, plugin: str = "", flavor: str = "") -> Question:
    return Question(component, parse(version), roles or tuple(roles_of(component)), plugin, flavor)


def names(asked: Question, verdict: Verdict = S) -> list[str]:
    return [release.name for release in find(MATRIX, asked, verdict)]


def test_each_release_answers_a_question_once() -> None:
    asked = question("postgresql", "12.5")
    answers = [name for verdict in Verdict for name in names(asked, verdict)]
    assert sorted(answers) == sorted(release.name for release in RELEASES)


def test_which_releases_still_support_postgresql_12() -> None:
    both = names(question("postgresql", "12.5"))
    assert "1.28.4" in both
    assert "1.29.0" not in both
    visibility = names(question("postgresql", "12.5", Role.VISIBILITY))
    assert "1.31.2" in visibility
    assert set(both) == set(visibility) & set(names(question("postgresql", "12.5", Role.PERSISTENCE)))


def test_a_role_that_a_release_does_not_have_for_a_component_is_left_out_unless_it_is_requested() -> None:
    assert "1.31.2" in names(question("cassandra", "4.0.1"))
    assert "1.31.2" in names(question("cassandra", "4.0.1", Role.VISIBILITY), X)
    assert "1.31.2" in names(question("elasticsearch", "8.5.0"))
    assert "1.9.0" in names(question("kafka", "2.1.1"), X)


@pytest.mark.parametrize(
    ("component", "version"), [("postgresql", "15.4"), ("cassandra", "3.11.19"), ("elasticsearch", "8.5.0")]
)
def test_a_second_visibility_store_is_as_the_first_from_1_21_on(component: str, version: str) -> None:
    first, second = (
        names(question(component, version, role)) for role in (Role.VISIBILITY, Role.SECONDARY_VISIBILITY)
    )
    assert second == [name for name in first if parse(name).number >= parse("1.21.0").number]
    assert second


def test_without_a_plugin_the_one_that_suits_best_counts_and_a_plugin_must_be_there() -> None:
    assert "1.20.4" in names(question("postgresql", "11.5"))
    assert "1.20.4" in names(question("postgresql", "11.5", plugin="postgres12"), X)
    assert names(question("mysql", "5.7.44", plugin="mysql"))[-1] == "1.23.1"
    assert "1.31.2" in names(question("mysql", "8.0.36", plugin="mysql"), X)


def test_a_broken_release_supports_nothing() -> None:
    supporting = names(question("mysql", "8.0.36"))
    for broken in ("1.24.0", "1.26.0", "1.26.1", "1.27.0", "1.30.0"):
        assert broken not in supporting
    by_mysql8 = question("mysql", "8.0.36", Role.VISIBILITY, plugin="mysql8")
    assert {"1.21.0", "1.21.1"} <= set(names(by_mysql8, X))
    assert {"1.21.0", "1.21.1"} <= set(names(question("mysql", "8.0.36", Role.PERSISTENCE)))


def test_a_relative_is_requested_by_its_name() -> None:
    assert names(question("mysql", "10.11.6", flavor="mariadb")) == []
    assert "1.20.4" in names(question("mysql", "10.11.6", flavor="mariadb"), U)


def test_the_answer_is_the_worst_of_the_roles() -> None:
    for release, version in product(RELEASES[::7], ("9.6.24", "12.5", "16.6", "19")):
        by_role = [
            answer(MATRIX, release, question("postgresql", version, role))
            for role in (Role.PERSISTENCE, Role.VISIBILITY)
        ]
        order = [S, U, Q, X]
        together = answer(MATRIX, release, question("postgresql", version))
        assert together is max(by_role, key=order.index), (release.name, version)


def test_every_statement_and_every_release_is_among_the_sources() -> None:
    by_name = {source.name: source for source in sources(MATRIX)}
    statements = MATRIX.support.statements
    assert sum(source.statements for source in by_name.values()) == len(statements)
    assert {statement.source for statement in statements} <= set(by_name)
    document = by_name["docs/server-dependencies.md (Temporal documentation, 2020-11)"]
    assert document.cells > 8 * len(JUDGED)
    assert all(source.cells or source.statements for source in by_name.values())


def test_no_reason_of_an_unknown_cell_hides_in_the_tables() -> None:
    # The rules answer every version; what is unknown is only what a release that was not read is built with.
    unknown = {
        (release.was_read, name)
        for release in RELEASES
        for name, ranges in components(MATRIX, release).items()
        if any(entry.verdict is Q for entry in ranges)
    }
    assert unknown <= {(False, "go")}
