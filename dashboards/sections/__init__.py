"""The parts of the dashboards, each a row of panels."""

from dashboards.panels import Column

CLUSTER = Column("temporal_cluster", "Cluster")
ROLE = Column("role", "Role")
COMPONENT = Column("component", "Component")
REASON = Column("reason", "Reason")
VERSION = Column("version", "Version")
