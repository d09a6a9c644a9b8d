"""The variables that a reader can select at the top of a dashboard."""

from collections.abc import Sequence

from grafana_foundation_sdk.builders.dashboard import DatasourceVariable, QueryVariable
from grafana_foundation_sdk.models import dashboard as model

from dashboards.panels import DATASOURCE
from dashboards.queries import SCRAPED

# With /probe, a cluster's series have another job and instance than the agent's own.
ANY_INFO = '__name__=~"temporal_compat_build_info|temporal_compat_cluster_info"'
CLUSTER_INFO = f"temporal_compat_cluster_info{{{SCRAPED}"


def _one(name: str, label: str, description: str, series: str, of_label: str) -> QueryVariable:
    return (
        QueryVariable(name)
        .label(label)
        .description(description)
        .datasource(DATASOURCE)
        .query({"query": f"label_values({series}, {of_label})", "refId": name})
        .refresh(model.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(model.VariableSort.ALPHABETICAL_ASC)
    )


def _choice(
    name: str, label: str, description: str, series: str, of_label: str, everything: str
) -> QueryVariable:
    return (
        _one(name, label, description, series, of_label)
        .multi(True)
        .include_all(True)
        .all_value(everything)
        .current(model.VariableOption(selected=True, text="All", value="$__all"))
    )


def variables(*, one_cluster: bool) -> Sequence[DatasourceVariable | QueryVariable]:
    """Each variable limits the next ones. `.*` also matches clusters without a product or environment."""
    of_clusters = f'{CLUSTER_INFO}, temporal_environment=~"$environment", product=~"$product"}}'
    which = "cluster", "Cluster", "Temporal clusters of the selected products and environments", of_clusters
    return (
        DatasourceVariable("datasource").label("Data source").type("prometheus"),
        _choice("job", "Job", "Scrape jobs of the agent", f"{{{ANY_INFO}}}", "job", ".+"),
        _choice(
            "instance",
            "Instance",
            "Replicas of the agent; with /probe, clusters",
            f'{{{ANY_INFO}, job=~"$job"}}',
            "instance",
            ".+",
        ),
        _choice(
            "environment",
            "Environment",
            "As in the agent's configuration",
            f"{CLUSTER_INFO}}}",
            "temporal_environment",
            ".*",
        ),
        _choice(
            "product",
            "Product",
            "As in the agent's configuration",
            f'{CLUSTER_INFO}, temporal_environment=~"$environment"}}',
            "product",
            ".*",
        ),
        _one(
            "agent_url",
            "Agent",
            "Where links to the status page lead: the agent's --web.external-url",
            f'temporal_compat_web_info{{{SCRAPED}, external_url!=""}}',
            "external_url",
        ).hide(model.VariableHide.HIDE_VARIABLE),
        _one(*which, "temporal_cluster") if one_cluster else _choice(*which, "temporal_cluster", ".+"),
    )
