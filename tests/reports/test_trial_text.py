"""The table of trials: one line for each product, plugin and release, in 80 columns."""

from __future__ import annotations

from agent.matrix.trial import read_trial
from agent.reports.trial_document import trial_documents
from agent.reports.trial_text import trials_table
from tests.matrix.test_evidence import FAILED, STORE, WORKED

_NEWER = {**WORKED, "persistence": {**STORE, "version": "9.6"}, "visibility": {**STORE, "version": "18.0"}}
_SEARCH = {**WORKED, "visibility": {"component": "elasticsearch", "version": "7.17.28"}}


def test_versions_are_in_order_and_a_failure_names_the_role() -> None:
    trials = trial_documents(map(read_trial, (_NEWER, WORKED, FAILED, _SEARCH)))
    head, *rows = trials_table(trials).splitlines()
    assert head.split() == ["TRIED", "PLUGIN", "ON", "VERSIONS"]
    assert [" ".join(row.split()) for row in rows[: rows.index("")]] == [
        "elasticsearch 1.31.2 7.17.28",
        "mariadb mysql8 1.31.2 10.11.6 (failed for visibility)",
        "postgresql postgres12 1.31.2 9.6, 17.2, 18.0",
    ]
    assert max(map(len, rows)) <= 80


def test_only_the_chosen_products_are_shown_and_nothing_without_a_trial() -> None:
    trials = trial_documents(map(read_trial, (_SEARCH, FAILED)))
    assert "postgresql" not in trials_table(trials, ("elasticsearch",))
    assert trials_table(trials, ("cassandra",)) == trials_table(()) == ""
