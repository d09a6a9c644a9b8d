"""A store that nobody names: absent, replaced by another, or merely not configured here."""

from __future__ import annotations

from agent.matrix.requirements import Requirement, visibility_store
from agent.model.vocabulary import Check, Reason, Role, Verdict
from agent.verdict.cluster import View
from agent.verdict.dependencies import has_search
from agent.verdict.result import Result, StartAnswer
from agent.verdict.server.running_versions import Running
from agent.verdict.store.store import StoreJudgement

#: The server's own names of these roles.
_KEYS = {Role.PERSISTENCE: "defaultStore", Role.VISIBILITY: "visibilityStore"}


def missing_store(view: View, running: Running, role: Role) -> StoreJudgement:
    """The check `required` of a store role that the subject does not name."""
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
        return _judgement(role, Verdict.UNKNOWN, Reason.NOT_CONFIGURED, message, "", None)
    message = f"Temporal needs a {role} store, and none is named"
    if Role.SEARCH in view.subject.stores:
        message += "; advancedVisibilityStore alone is enough from 1.9 to 1.24"
    source = "docs/server-dependencies.md; temporalio/temporal@v1.8.2, @v1.25.2: common/config/persistence.go"
    return _judgement(role, Verdict.UNSUPPORTED, Reason.MISSING, message, source, False)


def _is_absent(view: View, running: Running, role: Role) -> bool:
    """Whether what is not named is not there: so nothing else names it, and it is known what runs."""
    file = view.subject.server_file
    is_told = file is not None and bool(file.store_keys) and _KEYS[role] not in file.store_keys
    return view.subject.is_complete or (is_told and bool(running.matches))


def _replaced(role: Role, need: Requirement) -> StoreJudgement:
    return _judgement(role, Verdict.SUPPORTED, Reason.IN_PLACE_OF_VISIBILITY, need.message, need.source, True)


def _judgement(
    role: Role, verdict: Verdict, reason: Reason, message: str, source: str, starts: bool | None
) -> StoreJudgement:
    result = Result(role, Check.REQUIRED, "", verdict, reason, message, source)
    return StoreJudgement((result,), (), None, StartAnswer(starts, message))
