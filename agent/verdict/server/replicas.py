"""The check `replicas` of the server: several versions at once."""

from __future__ import annotations

from agent.matrix import Matrix
from agent.model.vocabulary import Check, Reason, Role, Verdict
from agent.verdict.check import NOTHING, CheckInputs, Outcome, one
from agent.verdict.cluster import ClusterView
from agent.verdict.result import Result
from agent.verdict.server.running_versions import RunningVersions, skips_minor
from agent.verdict.server.version import server_result, unreadable_version

_REPORTED_BY = "the server itself"

#: Versions that a message names.
_MAX_VERSIONS = 10

#: Endpoints that show the version of every replica, not of whichever answers.
_SHOW_REPLICAS = frozenset({"metrics", "prometheus"})


def replicas_check(inputs: CheckInputs) -> Outcome:
    """Whether the running versions may run at the same time; only where a target shows every replica."""
    if not inputs.view.subject.sees_replicas:
        return NOTHING
    return one(_replicas(inputs.matrix, inputs.view, inputs.running))


def _replicas(matrix: Matrix, view: ClusterView, running: RunningVersions) -> Result:
    if running.stale or not (running.matches or running.unreadable):
        return server_result(Check.REPLICAS, Verdict.UNKNOWN, *view.silence(Role.SERVER))
    versions = " and ".join(match.version.raw for match in running.matches[:_MAX_VERSIONS])
    if len(running.matches) > _MAX_VERSIONS:
        versions += f" and {len(running.matches) - _MAX_VERSIONS} more"
    # A version of a single number is still a version.
    minors = [(*match.version.release, 0)[:2] for match in running.matches]
    if minors and skips_minor(matrix, minors[0], minors[-1]):
        message = f"{versions} run at the same time, but only neighbouring minors may"
        return server_result(Check.REPLICAS, Verdict.UNSUPPORTED, Reason.MINOR_SKIPPED, message, _REPORTED_BY)
    if running.unreadable:
        return unreadable_version(Check.REPLICAS, running.unreadable[0])
    unseen = [o for o in view.of(Role.SERVER) if o.target.endpoint in _SHOW_REPLICAS and not view.fresh(o)]
    if unseen:
        # The frontend, or some replicas, cannot report the versions of the others.
        return server_result(Check.REPLICAS, Verdict.UNKNOWN, *view.silence_of(unseen))
    if len(running.matches) == 1:
        message = f"all replicas that were seen run {versions}"
        return server_result(Check.REPLICAS, Verdict.SUPPORTED, Reason.SAME_VERSION, message, _REPORTED_BY)
    message = f"{versions} run at the same time, as during a rollout"
    return server_result(Check.REPLICAS, Verdict.SUPPORTED, Reason.MIXED_VERSIONS, message, _REPORTED_BY)
