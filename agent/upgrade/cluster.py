"""A plan for a cluster as it was observed: from where it really stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from difflib import get_close_matches

from agent.matrix import Matrix, Release
from agent.matrix.roles import SQL
from agent.matrix.schema import is_store_of, plugins_for
from agent.observation import Instant, Observation
from agent.upgrade.plan import Blocker, Plan
from agent.upgrade.planner import Planner
from agent.upgrade.tools import Toolbox
from agent.verdict import StoreSpec, Subject
from agent.verdict.server import Running, running, skips_minor
from agent.verdict.subject import View
from agent.versions import UnreadableVersionError
from agent.vocabulary import Check, Reason, Role


class PlanError(ValueError):
    """There is nothing to plan from, or to; the text says why."""


def plan_upgrade(
    matrix: Matrix,
    subject: Subject,
    observations: tuple[Observation, ...],
    now: Instant,
    target: str,
    tools: Toolbox,
    *,
    assume_current: bool = False,
) -> Plan:
    """The way from the oldest release that runs to the one that `target` names.

    `assume_current`: a schema that is not known counts as what the release that runs needs.

    Raises:
        PlanError: what runs is not known, or there is no such release.
    """
    runs = running(matrix, View(subject, observations, now))
    start, resolved = beginning(matrix, subject, observations, now)
    wanted = named(matrix, target)
    planner = Planner(matrix, resolved, observations, now, tools)
    plan = planner.plan(start, wanted, planner.current(start) if assume_current else None)
    return _with_blockers(plan, [*_mixed(matrix, runs, start), *_unknown_plugins(resolved, start)])


def beginning(
    matrix: Matrix, subject: Subject, observations: tuple[Observation, ...], now: Instant
) -> tuple[Release, Subject]:
    """The oldest release that runs, and the cluster with the plugins by which it uses its databases.

    Raises:
        PlanError: what runs is not known.
    """
    runs = running(matrix, View(subject, observations, now))
    start = _start(runs)
    return start, replace(subject, stores=dict(_stores(subject, runs, start)), assumed=start.name)


def named(matrix: Matrix, text: str) -> Release:
    """The release of this name.

    Raises:
        PlanError: the matrix has none.
    """
    try:
        found = matrix.releases.assume(text.strip()).releases
    except UnreadableVersionError:
        found = ()
    release = next((r for r in found if r.name == text.strip().removeprefix("v")), None) or next(
        iter(found), None
    )
    if release is None:
        names = [r.name for r in matrix.releases.all]
        close = get_close_matches(text[:60], names, 3)
        hint = f"; did you mean {' or '.join(close)}?" if close else ", which begins with 1.0.0"
        raise PlanError(f"the matrix has no release {text[:60]!r}{hint}")
    return release


def _start(runs: Running) -> Release:
    if not runs.matches:
        raise PlanError("what runs is not known: the server has not answered yet, or by no version")
    oldest = runs.matches[0]
    if not oldest.releases:
        raise PlanError(
            f"the matrix knows no release that reports {oldest.version.raw[:60]}: no way leads from it"
        )
    return oldest.releases[0]


def _stores(subject: Subject, runs: Running, start: Release) -> Iterator[tuple[Role, StoreSpec]]:
    """With the plugin of each database: by the server's word, as configured, or the only one there is."""
    for role, spec in subject.stores.items():
        told = runs.plugin(role)
        if spec.component not in SQL:
            yield role, spec
            continue
        plugin = told if told and is_store_of(told, spec.component) else spec.plugin
        only = plugins_for(start, spec.component, plugin)
        yield role, replace(spec, plugin=only[0] if len(only) == 1 else plugin)


def _mixed(matrix: Matrix, runs: Running, start: Release) -> Iterator[Blocker]:
    minors = [(*match.version.release, 0)[:2] for match in runs.matches]
    if len(minors) > 1 and skips_minor(matrix, minors[0], minors[-1]):
        versions = " and ".join(match.version.raw for match in runs.matches)
        message = f"{versions} run at once: bring all replicas to one of them, or to neighbours, first"
        yield Blocker(start.name, Role.SERVER, Check.REPLICAS, Reason.MINOR_SKIPPED, message, "")


def _unknown_plugins(subject: Subject, start: Release) -> Iterator[Blocker]:
    """Where several plugins take a database and need different schemas, the way depends on which it is."""
    for role, spec in subject.stores.items():
        names = plugins_for(start, spec.component, "") if spec.component in SQL and not spec.plugin else ()
        if {name.startswith(("postgres12", "mysql8")) for name in names} == {True, False}:
            message = (
                f"{start.name} can use {spec.component} by {' or '.join(names)}; name the plugin of {role}"
            )
            yield Blocker(start.name, role, Check.PLUGIN, Reason.PLUGIN_UNKNOWN, message, start.source)


def _with_blockers(plan: Plan, blockers: list[Blocker]) -> Plan:
    if not blockers or not plan.hops:
        return plan
    first, *others = plan.hops
    return replace(plan, hops=(replace(first, blockers=(*blockers, *first.blockers)), *others))
