"""The trials of the matrix as documents."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from agent.matrix.trial import Trial, TriedStore
from agent.model.vocabulary import Role
from agent.reports.document import COUNT, Document


@dataclass(frozen=True)
class TrialStoreDocument(Document):
    """A store of a trial, with its exact version. `component`: its product, such as mariadb."""

    component: str
    version: str
    plugin: str | None


@dataclass(frozen=True)
class TrialFailureDocument(Document):
    """The step that failed, the role that the failure is about, and the last line of the error."""

    step: str
    role: Role
    error: str


@dataclass(frozen=True)
class TrialDocument(Document):
    """One run of a release on a pair of stores. `sdk`: the version of the Python SDK.

    `log`: the SHA-256 of the server's log. `seconds`: of the whole run. `failure`: null if everything worked.
    """

    date: date
    release: str
    persistence: TrialStoreDocument
    visibility: TrialStoreDocument
    sdk: str
    workflows: int = field(metadata=COUNT)
    queries: int = field(metadata=COUNT)
    seconds: int = field(metadata=COUNT)
    log: str
    failure: TrialFailureDocument | None


def trial_documents(trials: Iterable[Trial]) -> tuple[TrialDocument, ...]:
    """These trials, in their order."""
    return tuple(map(_trial, trials))


def _trial(trial: Trial) -> TrialDocument:
    failure = trial.failure
    return TrialDocument(
        date=trial.on,
        release=trial.release.raw,
        persistence=_store(trial.persistence),
        visibility=_store(trial.visibility),
        sdk=trial.sdk,
        workflows=trial.workflows,
        queries=trial.queries,
        seconds=trial.seconds,
        log=trial.log,
        failure=TrialFailureDocument(failure.step, failure.role, failure.error) if failure else None,
    )


def _store(store: TriedStore) -> TrialStoreDocument:
    return TrialStoreDocument(store.flavor or store.component, store.version.raw, store.plugin or None)
