"""Upgrade plans: from the running release to another, step by step. Pure; `now` is an argument."""

from agent.upgrade.named_release import PlanError, StartUnknownError, find_release
from agent.upgrade.outlook import Outlook, outlook
from agent.upgrade.path import upgrade_path
from agent.upgrade.plan import Blocker, Finding, Hop, Note, Plan, Step, StepKind, StoreChange
from agent.upgrade.plan_cluster import plan_upgrade
from agent.upgrade.planner import Planner
from agent.upgrade.schema_tools import Toolbox
from agent.upgrade.tool_arguments import Access

__all__ = [
    "Access",
    "Blocker",
    "Finding",
    "Hop",
    "Note",
    "Outlook",
    "Plan",
    "PlanError",
    "Planner",
    "StartUnknownError",
    "Step",
    "StepKind",
    "StoreChange",
    "Toolbox",
    "find_release",
    "outlook",
    "plan_upgrade",
    "upgrade_path",
]
