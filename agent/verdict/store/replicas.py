"""The check `replicas` of a store: its nodes run several versions."""

from __future__ import annotations

from agent.components.registry import title_of
from agent.model.vocabulary import Check, Reason, Verdict
from agent.verdict.check import NOTHING, Outcome
from agent.verdict.store.store import StoreJudge


def mixed_nodes_check(store: StoreJudge) -> Outcome:
    """A remark: the check `version` judges each node, and an upgrade mixes versions for a while."""
    if store.facts is None or len(store.facts.nodes) < 2:
        return NOTHING
    versions = sorted({node.version for node in store.facts.nodes})
    if len(versions) < 2:
        return NOTHING
    message = f"the nodes of {title_of(store.component)} run different versions: {', '.join(versions)[:120]}"
    remark = store.result(Check.REPLICAS, Verdict.SUPPORTED, Reason.MIXED_VERSIONS, message)
    return Outcome(remarks=(remark,))
