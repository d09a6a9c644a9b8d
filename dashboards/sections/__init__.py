"""The rows of the dashboards, each with its panels."""

from dashboards.panels import Column

#: The dashboards' uids. They are in URLs that people have bookmarked, so they must not change.
FLEET, CLUSTER_BOARD, AGENT = "temporal-compat-fleet", "temporal-compat-cluster", "temporal-compat-agent"

_TO_CLUSTER = (
    f"/d/{CLUSTER_BOARD}?${{datasource:queryparam}}&${{job:queryparam}}&${{instance:queryparam}}"
    "&${environment:queryparam}&${product:queryparam}&var-cluster=${__value.raw}&${__url_time_range}"
)
CLUSTER = Column("temporal_cluster", "Cluster", link=_TO_CLUSTER, min_width=130)
ROLE = Column("role", "Role", min_width=100)
COMPONENT = Column("component", "Component")
REASON = Column(
    "reason",
    "Reason",
    link="${agent_url}/reasons/${__value.raw}",
    link_title="What it means, what to do",
    min_width=150,
)
ADVISORY = Column(
    "advisory",
    "Warning",
    link="https://www.cve.org/CVERecord?id=${__value.raw}",
    link_title="The record, for a CVE number",
    min_width=160,
)
APPLIES = Column("applies", "Applies", min_width=100)
VERSION = Column("version", "Version")
