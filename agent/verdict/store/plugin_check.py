"""The check `plugin` of a store."""

from __future__ import annotations

from agent.verdict.check import NOTHING, Outcome, one
from agent.verdict.store.store import StoreJudge


def plugin_check(store: StoreJudge) -> Outcome:
    """Whether the running releases have the plugin; nothing where none is known, or the store needs none."""
    result = store.plugins.plugin_result
    return one(store.downgrade_if_stale(result) if result else None)


def plugin_mismatch_check(store: StoreJudge) -> Outcome:
    """A remark where the configuration and the server disagree."""
    remarks = store.plugins.remarks()
    return Outcome(remarks=remarks) if remarks else NOTHING
