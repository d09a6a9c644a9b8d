"""Trials as documents, and where users see them."""

from __future__ import annotations

from agent.matrix.tables import Question
from agent.matrix.trial import read_trial
from agent.model.versions import parse
from agent.model.vocabulary import Role, Verdict
from agent.reports.document import as_object
from agent.reports.export_document import export_document
from agent.reports.matrix import find_text, show_text
from agent.reports.matrix_document import find_document, list_document, show_document, support_document
from agent.reports.supported_text import support_text
from agent.reports.trial_document import trial_documents
from tests.building import MATRIX
from tests.matrix.test_evidence import FAILED, WORKED


def test_a_trial_has_its_versions_counts_and_failure() -> None:
    worked, failed = map(as_object, trial_documents([read_trial(WORKED), read_trial(FAILED)]))
    store = {"component": "postgresql", "version": "17.2", "plugin": "postgres12"}
    assert worked == {
        "date": "2026-11-29",
        "release": "1.31.2",
        "persistence": store,
        "visibility": store,
        "sdk": "1.35.0",
        "workflows": 500,
        "queries": 16,
        "seconds": 54,
        "log": WORKED["log"],
        "failure": None,
    }
    assert failed["visibility"] == {"component": "mariadb", "version": "10.11.6", "plugin": "mysql8"}
    assert failed["failure"] == {
        "step": "visibility schema",
        "role": "visibility",
        "error": "syntax error near '->>'",
    }


def test_show_find_list_and_export_have_the_trials() -> None:
    release = MATRIX.releases.named("1.31.5")
    assert release is not None
    shown = show_document(MATRIX, release)
    assert {trial.release for trial in shown.trials} == {"1.31.2"}
    assert "TRIED" in show_text(shown)
    of_one = support_document(MATRIX, release, "postgresql", "", None)
    assert "17.2" in support_text(of_one)[support_text(of_one).index("TRIED") :]
    question = Question("postgresql", parse("17.5"), (Role.PERSISTENCE, Role.VISIBILITY))
    found = find_document(MATRIX, question, Verdict.UNTESTED, ())
    assert {trial.persistence.version for trial in found.trials} == {"17.2"}
    assert "TRIED" in find_text(found)
    old = Question("postgresql", parse("9.6"), (Role.PERSISTENCE,))
    nothing = find_document(MATRIX, old, Verdict.UNTESTED, ())
    assert "TRIED" not in find_text(nothing)
    assert len(list_document(MATRIX).trials) == len(MATRIX.support.evidence.all)
    (exported,) = export_document(MATRIX, [release]).releases
    assert exported.trials == shown.trials
