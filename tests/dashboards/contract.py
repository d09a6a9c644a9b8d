"""The metrics that exist, with their labels, by the agent's own tables."""

from agent.metrics.families import AGENT_FAMILIES, CLUSTER_FAMILIES, PREFIX, Family


def _name(family: Family) -> str:
    return family.name.removeprefix(PREFIX) + ("_total" if family.kind == "counter" else "")


METRICS: dict[str, frozenset[str]] = {
    **{_name(family): frozenset({"temporal_cluster", *family.labels}) for family in CLUSTER_FAMILIES},
    **{_name(family): frozenset(family.labels) for family in AGENT_FAMILIES},
}
