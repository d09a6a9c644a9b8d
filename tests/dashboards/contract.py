"""The metrics that exist, with their labels, by the agent's own tables."""

from typing import Any

from agent.metrics.families import AGENT_FAMILIES, CLUSTER_FAMILIES
from agent.metrics.family import PREFIX, Family


def _name(family: Family[Any]) -> str:
    return family.series.removeprefix(PREFIX)


METRICS: dict[str, frozenset[str]] = {
    **{_name(family): frozenset({"temporal_cluster", *family.labels}) for family in CLUSTER_FAMILIES},
    **{_name(family): frozenset(family.labels) for family in AGENT_FAMILIES},
}
