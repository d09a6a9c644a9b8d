"""The variables that a reader can select at the top of a dashboard."""

from collections.abc import Sequence

from grafana_foundation_sdk.builders.dashboard import DatasourceVariable, QueryVariable
from grafana_foundation_sdk.models import dashboard as model

from dashboards.panels import DATASOURCE
from dashboards.queries import SCRAPED, about_agent, about_cluster

# With /probe, a cluster's series have another job and instance than the agent's own.
ANY_INFO = '__name__=~"temporal_compat_build_info|temporal_compat_cluster_info"'
CLUSTER_INFO = f"temporal_compat_cluster_info{{{SCRAPED}"

#: The address of an agent for links: --web.external-url, else where Prometheus scrapes it. An agent that
#: monitors the selected clusters is better than another one.
_CONFIGURED = about_agent("web_info", 'external_url!=""')
_SCRAPED = about_agent("web_info", 'external_url=""')
_WEB = (
    f'label_replace({_CONFIGURED}, "url", "$1", "external_url", "(.+)")'
    f' or label_join({_SCRAPED}, "url", "://", "scheme", "instance")'
)
AGENT_URL = (
    f"topk(1, 2 * max by (url) (({_WEB}) and on (job, instance) {about_cluster('cluster_info')})"
    f" or max by (url) ({_WEB}))"
)


def _one(name: str, label: str, description: str, series: str, of_label: str) -> QueryVariable:
    return _query(name, label, description, f"label_values({series}, {of_label})")


def _query(name: str, label: str, description: str, query: str) -> QueryVariable:
    return (
        QueryVariable(name)
        .label(label)
        .description(description)
        .datasource(DATASOURCE)
        .query({"query": query, "refId": name})
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
        _one(*which, "temporal_cluster") if one_cluster else _choice(*which, "temporal_cluster", ".+"),
        _query("agent_url", "Agent", "Where links to the status page lead", f"query_result({AGENT_URL})")
        .regex('/url="([^"]+)"/')
        .hide(model.VariableHide.HIDE_VARIABLE),
    )
