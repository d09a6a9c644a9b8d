"""What to do about a finding: one sentence, and the command that helps."""

from __future__ import annotations

import re
import shlex

from agent.model.reasons import GUIDES
from agent.model.vocabulary import Check, Reason, Verdict
from agent.reports.check_document import CheckDocument
from agent.reports.cluster_document import ClusterDocument

_PROGRAM = "temporal-compat-agent"
#: Reasons whose cure is a schema tool: a plan to the same release has the command.
_UPDATED_BY_PLAN = frozenset({Reason.SCHEMA_BEHIND})
_MIXED = frozenset({Reason.MIXED_VERSIONS, Reason.MINOR_SKIPPED})
#: No schema tool can upgrade these stores.
_WITHOUT_TOOL = frozenset({"sqlite", "custom"})


def what_to_do(finding: CheckDocument) -> str:
    """The first sentence of the guide of the reason, for this component."""
    fix = GUIDES[finding.reason].fix_for(finding.component)
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
        words = [_PROGRAM, "plan", "--config.file", config_file, "--cluster", cluster.temporal_cluster]
        return shlex.join([*words, "--to", release])
    return shlex.join([_PROGRAM, "explain", finding.reason])


def _release(cluster: ClusterDocument) -> str:
    """The release to repair for; empty while several releases run: the plan starts at the oldest of them."""
    if cluster.assumption is not None:
        return cluster.assumption.release
    if any(check.check is Check.REPLICAS and check.reason in _MIXED for check in cluster.checks):
        return ""
    return (cluster.server.release if cluster.server else None) or ""
