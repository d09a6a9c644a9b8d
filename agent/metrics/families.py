"""Every metric of the agent, in the order of /metrics. Users' alerts depend on their names and labels."""

from __future__ import annotations

from prometheus_client.core import Metric

from agent.metrics import advisories, agent, components, probes, releases, schemas, verdicts
from agent.metrics.family import CLUSTER_LABEL, Family, collect
from agent.model.agent_status import AgentState
from agent.snapshot import Snapshot

CLUSTER_FAMILIES: tuple[Family[Snapshot], ...] = (
    *verdicts.FAMILIES,
    *components.FAMILIES,
    *releases.FAMILIES,
    *schemas.FAMILIES,
    *advisories.FAMILIES,
    *probes.FAMILIES,
)
#: Those that change with every round, even if everything else stays the same.
CHANGING_FAMILIES: tuple[Family[Snapshot], ...] = probes.EVERY_ROUND
AGENT_FAMILIES: tuple[Family[AgentState], ...] = agent.FAMILIES

_GAUGES = tuple(family for family in CLUSTER_FAMILIES if family.kind == "gauge")


def cluster_metrics(snapshot: Snapshot, *, counters: bool = True) -> list[Metric]:
    """Every family of one cluster, including those without a series at the moment."""
    families = CLUSTER_FAMILIES if counters else _GAUGES
    return collect(families, snapshot, {CLUSTER_LABEL: snapshot.subject.name})


def agent_metrics(state: AgentState) -> list[Metric]:
    """Every family about the agent itself."""
    return [*collect(AGENT_FAMILIES, state, {}), agent.round_durations(state)]
