"""A plan for a cluster that starts from its observed state."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from agent.components.registry import SQL, original, title_of
from agent.matrix import Matrix, Release
from agent.matrix.schema import is_store_of, plugins_for
from agent.model.observation import Instant, Observation
from agent.model.vocabulary import STORE_ROLES, Check, Reason, Role
from agent.upgrade.named_release import FORUM, StartUnknownError, find_release
from agent.upgrade.plan import Blocker, Hop, Note, Plan
from agent.upgrade.planner import Planner
from agent.upgrade.release_judge import ReleaseJudge
from agent.upgrade.schema_tools import Toolbox
from agent.upgrade.simulated_stores import SimulatedStores
from agent.upgrade.steps import observe, server_step
from agent.verdict import ClusterSpec, StoreSpec, judge
from agent.verdict.cluster import ClusterView
from agent.verdict.server.running_versions import RunningVersions, detect_running_versions, skips_minor

_REPORTED = "the server itself"
_SHARED_RECORD = "https://github.com/temporalio/temporal/issues/6844"


def plan_upgrade(
    matrix: Matrix,
    subject: ClusterSpec,
    observations: tuple[Observation, ...],
    now: Instant,
    target: str,
    tools: Toolbox,
    *,
    assume_current: bool = False,
) -> Plan:
    """The plan from the oldest running release to the release `target`.

    `assume_current`: an unknown schema counts as the version that the running release needs.

    Raises:
        PlanError: the running release is unknown, or there is no release `target`.
    """
    planner = ClusterPlanner(matrix, subject, observations, now, tools)
    return planner.plan(find_release(matrix, target), assume_current=assume_current)


class ClusterPlanner:
    """Plans for one cluster from `start`, the oldest running release.

    `uses`: the component in each role. `seen`: what else is known about the cluster.
    """

    def __init__(
        self,
        matrix: Matrix,
        subject: ClusterSpec,
        observations: tuple[Observation, ...],
        now: Instant,
        tools: Toolbox,
        like: ClusterPlanner | None = None,
    ) -> None:
        """Find the starting release.

        `like`: the planner of another start of the same cluster, whose hops are used again where the stores
        have the same plugins.

        Raises:
            PlanError: the running release is unknown.
        """
        self._matrix = matrix
        self._runs = detect_running_versions(matrix, ClusterView(subject, observations, now))
        self.start, resolved = starting_release(matrix, subject, observations, now)
        self._stores = resolved.stores
        known: Planner | None = like._planner if like and like._stores == resolved.stores else None
        self._planner: Planner = known or Planner(matrix, resolved, observations, now, tools)
        self.uses = self._planner.uses
        self.seen = self._planner.seen
        self._blockers = (
            *_other_stores(matrix, subject, observations, now, self.start),
            *_unknown_plugins(resolved, self.start),
        )
        self._notes = (*_start_notes(self._runs, self.start), *_shared_database(tools))

    def plan(self, target: Release, *, assume_current: bool = False) -> Plan:
        """The plan to one release; `assume_current` as in `plan_upgrade`."""
        state = self._planner.current(self.start) if assume_current else None
        return _from_here(
            self._planner.plan(self.start, target, state),
            self.start,
            (*_mixed(self._matrix, self._runs, self.start, target), *self._blockers),
            self._notes,
            is_mixed=len(self._runs.matches) > 1,
        )


def starting_release(
    matrix: Matrix, subject: ClusterSpec, observations: tuple[Observation, ...], now: Instant
) -> tuple[Release, ClusterSpec]:
    """The oldest running release, and the cluster with the plugins of its databases.

    If several releases report the same version: the oldest that could run on these stores.

    Raises:
        PlanError: the running release is unknown.
    """
    runs = detect_running_versions(matrix, ClusterView(subject, observations, now))
    candidates = [
        (
            release,
            replace(subject, stores=dict(_stores(matrix, subject, runs, release)), assumed=release.name),
        )
        for release in _candidates(matrix, runs)
    ]
    for release, resolved in candidates if len(candidates) > 1 else ():
        release_judge = ReleaseJudge(matrix, resolved, observations, now)
        if release_judge.judge(release, SimulatedStores.of(resolved.stores)).start.would_start is not False:
            return release, resolved
    return candidates[0]


def _candidates(matrix: Matrix, runs: RunningVersions) -> tuple[Release, ...]:
    if not runs.matches:
        raise StartUnknownError(
            "the running release is unknown: the server has not reported a readable version;"
            " run `config check --probe` to see why"
        )
    oldest = runs.matches[0]
    if not oldest.releases:
        advice = matrix.how_to_get_newer if oldest.below else FORUM
        raise StartUnknownError(
            f"the matrix has no release that reports {oldest.version.raw[:60]}, so no plan can start there."
            f" {advice}"
        )
    return oldest.releases


def _stores(
    matrix: Matrix, subject: ClusterSpec, runs: RunningVersions, start: Release
) -> Iterator[tuple[Role, StoreSpec]]:
    """The stores, each with its plugin: as the server reports it, as configured, or the only possible one."""
    for role, spec in subject.stores.items():
        reported = runs.plugin(role)
        if spec.component not in SQL:
            yield role, spec
            continue
        component = original(spec.component)
        fits = bool(reported) and is_store_of(matrix.plugins, reported, component)
        plugin = reported if fits else spec.plugin
        only = plugins_for(start, component, plugin)
        yield role, replace(spec, plugin=only[0] if len(only) == 1 else plugin)


def _mixed(matrix: Matrix, runs: RunningVersions, start: Release, wanted: Release) -> Iterator[Blocker]:
    """Replicas that one hop cannot move: too far from each other, or from an older target."""
    minors = [(*match.version.release, 0)[:2] for match in runs.matches]
    oldest = min(minors[0], wanted.minor)
    if len(minors) > 1 and skips_minor(matrix, oldest, minors[-1]):
        versions = " and ".join(match.version.raw for match in runs.matches)
        message = (
            f"{versions} run at the same time: first deploy one of them, or neighbouring minors, everywhere"
        )
        yield Blocker(start.name, Role.SERVER, Check.REPLICAS, Reason.MINOR_SKIPPED, message, "")


def _other_stores(
    matrix: Matrix, subject: ClusterSpec, observations: tuple[Observation, ...], now: Instant, start: Release
) -> Iterator[Blocker]:
    """The server uses another store than the configured one, so a plan for that store is useless."""
    for result in judge(matrix, subject, observations, now).results:
        if result.reason is Reason.OTHER_STORE and result.check is Check.VERSION:
            message = f"{result.message}: configure the store that it uses"
            yield Blocker(start.name, result.role, Check.PLUGIN, result.reason, message, result.source)


def _unknown_plugins(subject: ClusterSpec, start: Release) -> Iterator[Blocker]:
    """If several plugins fit a database and need different schemas, the plan depends on the plugin."""
    for role, spec in subject.stores.items():
        is_open = spec.component in SQL and not spec.plugin
        names = plugins_for(start, original(spec.component), "") if is_open else ()
        if len({start.known_plugins.named(name).folder for name in names}) > 1:
            title, choice = title_of(spec.component), " or ".join(names)
            message = f"{start.name} can use {title} with plugin {choice}; set the plugin of {role}"
            yield Blocker(start.name, role, Check.PLUGIN, Reason.PLUGIN_UNKNOWN, message, start.source)


def _start_notes(runs: RunningVersions, start: Release) -> Iterator[Note]:
    """What is special or uncertain about the starting release."""
    if len(runs.matches) > 1:
        versions = " and ".join(match.version.raw for match in runs.matches)
        yield Note(f"{versions} run at the same time; the plan starts from {start.name}.", _REPORTED)
    if runs.unreadable:
        yield Note(
            f"Some replicas report a version that cannot be parsed: {runs.unreadable[0][:60]!r}.", _REPORTED
        )
    if runs.image_release:
        yield Note(
            f"The server does not answer. The plan starts from {start.name}, the tag of its image: check that"
            " this is the running release.",
            _REPORTED,
        )
    elif runs.stale:
        yield Note(
            f"The server does not answer. The plan starts from {start.name}, which it last reported: check"
            " that this is still the running release.",
            _REPORTED,
        )
    for other in runs.matches[0].releases:
        if other.minor != start.minor:
            text = (
                f"{other.name} also reports version {runs.matches[0].version.raw}. If {other.name} runs,"
                " skip the hops before its minor."
            )
            yield Note(text, other.source)


def _shared_database(tools: Toolbox) -> Iterator[Note]:
    """Two schemas in one database share one version row."""
    places = [tools.access.get(role) for role in STORE_ROLES]
    default, visibility = ((a.host, a.port, a.name) if a and a.host else None for a in places)
    if default is not None and default == visibility:
        text = (
            "persistence and visibility use the same database, with one schema version row: after the tool"
            " upgrades one schema, it skips the other. Move them to separate databases before any step."
        )
        yield Note(text, _SHARED_RECORD)


def _from_here(
    plan: Plan,
    start: Release,
    blockers: tuple[Blocker, ...],
    start_notes: tuple[Note, ...],
    *,
    is_mixed: bool,
) -> Plan:
    """The plan with the blockers and notes of its starting point."""
    if plan.hops and not blockers and not start_notes:
        return plan
    if plan.hops:
        first, *others = plan.hops
        first = replace(first, blockers=(*blockers, *first.blockers), notes=(*start_notes, *first.notes))
        return replace(plan, hops=(first, *others))
    # If the target is the oldest running release, the other replicas must still be moved to it. Whether their
    # own release starts on these stores was not judged, so the plan promises no rollback to it.
    steps = (server_step(start, again=False), observe(start)) if is_mixed else ()
    if not steps and not blockers:
        return plan
    back_to = "" if is_mixed else start.name
    return replace(plan, hops=(Hop(start.name, blockers, steps, start_notes, back_to=back_to),))
