"""Overlays: a user's own word goes before every source, and touches nothing that it does not speak of."""

from __future__ import annotations

from datetime import date

from packaging.specifiers import SpecifierSet

from agent.matrix import Cell, Matrix
from agent.matrix.overlay import Overlay
from agent.matrix.statement import Statement
from agent.model.versions import parse
from agent.model.vocabulary import Check, Reason, Role, Verdict
from agent.verdict import StoreSpec, judge
from tests.building import MATRIX, NOW, check, healthy, observation, subject
from tests.laws import law

MAJORS = ["9.5", "9.6.24", "10.3", "11.5", "12.1", "13.5", "14.1", "15.4", "16.6", "17.2", "18.1"]


def statement(
    kind: str = "supported",
    *versions: str,
    releases: str = "",
    role: Role = Role.PERSISTENCE,
    component: str = "postgresql",
    plugins: tuple[str, ...] = (),
    flavor: str = "",
    source: str = "our own tests",
) -> Statement:
    return Statement(
        component=component,
        roles=frozenset({role}),
        kind=kind,
        versions=tuple(SpecifierSet(text) for text in versions or ("==17.*",)),
        open_ended=False,
        releases=SpecifierSet(releases),
        since=date.min,
        until=None,
        on=None,
        spans=False,
        plugins=frozenset(plugins),
        flavor=flavor,
        summary="we run it",
        source=source,
    )


def under(*statements: Statement) -> Matrix:
    return MATRIX.overlaid(Overlay(statements), "under")


def cell(
    matrix: Matrix, name: str, version: str, role: Role = Role.PERSISTENCE, plugin: str = "", flavor: str = ""
) -> Cell:
    release = matrix.releases.named(name)
    assert release is not None
    return matrix.support.cell(release, role, "postgresql", plugin, parse(version), flavor)


def test_an_overlay_adds_what_no_source_says_and_its_cell_names_its_source() -> None:
    before, after = cell(MATRIX, "1.31.2", "17.2"), cell(under(statement()), "1.31.2", "17.2")
    assert before.verdict is Verdict.UNTESTED
    assert (after.verdict, after.reason) == (Verdict.SUPPORTED, Reason.DOCUMENTED)
    assert (after.source, after.message) == ("our own tests", "we run it")
    assert after.dissent == (before.source,)


@law(
    (name, version, kind, verdict)
    for name in ("1.0.0", "1.2.1", "1.3.2", "1.14.3", "1.24.2", "1.31.2", "1.30.7")
    for version in MAJORS
    for kind, verdict in (
        ("supported", Verdict.SUPPORTED),
        ("untested", Verdict.UNTESTED),
        ("excluded", Verdict.UNSUPPORTED),
        ("minimum", Verdict.UNSUPPORTED),
    )
)
def test_an_overlay_wins_over_every_source_also_over_the_document(
    name: str, version: str, kind: str, verdict: Verdict
) -> None:
    versions = f">{version}" if kind == "minimum" else f"=={version}"
    after = cell(under(statement(kind, versions)), name, version)
    assert (after.verdict, after.source) == (verdict, "our own tests")


def test_an_overlay_that_repeats_a_verdict_changes_no_verdict_at_all() -> None:
    for name in ("1.2.1", "1.23.1", "1.31.2"):
        for version in MAJORS:
            said = cell(MATRIX, name, version).verdict
            kind = {Verdict.SUPPORTED: "supported", Verdict.UNTESTED: "untested"}.get(said, "excluded")
            matrix = under(statement(kind, f"=={version}", releases=f"=={name}"))
            for other in MAJORS:
                for release in ("1.0.0", "1.2.1", "1.23.1", "1.31.2"):
                    for role in (Role.PERSISTENCE, Role.VISIBILITY):
                        before = cell(MATRIX, release, other, role)
                        after = cell(matrix, release, other, role)
                        assert after.verdict is before.verdict
                        if (release, other, role) != (name, version, Role.PERSISTENCE):
                            assert after == before
                        else:
                            assert after.source == "our own tests"
                            assert after.dissent == ()


def test_a_minimum_decides_only_about_versions_below_it() -> None:
    matrix = under(statement("minimum", ">=15.3"))
    assert cell(matrix, "1.31.2", "15.2").verdict is Verdict.UNSUPPORTED
    assert cell(matrix, "1.31.2", "15.3") == cell(MATRIX, "1.31.2", "15.3")


def test_an_open_range_of_an_overlay_is_literal() -> None:
    assert cell(under(statement("supported", ">=16")), "1.31.2", "99.1").verdict is Verdict.SUPPORTED


def test_the_last_statement_about_a_version_decides() -> None:
    yes, no = statement("supported", "==17.*"), statement("excluded", "==17.3", source="an incident")
    assert cell(under(yes, no), "1.31.2", "17.3").source == "an incident"
    assert cell(under(yes, no), "1.31.2", "17.2").source == "our own tests"
    assert cell(under(no, yes), "1.31.2", "17.3").source == "our own tests"


def test_a_statement_is_about_its_roles_releases_plugins_and_relatives_only() -> None:
    supported = Verdict.SUPPORTED
    matrix = under(statement(releases=">=1.31.0", plugins=("postgres12",)))
    assert cell(matrix, "1.31.2", "17.2", plugin="postgres12").verdict is supported
    for other in (
        cell(matrix, "1.30.6", "17.2", plugin="postgres12"),
        cell(matrix, "1.31.2", "17.2", plugin="postgres12_pgx"),
        cell(matrix, "1.31.2", "17.2"),
        cell(matrix, "1.31.2", "17.2", plugin="postgres12", flavor="aurora-postgresql"),
    ):
        assert other.source != "our own tests"
    relative = under(statement(flavor="aurora-postgresql"))
    assert cell(relative, "1.31.2", "17.2", flavor="aurora-postgresql").verdict is supported
    assert cell(relative, "1.31.2", "17.2") == cell(MATRIX, "1.31.2", "17.2")
    assert cell(relative, "1.31.2", "17.2", flavor="yugabytedb") == cell(
        MATRIX, "1.31.2", "17.2", flavor="yugabytedb"
    )


def test_an_overlay_of_a_component_does_not_concern_its_relatives() -> None:
    matrix = under(statement("supported", "==13.*"))
    for name in ("1.0.0", "1.31.2"):
        assert cell(matrix, name, "13.0", flavor="aurora-postgresql") == cell(
            MATRIX, name, "13.0", flavor="aurora-postgresql"
        )


def test_an_overlay_never_changes_whether_a_server_would_start() -> None:
    _, persistence, visibility = healthy()
    for name in ("1.0.0", "1.23.1", "1.24.0", "1.31.2"):
        for kind in ("supported", "untested", "excluded"):
            on = subject()
            seen = (observation(Role.SERVER, name), persistence, visibility)
            before = judge(MATRIX, on, seen, NOW)
            after = judge(under(statement(kind, "==15.*")), on, seen, NOW)
            assert after.start == before.start
            others = [r for r in before.results if (r.role, r.check) != (Role.PERSISTENCE, Check.VERSION)]
            assert set(others) <= set(after.results)


def test_what_the_code_refuses_may_be_called_supported_and_still_would_not_start() -> None:
    matrix = under(statement("supported", "==3.*", component="sqlite"))
    store = StoreSpec("sqlite", "sqlite")
    seen = (
        observation(Role.SERVER, "1.8.2"),
        observation(Role.PERSISTENCE, "3.45.1", component="sqlite"),
        observation(Role.VISIBILITY, "13.5", schema="1.1"),
    )
    judgement = judge(matrix, subject(store), seen, NOW)
    assert check(judgement, Role.PERSISTENCE, Check.VERSION).verdict is Verdict.SUPPORTED
    assert judgement.start.would_start is False


def test_an_overlay_is_among_the_statements_and_the_bounds_of_a_release() -> None:
    matrix = under(statement("supported", "==17.3"))
    assert matrix.support.statements[0].source == "our own tests"
    release = matrix.releases.named("1.31.2")
    assert release is not None
    assert "17.3" in matrix.support.bounds(release, "postgresql")


def test_an_overlay_changes_the_digest_and_leaves_the_matrix_as_it_was() -> None:
    matrix = under(statement())
    assert (matrix.digest, matrix.published) == ("under", MATRIX.published)
    assert cell(MATRIX, "1.31.2", "17.2").verdict is Verdict.UNTESTED
