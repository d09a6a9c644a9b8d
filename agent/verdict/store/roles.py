"""The store of one role, prepared for its checks, or an outcome where they do not apply."""

from __future__ import annotations

from agent.matrix.schema import CUSTOM
from agent.model.vocabulary import Check, Role
from agent.verdict.check import CheckInputs, Outcome
from agent.verdict.store.custom import custom_outcome
from agent.verdict.store.other import other_store
from agent.verdict.store.required import missing_store
from agent.verdict.store.store import StoreJudge


def store_role(inputs: CheckInputs, role: Role) -> StoreJudge | Outcome:
    """A store that is configured, that probes can read and that the server uses; else the outcome."""
    spec = inputs.view.subject.stores.get(role)
    if spec is None:
        return missing_store(inputs, role)
    if spec.component == CUSTOM:
        return custom_outcome(inputs, role, spec)
    store = StoreJudge(inputs, role, spec)
    if store.is_elsewhere:
        return other_store(store, (Check.VERSION, Check.SCHEMA, Check.PLUGIN))
    return store
