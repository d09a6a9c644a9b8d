"""What trials add to the answers of the sources."""

from __future__ import annotations

from collections import Counter
from typing import Any

from agent.matrix.cell import Cell
from agent.matrix.evidence import read_evidence
from agent.matrix.load import read_built_in
from agent.model.versions import parse
from agent.model.vocabulary import Reason, Role, Verdict
from tests.building import MATRIX
from tests.laws import law

STORE = {"component": "postgresql", "version": "17.2", "plugin": "postgres12"}
MARIADB = {"component": "mysql", "version": "10.11.6", "plugin": "mysql8", "flavor": "mariadb"}
WORKED: dict[str, Any] = {
    "date": "2026-11-29",
    "temporal": "1.31.2",
    "persistence": STORE,
    "visibility": STORE,
    "sdk": "1.35.0",
    "result": "tried",
    "workflows": 500,
    "queries": 16,
    "slow_errors": 0,
    "seconds": 54,
    "log": "0123456789abcdef" * 4,
}
FAILED = {
    **WORKED,
    "persistence": MARIADB,
    "visibility": MARIADB,
    "result": "failed",
    "step": "visibility schema",
    "role": "visibility",
    "error": "syntax error near '->>'",
}
EVIDENCE = read_evidence({"runs": [WORKED, FAILED]})

UNTESTED = Cell(Verdict.UNTESTED, Reason.UNTESTED_NEWER, "PostgreSQL 17 is newer than 16", "a page")
SUPPORTED = Cell(Verdict.SUPPORTED, Reason.DOCUMENTED, "it is listed", "a page")
BELOW = Cell(Verdict.UNSUPPORTED, Reason.BELOW_MINIMUM, "it is too old", "a page")
P, V = Role.PERSISTENCE, Role.VISIBILITY
SOURCE = "trial by this project on 2026-11-29, log 0123456789ab"


def applied(
    cell: Cell, release: str, role: Role, version: str, plugin: str = "", mariadb: bool = False
) -> Cell:
    named = MATRIX.releases.named(release)
    assert named is not None
    component, flavor = ("mysql", "mariadb") if mariadb else ("postgresql", "")
    return EVIDENCE.applied(cell, named, role, component, plugin, parse(version), flavor)


@law(
    [
        ("1.31.2", P, "17.2", "postgres12", True),
        ("1.31.2", V, "17.9", "postgres12", True),
        ("1.31.2", P, "17.2", "", True),
        ("1.31.5", P, "17.2", "postgres12", True),
        ("1.31.1", P, "17.2", "postgres12", False),
        ("1.32.0", P, "17.2", "postgres12", False),
        ("1.30.9", P, "17.2", "postgres12", False),
        ("1.31.2", P, "18.0", "postgres12", False),
        ("1.31.2", P, "17.2", "postgres12_pgx", False),
        ("1.31.2", P, "17rc1", "postgres12", False),
        ("1.31.2", Role.SEARCH, "17.2", "postgres12", False),
    ]
)
def test_a_trial_is_about_later_patches_of_its_minor_and_about_its_series_and_plugin(
    release: str, role: Role, version: str, plugin: str, is_tried: bool
) -> None:
    cell = applied(UNTESTED, release, role, version, plugin)
    assert cell.verdict is Verdict.UNTESTED
    assert (cell.reason is Reason.TRIED) is is_tried, cell


def test_a_trial_that_worked_keeps_verdict_source_and_message_of_an_untested_version() -> None:
    cell = applied(UNTESTED, "1.31.2", P, "17.2", "postgres12")
    assert (cell.verdict, cell.source) == (Verdict.UNTESTED, "a page")
    assert cell.message == (
        "PostgreSQL 17 is newer than 16. This project tried Temporal 1.31.2 on PostgreSQL 17.2 with"
        " postgres12 for persistence on 2026-11-29: 500 workflows and 16 queries worked"
    )
    without_source = Cell(Verdict.UNTESTED, Reason.UNTESTED_SERIES, "no source", "")
    assert applied(without_source, "1.31.2", P, "17.2").source == SOURCE


@law([SUPPORTED, BELOW])
def test_a_trial_that_worked_changes_no_answer_of_a_source(cell: Cell) -> None:
    assert applied(cell, "1.31.2", P, "17.2", "postgres12") == cell


@law([(UNTESTED, ()), (SUPPORTED, ("a page",))])
def test_a_trial_that_failed_is_unsupported_in_the_role_that_failed(
    cell: Cell, dissent: tuple[str, ...]
) -> None:
    found = applied(cell, "1.31.2", V, "10.11.19", "mysql8", mariadb=True)
    assert (found.verdict, found.reason) == (Verdict.UNSUPPORTED, Reason.TRIAL_FAILED)
    assert (found.source, found.dissent) == (SOURCE, dissent)
    assert found.message.endswith("failed at the step 'visibility schema': syntax error near '->>'")
    assert applied(cell, "1.31.2", P, "10.11.19", "mysql8", mariadb=True) == cell
    assert applied(BELOW, "1.31.2", V, "10.11.19", "mysql8", mariadb=True) == BELOW


def test_the_newest_release_that_was_tried_counts_then_the_newest_version() -> None:
    older = {**WORKED, "temporal": "1.31.0", "date": "2027-01-01"}
    newer = {**WORKED, "persistence": {**STORE, "version": "17.4"}}
    release = MATRIX.releases.named("1.31.5")
    assert release is not None
    cell = read_evidence({"runs": [newer, older, WORKED]}).applied(
        UNTESTED, release, P, "postgresql", "postgres12", parse("17.9"), ""
    )
    assert "Temporal 1.31.2 on PostgreSQL 17.4" in cell.message


def test_a_series_that_was_tried_is_a_bound_of_the_table() -> None:
    assert EVIDENCE.series("postgresql") == {"17"}
    assert EVIDENCE.series("mysql") == {"10.11"}
    assert EVIDENCE.series("cassandra") == set()


def test_trials_are_found_by_product_role_plugin_and_series() -> None:
    worked, failed = EVIDENCE.all
    assert EVIDENCE.on("postgresql", "", (P, V)) == (worked,)
    assert EVIDENCE.on("postgresql", "", (V,), "postgres12", "17") == (worked,)
    assert EVIDENCE.on("postgresql", "", (V,), "postgres12_pgx") == ()
    assert EVIDENCE.on("postgresql", "", (V,), "", "16") == ()
    assert EVIDENCE.on("mysql", "", (P, V)) == ()
    assert EVIDENCE.on("mysql", "mariadb", (V,)) == (failed,)
    assert EVIDENCE.on("mysql", "mariadb", (P,)) == ()


def test_each_built_in_run_is_of_a_known_release_has_500_workflows_if_it_worked_and_is_there_once() -> None:
    runs = read_built_in(["evidence"])["evidence"]["runs"]
    assert len(runs) >= 60
    assert {run["temporal"] for run in runs} <= {release.name for release in MATRIX.releases.all}
    assert {run["workflows"] for run in runs if run["result"] == "tried"} == {500}
    keys = Counter(
        (run["temporal"], *map(str, (run["persistence"].items(), run["visibility"].items()))) for run in runs
    )
    assert [key for key, times in keys.items() if times > 1] == []
    # A digest names one run: two runs never have the same log, unless both failed before the server started.
    logs = Counter(run["log"] for run in runs if run["result"] == "tried")
    assert [log for log, times in logs.items() if times > 1] == []
