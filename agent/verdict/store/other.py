"""A configured store that the server does not use: its facts say nothing about the cluster."""

from __future__ import annotations

from agent.components.registry import title_of
from agent.model.roles import role_title
from agent.model.vocabulary import Check, Reason, Verdict
from agent.verdict.check import Outcome
from agent.verdict.result import StartAnswer
from agent.verdict.store.required import required_check
from agent.verdict.store.store import StoreJudge


def other_store(store: StoreJudge, checks: tuple[Check, ...]) -> Outcome:
    """These checks are unknown, and so is `required` where Temporal needs the store."""
    used = title_of(store.matrix.plugins.component_of(store.server_plugin))
    message = (
        f"the server uses {used} ({store.server_plugin}) for {role_title(store.role)}, but the agent's"
        f" configuration has {title_of(store.component)}: correct the configuration"
    )
    unknown = (*checks, *(result.check for result in required_check(store).results))
    results = tuple(
        store.result(check, Verdict.UNKNOWN, Reason.OTHER_STORE, message, "GetClusterInfo")
        for check in unknown
    )
    return Outcome(results, starts=store.starts(StartAnswer(None, message)))
