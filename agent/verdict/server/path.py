"""The check `path`: whether the assumed release is the next hop from the running one. Only a gate has it.

The rules of a path are those of a plan, so the plan gives the answer (agent/upgrade/path.py).
"""

from __future__ import annotations

from agent.model.vocabulary import Check
from agent.verdict.check import NOTHING, CheckInputs, Outcome, one
from agent.verdict.server.version import server_result


def path_check(inputs: CheckInputs) -> Outcome:
    """The plan's answer; nothing without an assumed release, or where no server was probed."""
    path = inputs.view.subject.path
    if path is None:
        return NOTHING
    return one(server_result(Check.PATH, path.verdict, path.reason, path.message, path.source))
