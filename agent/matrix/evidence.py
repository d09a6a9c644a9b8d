"""All trials by this project, and what they add to the answers of the sources (docs/evidence.md)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from packaging.version import Version as PackagingVersion

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

    def on(
        self, component: str, flavor: str, roles: Collection[Role], plugin: str = "", series: str = ""
    ) -> tuple[Trial, ...]:
        """The trials on this product in one of these roles. Empty `plugin` or `series`: any."""
        return tuple(
            trial
            for trial in self.all
            if any(_is(trial.store(role), component, flavor, plugin, series) for role in roles)
        )

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
        trials = self.on(component, flavor, (role,), plugin, series_of(component, version))
        found = [(trial, store) for trial in trials if trial.covers(release) and (store := trial.store(role))]
        if not found:
            return cell
        trial, store = max(found, key=_newest)
        message = trial.message(role, store)
        if trial.failure is not None:
            dissent = (cell.source,) if cell.verdict is Verdict.SUPPORTED else ()
            return Cell(Verdict.UNSUPPORTED, Reason.TRIAL_FAILED, message, trial.source, dissent)
        if cell.verdict is Verdict.SUPPORTED:
            return cell
        source = cell.source or trial.source
        return replace(cell, reason=Reason.TRIED, message=f"{cell.message}. {message}", source=source)


def _is(store: TriedStore | None, component: str, flavor: str, plugin: str, series: str) -> bool:
    return (
        store is not None
        and (store.component, store.flavor) == (component, flavor)
        and (not plugin or not store.plugin or store.plugin == plugin)
        and (not series or series_of(component, store.version) == series)
    )


def _newest(found: tuple[Trial, TriedStore]) -> tuple[PackagingVersion, PackagingVersion, date]:
    trial, store = found
    return trial.release.number, store.version.number, trial.on


def read_evidence(data: Mapping[str, Any]) -> Evidence:
    """The trials of `data/evidence.json`."""
    return Evidence(tuple(map(read_trial, data["runs"])))
