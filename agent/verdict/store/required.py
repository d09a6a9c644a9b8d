"""The check `required` of a store: configured, absent, replaced by another, or not configured here."""

from __future__ import annotations

from agent.matrix.requirements import Requirement, visibility_store
from agent.model.vocabulary import FURTHER_STORE_ROLES, Check, Reason, Role, Verdict
from agent.verdict.check import NOTHING, CheckInputs, Outcome, one
from agent.verdict.cluster import View
from agent.verdict.dependencies import has_search
from agent.verdict.result import Result, StartAnswer
from agent.verdict.server.running_versions import Running
from agent.verdict.store.store import StoreJudge

#: The server's own names of these roles.
_KEYS = {Role.PERSISTENCE: "defaultStore", Role.VISIBILITY: "visibilityStore"}


def required_check(store: StoreJudge) -> Outcome:
    """A store that is configured, where Temporal needs one."""
    if store.role in FURTHER_STORE_ROLES:
        return NOTHING
    message = f"a {store.role} store is configured"
    return one(store.result(Check.REQUIRED, Verdict.SUPPORTED, Reason.CONFIGURED, message, "configuration"))


def missing_store(inputs: CheckInputs, role: Role) -> Outcome:
    """A store that the configuration does not name. Nothing where Temporal needs none."""
    if role in FURTHER_STORE_ROLES:
        return NOTHING
    view, running = inputs.view, inputs.running
    if role is Role.VISIBILITY and has_search(view):
        needs = [
            visibility_store(release, has_search=True)
            for match in running.matches
            for release in match.releases or match.neighbours
        ]
        if needs and not any(need.needed for need in needs):
            return _replaced(role, needs[0])
    if not _is_absent(view, running, role):
        # A running server has both stores; that the configuration names none is its gap, not the server's.
        message = f"the configuration names no {role} store"
        return _outcome(role, Verdict.UNKNOWN, Reason.NOT_CONFIGURED, message, "", None)
    message = f"Temporal needs a {role} store, and none is named"
    if Role.SEARCH in view.subject.stores:
        message += "; advancedVisibilityStore alone is enough from 1.9 to 1.24"
    source = "docs/server-dependencies.md; temporalio/temporal@v1.8.2, @v1.25.2: common/config/persistence.go"
    return _outcome(role, Verdict.UNSUPPORTED, Reason.MISSING, message, source, False)


def _is_absent(view: View, running: Running, role: Role) -> bool:
    """Whether what is not named is not there: so nothing else names it, and it is known what runs."""
    file = view.subject.server_file
    is_told = file is not None and bool(file.store_keys) and _KEYS[role] not in file.store_keys
    return view.subject.is_complete or (is_told and bool(running.matches))


def _replaced(role: Role, need: Requirement) -> Outcome:
    return _outcome(role, Verdict.SUPPORTED, Reason.IN_PLACE_OF_VISIBILITY, need.message, need.source, True)


def _outcome(
    role: Role, verdict: Verdict, reason: Reason, message: str, source: str, starts: bool | None
) -> Outcome:
    result = Result(role, Check.REQUIRED, "", verdict, reason, message, source)
    return Outcome((result,), starts=(StartAnswer(starts, message),))
