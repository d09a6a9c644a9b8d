"""What is known about each role, and which checks decide for a cluster."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from agent.model.vocabulary import CHECKS, Check, Role


@dataclass(frozen=True)
class RoleInfo:
    """What a role is for. `decides`: Temporal needs it, so its checks count for the whole cluster."""

    meaning: str
    decides: bool = True


ROLES: Mapping[Role, RoleInfo] = {
    Role.SERVER: RoleInfo("the Temporal server, every replica"),
    Role.PERSISTENCE: RoleInfo("the store of workflows (`defaultStore`)"),
    Role.VISIBILITY: RoleInfo("the store of visibility records (`visibilityStore`)"),
    Role.SECONDARY_VISIBILITY: RoleInfo("a second store of visibility records (`secondaryVisibilityStore`)"),
    Role.SEARCH: RoleInfo("the search store of releases up to 1.24 (`advancedVisibilityStore`)"),
    Role.EVENT_STREAMING: RoleInfo("Kafka, where a release needs it"),
    Role.COORDINATION: RoleInfo("ZooKeeper, which Kafka needs"),
    Role.MONITORING: RoleInfo("Prometheus, or a product with its API", decides=False),
    Role.OBSERVATION: RoleInfo("Grafana", decides=False),
}


def decides(role: Role, check: Check) -> bool:
    """Whether the result of this check counts for the verdict of the whole cluster."""
    return ROLES[role].decides and CHECKS[check].decides


def role_title(role: Role) -> str:
    """The role as messages name it: `secondary visibility`."""
    return role.replace("_", " ")
