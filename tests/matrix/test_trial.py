"""One trial, as the file has it."""

from __future__ import annotations

from datetime import date

from agent.matrix.trial import TrialFailure, read_trial
from agent.model.vocabulary import Role
from tests.building import MATRIX
from tests.laws import law
from tests.matrix.test_evidence import FAILED, WORKED

P, V = Role.PERSISTENCE, Role.VISIBILITY


def test_a_run_of_the_file_is_read_whole() -> None:
    trial = read_trial(WORKED)
    assert (trial.on, trial.release.raw, trial.sdk) == (date(2026, 11, 29), "1.31.2", "1.35.0")
    assert (trial.workflows, trial.queries, trial.slow_errors, trial.seconds) == (500, 16, 0, 54)
    assert (trial.persistence.title, trial.failure) == ("PostgreSQL 17.2 with postgres12", None)
    failed = read_trial(FAILED)
    assert failed.failure == TrialFailure("visibility schema", V, "syntax error near '->>'")
    assert failed.visibility.title == "MariaDB 10.11.6 with mysql8"


def test_a_failed_trial_says_nothing_about_the_other_store() -> None:
    worked, failed = read_trial(WORKED), read_trial(FAILED)
    assert worked.store(P) == worked.persistence
    assert worked.store(V) == worked.visibility
    assert worked.store(Role.SEARCH) is None
    assert failed.store(V) == failed.visibility
    assert failed.store(P) is None


@law([("1.31.2", True), ("1.31.5", True), ("1.31.1", False), ("1.32.2", False), ("1.30.9", False)])
def test_a_trial_covers_its_release_and_later_patches_of_its_minor(name: str, is_covered: bool) -> None:
    release = MATRIX.releases.named(name)
    assert release is not None
    assert read_trial(WORKED).covers(release) is is_covered
