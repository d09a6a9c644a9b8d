"""The path to a release that a gate assumes: the answer of the plan, so that gate and plan agree."""

from __future__ import annotations

from agent.matrix import NOTHING_SEEN, Matrix, Release, Seen, Uses
from agent.model.observation import Instant, Observation
from agent.model.vocabulary import Check, Reason, Verdict
from agent.upgrade.named_release import StartUnknownError, find_release
from agent.upgrade.plan import Plan
from agent.upgrade.plan_cluster import ClusterPlanner
from agent.upgrade.rollback import rollback_refusals
from agent.upgrade.route import newest_patches
from agent.upgrade.schema_tools import Toolbox
from agent.upgrade.steps import GUIDE, MUST_RUN
from agent.verdict import ClusterSpec, UpgradePath
from agent.verdict.server.running_versions import skips_minor


def upgrade_path(
    matrix: Matrix, subject: ClusterSpec, observations: tuple[Observation, ...], now: Instant, target: str
) -> UpgradePath:
    """The path from the release that was observed, so `subject` assumes none, to the release `target`.

    Raises:
        PlanError: there is no release `target`.
    """
    release = find_release(matrix, target)
    try:
        planner = ClusterPlanner(matrix, subject, observations, now, Toolbox())
    except StartUnknownError as error:
        message = f"the path to {target} cannot be judged: {error}"
        return UpgradePath("", Verdict.UNKNOWN, Reason.SERVER_UNKNOWN, message)
    return path_of(
        matrix, planner.plan(release), planner.start, release, planner.uses, subject.name, planner.seen
    )


def path_of(
    matrix: Matrix,
    plan: Plan,
    start: Release,
    target: Release,
    uses: Uses,
    cluster: str,
    seen: Seen = NOTHING_SEEN,
) -> UpgradePath:
    """The answer of this plan, from `start` to `target` on the stores `uses`."""
    mixed = [b.message for hop in plan.hops for b in hop.blockers if b.check is Check.REPLICAS]
    if mixed:
        return UpgradePath(start.name, Verdict.UNSUPPORTED, Reason.MINOR_SKIPPED, mixed[0], GUIDE)
    if target.version.number < start.version.number:
        return _back(matrix, start, target, uses, seen, cluster)
    if len(plan.hops) <= 1:
        text = "already runs" if target is start else f"is the next hop from {start.name}, which runs"
        return UpgradePath(
            start.name, Verdict.SUPPORTED, Reason.NEXT_HOP, f"Temporal {target.name} {text}", GUIDE
        )
    return _up(matrix, plan, start, target, cluster)


def _up(matrix: Matrix, plan: Plan, start: Release, target: Release, cluster: str) -> UpgradePath:
    first = plan.hops[0].release
    todo = (
        f"do the steps that the plan has for {start.name} itself"
        if first == start.name
        else f"upgrade to {first}"
    )
    stops = len({hop.release for hop in plan.hops} - {start.name, target.name})
    if not skips_minor(matrix, start.minor, target.minor):
        message = f"{start.name} runs. Before {target.name}, {todo}. {_command(cluster, target)}"
        return UpgradePath(start.name, Verdict.UNTESTED, Reason.HOP_SKIPPED, message, GUIDE)
    message = (
        f"{start.name} runs, and its upgrade path to {target.name} has {stops} other"
        f" {'release' if stops == 1 else 'releases'} first; Temporal only promises that neighbouring minors"
        f" are compatible.{_must_run(start, target)} First {todo}. {_command(cluster, target)}"
    )
    return UpgradePath(start.name, Verdict.UNSUPPORTED, Reason.MINOR_SKIPPED, message, GUIDE)


def _back(
    matrix: Matrix, start: Release, target: Release, uses: Uses, seen: Seen, cluster: str
) -> UpgradePath:
    refused = rollback_refusals(matrix, start, target)
    if not refused:
        message = f"Temporal {target.name} is one rollback away from {start.name}, which runs"
        return UpgradePath(start.name, Verdict.SUPPORTED, Reason.NEXT_HOP, message, GUIDE)
    older = [
        release
        for release in newest_patches(matrix, uses, seen)
        if release.minor < start.minor and not rollback_refusals(matrix, start, release)
    ]
    following = f". First roll back to {older[-1].name}" if older else ""
    message = f"{start.name} runs: {refused[0].message}{following}. {_command(cluster, target)}"
    return UpgradePath(start.name, Verdict.UNSUPPORTED, refused[0].reason, message, refused[0].source)


def _must_run(start: Release, target: Release) -> str:
    """What goes wrong if a minor between these two never runs."""
    reasons = [why for minor, why in MUST_RUN.items() if start.minor < minor < target.minor]
    lost = f"; without it {target.name} starts as a new cluster with a new id, and does not find its data"
    return "".join(f" In particular, {why}{lost}." for why in reasons)


def _command(cluster: str, target: Release) -> str:
    plan = f"temporal-compat-agent plan --config.file FILE --cluster {cluster} --to {target.name}"
    return f"`{plan}` prints the path"
