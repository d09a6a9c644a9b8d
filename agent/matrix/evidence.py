"""All trials by this project, and what they add to the answers of the sources (docs/evidence.md)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from agent.matrix.cell import Cell
from agent.matrix.release import Release
from agent.matrix.series import series_of
from agent.matrix.trial import Trial, TriedStore, read_trial
from agent.model.versions import Version
from agent.model.vocabulary import Reason, Role, Verdict


class Evidence:
    """All trials."""

    def __init__(self, trials: tuple[Trial, ...] = ()) -> None:
        self.all = trials

    def of(self, release: Release) -> tuple[Trial, ...]:
        """The trials of this release and of earlier patches of its minor."""
        return tuple(trial for trial in self.all if trial.covers(release))

    def series(self, component: str) -> set[str]:
        """Every series of this component that was tried."""
        stores = (store for trial in self.all for store in (trial.persistence, trial.visibility))
        return {series_of(component, store.version) for store in stores if store.component == component}

    def applied(
        self,
        cell: Cell,
        release: Release,
        role: Role,
        component: str,
        plugin: str,
        version: Version,
        flavor: str,
    ) -> Cell:
        """The answer of the sources with a trial: the verdict changes only where the trial failed."""
        if cell.verdict not in (Verdict.SUPPORTED, Verdict.UNTESTED) or version.is_pre_release:
            return cell
        wanted = TriedStore(component, version, plugin, flavor)
        trial = self._newest(release, role, wanted)
        store = trial.store(role) if trial else None
        if trial is None or store is None:
            return cell
        message = trial.message(role, store)
        if trial.failure is not None:
            dissent = (cell.source,) if cell.verdict is Verdict.SUPPORTED else ()
            return Cell(Verdict.UNSUPPORTED, Reason.TRIAL_FAILED, message, trial.source, dissent)
        if cell.verdict is Verdict.SUPPORTED:
            return cell
        source = cell.source or trial.source
        return replace(cell, reason=Reason.TRIED, message=f"{cell.message}. {message}", source=source)

    def _newest(self, release: Release, role: Role, wanted: TriedStore) -> Trial | None:
        found = [
            (trial.release.number, store.version.number, trial.on, trial)
            for trial in self.of(release)
            if (store := trial.store(role)) is not None and _is_like(store, wanted)
        ]
        return max(found, key=lambda entry: entry[:3])[3] if found else None


def _is_like(store: TriedStore, wanted: TriedStore) -> bool:
    """Whether this is the same product, series and plugin. An unknown plugin can be any."""
    return (
        (store.component, store.flavor) == (wanted.component, wanted.flavor)
        and (not wanted.plugin or not store.plugin or store.plugin == wanted.plugin)
        and series_of(store.component, store.version) == series_of(store.component, wanted.version)
    )


def read_evidence(data: Mapping[str, Any]) -> Evidence:
    """The trials of `data/evidence.json`."""
    return Evidence(tuple(map(read_trial, data["runs"])))
