"""A plan for a cluster as it was observed: from where it really stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from difflib import get_close_matches

from agent.components.registry import SQL, original
from agent.matrix import Matrix, Release
from agent.matrix.schema import is_store_of, plugins_for
from agent.model.observation import Instant, Observation
from agent.model.versions import UnreadableVersionError, parse_temporal
from agent.model.vocabulary import STORE_ROLES, Check, Reason, Role
from agent.upgrade.plan import Blocker, Hop, Note, Plan
from agent.upgrade.planner import Planner
from agent.upgrade.release_judge import Gate
from agent.upgrade.schema_tools import Toolbox
from agent.upgrade.simulated_stores import State
from agent.upgrade.steps import observe, server_step
from agent.verdict import StoreSpec, Subject, judge
from agent.verdict.cluster import View
from agent.verdict.server.running_versions import Running, running, skips_minor

_REPORTED = "the server itself"
_SHARED_RECORD = "https://github.com/temporalio/temporal/issues/6844"


class PlanError(ValueError):
    """There is nothing to plan from, or to; the text says why."""


class StartUnknownError(PlanError):
    """What runs is not known, or the matrix does not know it."""


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
    planner = ClusterPlanner(matrix, subject, observations, now, tools)
    return planner.plan(named(matrix, target), assume_current=assume_current)


class ClusterPlanner:
    """Plans for one cluster from `start`, the oldest release that runs. `uses`: what fills each role."""

    def __init__(
        self,
        matrix: Matrix,
        subject: Subject,
        observations: tuple[Observation, ...],
        now: Instant,
        tools: Toolbox,
    ) -> None:
        """Find out where the cluster stands.

        Raises:
            PlanError: what runs is not known.
        """
        self._matrix = matrix
        self._runs = running(matrix, View(subject, observations, now))
        self.start, resolved = beginning(matrix, subject, observations, now)
        self._planner = Planner(matrix, resolved, observations, now, tools)
        self.uses = self._planner.uses
        self._blockers = (
            *_other_stores(matrix, subject, observations, now, self.start),
            *_unknown_plugins(resolved, self.start),
        )
        self._notes = (*_told(self._runs, self.start), *_shared(tools))

    def plan(self, target: Release, *, assume_current: bool = False) -> Plan:
        """The way to one release; `assume_current` as in `plan_upgrade`."""
        state = self._planner.current(self.start) if assume_current else None
        return _from_here(
            self._planner.plan(self.start, target, state),
            self.start,
            (*_mixed(self._matrix, self._runs, self.start, target), *self._blockers),
            self._notes,
            is_mixed=len(self._runs.matches) > 1,
        )


def beginning(
    matrix: Matrix, subject: Subject, observations: tuple[Observation, ...], now: Instant
) -> tuple[Release, Subject]:
    """The oldest release that runs, and the cluster with the plugins by which it uses its databases.

    Of several that report one version: the oldest that could run on these stores.

    Raises:
        PlanError: what runs is not known.
    """
    runs = running(matrix, View(subject, observations, now))
    found = [
        (
            release,
            replace(subject, stores=dict(_stores(matrix, subject, runs, release)), assumed=release.name),
        )
        for release in _candidates(runs)
    ]
    for release, resolved in found if len(found) > 1 else ():
        gate = Gate(matrix, resolved, observations, now)
        if gate.judge(release, State.of(resolved.stores)).start.would_start is not False:
            return release, resolved
    return found[0]


def named(matrix: Matrix, text: str) -> Release:
    """The release of this name.

    Raises:
        PlanError: the matrix has none.
    """
    shown = repr(text[:60])
    try:
        version = parse_temporal(text)
    except UnreadableVersionError as error:
        raise PlanError(f"{shown} is no version of Temporal; write it as 1.31.2") from error
    known = matrix.releases.all
    if len(version.release) < 3:
        patches = [release.name for release in known if release.minor == (*version.release, 0)[:2]]
        of_it = f", of which there are {', '.join(patches)}" if patches else ""
        raise PlanError(f"{shown} names no release; write its patch, too{of_it}")
    release = next((release for release in known if release.version.number == version.number), None)
    if release is not None:
        return release
    if version.number < known[0].version.number:
        hint = f" is older than {known[0].name}, where the matrix begins"
    elif version.number > known[-1].version.number:
        hint = f" is newer than {known[-1].name}, the newest that the matrix knows"
    else:
        close = get_close_matches(text[:60], [release.name for release in known], 3)
        hint = f" is no release; did you mean {' or '.join(close)}?"
    raise PlanError(shown + hint)


def _candidates(runs: Running) -> tuple[Release, ...]:
    if not runs.matches:
        raise StartUnknownError("what runs is not known: the server has not answered yet, or by no version")
    oldest = runs.matches[0]
    if not oldest.releases:
        raise StartUnknownError(
            f"the matrix knows no release that reports {oldest.version.raw[:60]}: no way leads from it"
        )
    return oldest.releases


def _stores(
    matrix: Matrix, subject: Subject, runs: Running, start: Release
) -> Iterator[tuple[Role, StoreSpec]]:
    """With the plugin of each database: by the server's word, as configured, or the only one there is."""
    for role, spec in subject.stores.items():
        told = runs.plugin(role)
        if spec.component not in SQL:
            yield role, spec
            continue
        plugin = told if told and is_store_of(matrix.plugins, told, original(spec.component)) else spec.plugin
        only = plugins_for(start, original(spec.component), plugin)
        yield role, replace(spec, plugin=only[0] if len(only) == 1 else plugin)


def _mixed(matrix: Matrix, runs: Running, start: Release, wanted: Release) -> Iterator[Blocker]:
    """Replicas that no single hop takes along: too far from each other, or from where they are to go back."""
    minors = [(*match.version.release, 0)[:2] for match in runs.matches]
    oldest = min(minors[0], wanted.minor)
    if len(minors) > 1 and skips_minor(matrix, oldest, minors[-1]):
        versions = " and ".join(match.version.raw for match in runs.matches)
        message = f"{versions} run at once: bring all replicas to one of them, or to neighbours, first"
        yield Blocker(start.name, Role.SERVER, Check.REPLICAS, Reason.MINOR_SKIPPED, message, "")


def _other_stores(
    matrix: Matrix, subject: Subject, observations: tuple[Observation, ...], now: Instant, start: Release
) -> Iterator[Blocker]:
    """What is planned for a store that the server does not use leads nowhere."""
    for result in judge(matrix, subject, observations, now).results:
        if result.reason is Reason.OTHER_STORE and result.check is Check.VERSION:
            message = f"{result.message}: name the store that it uses"
            yield Blocker(start.name, result.role, Check.PLUGIN, result.reason, message, result.source)


def _unknown_plugins(subject: Subject, start: Release) -> Iterator[Blocker]:
    """Where several plugins take a database and need different schemas, the way depends on which it is."""
    for role, spec in subject.stores.items():
        is_open = spec.component in SQL and not spec.plugin
        names = plugins_for(start, original(spec.component), "") if is_open else ()
        if len({start.known_plugins.named(name).folder for name in names}) > 1:
            message = (
                f"{start.name} can use {spec.component} by {' or '.join(names)}; name the plugin of {role}"
            )
            yield Blocker(start.name, role, Check.PLUGIN, Reason.PLUGIN_UNKNOWN, message, start.source)


def _told(runs: Running, start: Release) -> Iterator[Note]:
    """What is not plain about the beginning."""
    if len(runs.matches) > 1:
        versions = " and ".join(match.version.raw for match in runs.matches)
        yield Note(f"{versions} run at once; the plan begins at {start.name}.", _REPORTED)
    if runs.unreadable:
        yield Note(f"Replicas run whose version cannot be read: {runs.unreadable[0][:60]!r}.", _REPORTED)
    if runs.stale:
        yield Note(f"The server does not answer; {start.name} is what ran when it last did.", _REPORTED)
    for other in runs.matches[0].releases:
        if other.minor != start.minor:
            text = (
                f"{runs.matches[0].version.raw} is what {other.name} reports, too. If that is what runs,"
                " leave out the hops before its own minor."
            )
            yield Note(text, other.source)


def _shared(tools: Toolbox) -> Iterator[Note]:
    """Of two schemas in one database only one can have its version there."""
    places = [tools.access.get(role) for role in STORE_ROLES]
    default, visibility = ((a.host, a.port, a.name) if a and a.host else None for a in places)
    if default is not None and default == visibility:
        text = (
            "persistence and visibility are one database, with one record of a version: what the tool does"
            " for one, it leaves undone for the other. Part them before any step."
        )
        yield Note(text, _SHARED_RECORD)


def _from_here(
    plan: Plan, start: Release, blockers: tuple[Blocker, ...], told: tuple[Note, ...], *, is_mixed: bool
) -> Plan:
    """The plan, with what is to be said of its beginning."""
    if plan.hops:
        first, *others = plan.hops
        first = replace(first, blockers=(*blockers, *first.blockers), notes=(*told, *first.notes))
        return replace(plan, hops=(first, *others))
    # Where the oldest replicas are to stay, the others are still to be brought to them. Whether the release
    # of the others starts on these stores was not judged, so no rollback to it is promised.
    steps = (server_step(start, again=False), observe(start)) if is_mixed else ()
    if not steps and not blockers:
        return plan
    back_to = "" if is_mixed else start.name
    return replace(plan, hops=(Hop(start.name, blockers, steps, told, back_to=back_to),))
