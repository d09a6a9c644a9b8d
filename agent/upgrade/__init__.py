"""plan: from what runs to another release, step by step. Pure; `now` is an argument."""

from agent.upgrade.access import Access
from agent.upgrade.cluster import PlanError, StartUnknownError, named, plan_upgrade
from agent.upgrade.outlook import Outlook, outlook
from agent.upgrade.plan import Blocker, Hop, Note, Plan, Step, StepKind
from agent.upgrade.planner import Planner
from agent.upgrade.tools import Toolbox

__all__ = [
    "Access",
    "Blocker",
    "Hop",
    "Note",
    "Outlook",
    "Plan",
    "PlanError",
    "Planner",
    "StartUnknownError",
    "Step",
    "StepKind",
    "Toolbox",
    "named",
    "outlook",
    "plan_upgrade",
]
