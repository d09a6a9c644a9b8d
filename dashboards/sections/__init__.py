"""The rows of the dashboards, each with its panels."""

from dashboards.panels import Column

#: The dashboards' uids. They are in URLs that people have bookmarked, so they must not change.
FLEET, CLUSTER_BOARD, AGENT = "temporal-compat-fleet", "temporal-compat-cluster", "temporal-compat-agent"

_TO_CLUSTER = (
    f"/d/{CLUSTER_BOARD}?${{datasource:queryparam}}&${{job:queryparam}}&${{instance:queryparam}}"
    "&${environment:queryparam}&${product:queryparam}&var-cluster=${__value.raw}&${__url_time_range}"
)
CLUSTER = Column("temporal_cluster", "Cluster", link=_TO_CLUSTER)
ROLE = Column("role", "Role")
COMPONENT = Column("component", "Component")
REASON = Column(
    "reason", "Reason", link="${agent_url}/reasons/${__value.raw}", link_title="What it means, what to do"
)
ADVISORY = Column(
    "advisory",
    "Warning",
    link="https://www.cve.org/CVERecord?id=${__value.raw}",
    link_title="The record, for a CVE number",
)
VERSION = Column("version", "Version")
