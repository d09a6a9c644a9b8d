"""Releases that start only under a condition that the agent cannot see.

A server that answers has met it, so nothing is said of the release that runs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from packaging.specifiers import SpecifierSet

from agent.model.vocabulary import SCHEMA_ROLES, Role
from agent.verdict.check import NOTHING, CheckInputs, Outcome
from agent.verdict.cluster import View
from agent.verdict.result import StartAnswer


@dataclass(frozen=True)
class Condition:
    """These releases may exit, for a reason of their own. `component`: only with this store; empty: always.

    `is_unread`: only where the agent could not read that store.
    """

    releases: SpecifierSet
    component: str
    message: str
    source: str
    is_unread: bool = False


CONDITIONS = (
    Condition(
        SpecifierSet("==1.18.2"),
        "",
        "exits where all its services run in one process: use 1.18.3 or later",
        "https://github.com/temporalio/temporal/releases/tag/v1.18.3",
    ),
    Condition(
        SpecifierSet(">=1.15.0,<1.17.0"),
        "sqlite",
        "has SQLite only in binaries that were built with cgo, and those of its images are not: use 1.17 or"
        " later",
        "seen with 1.15.2 and 1.20.4, built without cgo, 2026-11-28",
    ),
    Condition(
        SpecifierSet("<1.2.0"),
        "elasticsearch",
        "exits while Elasticsearch does not answer, and it does not answer the agent",
        "an earlier run of 1.1.1 without its Elasticsearch exited",
        is_unread=True,
    ),
)


def start_conditions_check(inputs: CheckInputs) -> Outcome:
    """What is not known of the start of each release that may run next."""
    view = inputs.view
    if not view.subject.assumed and any(view.fresh(server) for server in view.of(Role.SERVER)):
        return NOTHING
    starts = tuple(
        StartAnswer(None, f"Temporal {match.version.raw[:60]} {condition.message} ({condition.source})")
        for match in inputs.running.matches
        for condition in CONDITIONS
        if match.version.within(condition.releases) and _applies(condition, view)
    )
    return Outcome(starts=starts) if starts else NOTHING


def _applies(condition: Condition, view: View) -> bool:
    return not condition.component or any(
        not condition.is_unread or not any(view.fresh(seen) for seen in view.of(role))
        for role in _roles(condition.component, view)
    )


def _roles(component: str, view: View) -> Iterator[Role]:
    """The roles that this component fills."""
    for role in SCHEMA_ROLES:
        spec = view.subject.stores.get(role)
        if spec is not None and spec.component == component:
            yield role
