"""Remarks on a server: the advice of its makers, and that it is configured twice."""

from __future__ import annotations

from agent.model.versions import UnreadableVersionError, parse_temporal
from agent.model.vocabulary import Check, Reason, Role, Verdict
from agent.verdict.cluster import View
from agent.verdict.result import Result
from agent.verdict.server.running_versions import Running

_ADVICE = "GetClusterInfo: versionInfo, which the server has from its makers when it calls home"


def vendor_remarks(view: View, running: Running) -> tuple[Result, ...]:
    """What the makers of Temporal advise this server. It changes no verdict."""
    details, remarks = _details(view), []
    recommended = details.get("recommended_version", "")
    if _is_newer(recommended, running):
        message = f"Temporal's makers recommend {recommended[:60]} to this server"
        remarks.append(_remark(Check.VERSION, Reason.NEWER_RECOMMENDED, message, _ADVICE))
    if alerts := details.get("alerts", ""):
        remarks.append(_remark(Check.VERSION, Reason.SERVER_ALERT, alerts, _ADVICE))
    return tuple(remarks)


def same_cluster_remarks(view: View) -> tuple[Result, ...]:
    """Other configured clusters with the same cluster id."""
    if view.subject.same_as:
        details = _details(view)
        others = ", ".join(view.subject.same_as)
        message = (
            f"{others[:120]} gave the same cluster id {details.get('cluster_id', '')[:60]}: the same cluster"
            " is configured twice, or the database of one is a copy of the other's"
        )
        return (_remark(Check.CONFIGURATION, Reason.SAME_CLUSTER, message, "GetClusterInfo"),)
    return ()


def _details(view: View) -> dict[str, str]:
    details: dict[str, str] = {}
    for observation in view.of(Role.SERVER):
        facts = view.fresh(observation)
        details.update(facts.details if facts else {})
    return details


def _is_newer(recommended: str, running: Running) -> bool:
    if not recommended:
        return False
    try:
        number = parse_temporal(recommended).number
    except UnreadableVersionError:
        return False
    return any(match.version.number < number for match in running.matches)


def _remark(check: Check, reason: Reason, message: str, source: str) -> Result:
    return Result(Role.SERVER, check, "temporal", Verdict.SUPPORTED, reason, message, source)
