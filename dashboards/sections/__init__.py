"""The rows of the dashboards, each with its panels."""

from dashboards.panels import Column

#: The dashboards' uids. They are in URLs that people have bookmarked, so they must not change.
FLEET, CLUSTER_BOARD, AGENT = "temporal-compat-fleet", "temporal-compat-cluster", "temporal-compat-agent"

_TO_CLUSTER = (
    f"/d/{CLUSTER_BOARD}?${{datasource:queryparam}}&${{job:queryparam}}&${{instance:queryparam}}"
    "&var-cluster=${__value.raw}&${__url_time_range}"
)
CLUSTER = Column("temporal_cluster", "Cluster", link=_TO_CLUSTER)
ROLE = Column("role", "Role")
COMPONENT = Column("component", "Component")
REASON = Column("reason", "Reason")
VERSION = Column("version", "Version")
