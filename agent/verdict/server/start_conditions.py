"""Releases that do not start under a condition that neither a store nor a file shows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from packaging.specifiers import SpecifierSet

from agent.model.vocabulary import STORE_ROLES
from agent.verdict.cluster import ClusterView
from agent.verdict.result import StartAnswer
from agent.verdict.server.running_versions import RunningVersions


@dataclass(frozen=True)
class StartCondition:
    """The releases, the component that the condition is about (empty: any), and what to check."""

    releases: SpecifierSet
    component: str
    what: str


_CONDITIONS = (
    # https://github.com/temporalio/temporal/releases/tag/v1.18.3
    StartCondition(
        SpecifierSet("==1.18.2"),
        "",
        "does not start where all services run in one process, and starts where each has its own: check how"
        " it is started, or take 1.18.3 or later",
    ),
    # temporalio/temporal@v1.16.3: cmd/server/main_cgo.go has the build tag cgo; @v1.17.0: main.go imports it.
    StartCondition(
        SpecifierSet(">=1.15.0,<1.17.0"),
        "sqlite",
        "has the plugin sqlite only if it was built with cgo, which Temporal's images are not: check how it"
        " was built, or take 1.17 or later",
    ),
)


def condition_starts(view: ClusterView, running: RunningVersions) -> Iterator[StartAnswer]:
    """A start that is not known, for each condition of a release that does not run now.

    Plans and checks without a network go by versions alone: a plan has a note about it instead.
    """
    if view.subject.is_complete or (view.answers and not view.subject.assumed):
        return
    stores = view.subject.stores
    components = {stores[role].component for role in STORE_ROLES if role in stores}
    for condition in _CONDITIONS:
        concerns = not condition.component or condition.component in components
        for match in running.matches if concerns else ():
            if match.version.within(condition.releases):
                yield StartAnswer(None, f"Temporal {match.version.raw[:60]} {condition.what}")
