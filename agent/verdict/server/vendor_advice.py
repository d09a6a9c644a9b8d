"""Remarks about a server: advice of the Temporal project, and clusters that are configured twice."""

from __future__ import annotations

from agent.model.versions import UnreadableVersionError, parse_temporal
from agent.model.vocabulary import Check, Reason, Role, Verdict
from agent.verdict.cluster import ClusterView
from agent.verdict.result import Result
from agent.verdict.server.running_versions import RunningVersions

_ADVICE = "GetClusterInfo: versionInfo, which the server downloads from the Temporal project"


def vendor_remarks(view: ClusterView, running: RunningVersions) -> tuple[Result, ...]:
    """The advice of the Temporal project to this server. It changes no verdict."""
    details, remarks = _details(view), []
    recommended = details.get("recommended_version", "")
    if _is_newer(recommended, running):
        message = f"the Temporal project recommends {recommended[:60]} to this server"
        remarks.append(_remark(Check.VERSION, Reason.NEWER_RECOMMENDED, message, _ADVICE))
    if alerts := details.get("alerts", ""):
        remarks.append(_remark(Check.VERSION, Reason.SERVER_ALERT, alerts, _ADVICE))
    return tuple(remarks)


def same_cluster_remarks(view: ClusterView) -> tuple[Result, ...]:
    """Other configured clusters with the same cluster id."""
    if view.subject.same_as:
        details = _details(view)
        others = ", ".join(view.subject.same_as)
        message = (
            f"the cluster id {details.get('cluster_id', '')[:60]} is also the id of {others[:120]}: the same"
            " cluster is configured twice, or the database of one is a copy of the other. Remove one from the"
            " configuration"
        )
        return (_remark(Check.CONFIGURATION, Reason.SAME_CLUSTER, message, "GetClusterInfo"),)
    return ()


def _details(view: ClusterView) -> dict[str, str]:
    details: dict[str, str] = {}
    for observation in view.of(Role.SERVER):
        facts = view.fresh(observation)
        details.update(facts.details if facts else {})
    return details


def _is_newer(recommended: str, running: RunningVersions) -> bool:
    if not recommended:
        return False
    try:
        number = parse_temporal(recommended).number
    except UnreadableVersionError:
        return False
    return any(match.version.number < number for match in running.matches)


def _remark(check: Check, reason: Reason, message: str, source: str) -> Result:
    return Result(Role.SERVER, check, "temporal", Verdict.SUPPORTED, reason, message, source)
