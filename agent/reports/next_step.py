"""What to do about a finding: one sentence, and the command that helps."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass

from agent.model.reasons import GUIDES
from agent.model.vocabulary import Level, Reason, Verdict
from agent.reports.advisory_document import Applies
from agent.reports.check_document import CheckDocument
from agent.reports.cluster_document import ClusterDocument

#: The same limit as in the alert TemporalServerOutOfWindow.
MAX_MINORS_BEHIND = 2
_OUT_OF_WINDOW = "Upgrade Temporal: this minor release no longer gets fixes."
_PROGRAM = "temporal-compat-agent"
#: Reasons whose cure is a schema tool: a plan to the same release has the command.
_UPDATED_BY_PLAN = frozenset({Reason.SCHEMA_BEHIND})
#: No schema tool can upgrade these stores.
_WITHOUT_TOOL = frozenset({"sqlite", "custom"})


@dataclass(frozen=True)
class NextStep:
    """What to do now, in one sentence, and the command to run."""

    text: str
    command: str


def next_step(cluster: ClusterDocument, config_file: str) -> NextStep | None:
    """What to do first about a cluster; None if there is nothing to do."""
    for finding in cluster.causes:
        if not finding.waived and not (text := what_to_do(finding)).startswith("Nothing"):
            return NextStep(text, repair(cluster, config_file) or command_for(finding, cluster, config_file))
    for probe in cluster.probes:
        if (failure := probe.failure) is not None:
            return NextStep(_first_sentence(failure.reason, probe.component), _explain(failure.reason))
    for warning in cluster.advisories:
        if warning.counts and warning.level is Level.CRITICAL and warning.applies is Applies.YES:
            return NextStep(warning.remedy, _plan_ahead(cluster, config_file, "patch"))
    if cluster.server and (cluster.server.minors_behind or 0) > MAX_MINORS_BEHIND:
        return NextStep(_OUT_OF_WINDOW, _plan_ahead(cluster, config_file, "minor"))
    return None


def _plan_ahead(cluster: ClusterDocument, config_file: str, level: str) -> str:
    release = next((ahead.release for ahead in cluster.upgrades if ahead.level == level), "")
    return _plan(cluster, config_file, release) if release and config_file else ""


def what_to_do(finding: CheckDocument) -> str:
    """The first sentence of the guide of the reason, for this component."""
    return _first_sentence(finding.reason, finding.component)


def _first_sentence(reason: Reason, component: str) -> str:
    fix = GUIDES[reason].fix_for(component)
    return re.split(r"(?<=[.]) (?=[A-Z`])", fix, maxsplit=1)[0].replace("`", "")


def command_for(finding: CheckDocument, cluster: ClusterDocument, config_file: str) -> str:
    """The command to run next, quoted for a shell: the plan that repairs the cluster, or the explanation.

    `config_file` is empty where the cluster does not come from a configuration.
    """
    release = _release(cluster)
    is_repaired_by_plan = (
        finding.reason in _UPDATED_BY_PLAN
        and finding.verdict is Verdict.UNSUPPORTED
        and finding.component not in _WITHOUT_TOOL
    )
    if is_repaired_by_plan and config_file and release:
        return _plan(cluster, config_file, release)
    return _explain(finding.reason)


def repair(cluster: ClusterDocument, config_file: str) -> str:
    """The plan to the running release, if the server would not start; empty where there is none."""
    release = _release(cluster)
    is_needed = cluster.would_start is False and config_file and release
    return _plan(cluster, config_file, release) if is_needed else ""


def _plan(cluster: ClusterDocument, config_file: str, release: str) -> str:
    words = [_PROGRAM, "plan", "--config.file", config_file, "--cluster", cluster.temporal_cluster]
    return shlex.join([*words, "--to", release])


def _explain(reason: Reason) -> str:
    return shlex.join([_PROGRAM, "explain", reason])


def _release(cluster: ClusterDocument) -> str:
    """The release to repair for: of several that run the newest, which needs the newest schema."""
    if cluster.assumption is not None:
        return cluster.assumption.release
    return (cluster.server.newest if cluster.server else None) or ""
