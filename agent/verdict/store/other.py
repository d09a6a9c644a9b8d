"""A store that the server does not use: what was read from it says nothing about the cluster."""

from __future__ import annotations

from agent.model.vocabulary import Check, Reason, Verdict
from agent.verdict.check import Outcome
from agent.verdict.result import StartAnswer
from agent.verdict.store.required import required_check
from agent.verdict.store.store import StoreJudge


def other_store(store: StoreJudge, checks: tuple[Check, ...]) -> Outcome:
    """These checks are unknown, and so is `required` where Temporal needs the store."""
    message = f"the server uses {store.server_plugin} for {store.role}, not the configured {store.component}"
    unknown = (*checks, *(result.check for result in required_check(store).results))
    results = tuple(
        store.result(check, Verdict.UNKNOWN, Reason.OTHER_STORE, message, "GetClusterInfo")
        for check in unknown
    )
    return Outcome(results, starts=store.starts(StartAnswer(None, message)))
