"""The check `required` of a store: configured, absent, replaced, or not in the agent's configuration."""

from __future__ import annotations

from agent.components.registry import title_of
from agent.matrix.requirements import Requirement, visibility_store
from agent.model.roles import role_title
from agent.model.vocabulary import FURTHER_STORE_ROLES, Check, Reason, Role, Verdict
from agent.verdict.check import NOTHING, CheckInputs, Outcome, one
from agent.verdict.cluster import ClusterView
from agent.verdict.dependencies import has_search
from agent.verdict.result import Result, StartAnswer
from agent.verdict.server.running_versions import RunningVersions
from agent.verdict.store.store import StoreJudge

#: The keys of these roles in the server's own configuration.
_KEYS = {Role.PERSISTENCE: "defaultStore", Role.VISIBILITY: "visibilityStore"}


def required_check(store: StoreJudge) -> Outcome:
    """The result for a configured store, where Temporal needs one."""
    if store.role in FURTHER_STORE_ROLES:
        return NOTHING
    message = f"the {role_title(store.role)} store is configured"
    return one(store.result(Check.REQUIRED, Verdict.SUPPORTED, Reason.CONFIGURED, message, "configuration"))


def missing_store(inputs: CheckInputs, role: Role) -> Outcome:
    """The outcome for a store that is not configured. Nothing where Temporal needs none."""
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
        # A running server has both stores, so the configuration of the agent is incomplete.
        message = f"the agent's configuration has no {role_title(role)} store{_used(inputs, role)}"
        return _outcome(role, Verdict.UNKNOWN, Reason.NOT_CONFIGURED, message, "", None)
    message = f"Temporal needs a {role_title(role)} store, but none is configured"
    if Role.SEARCH in view.subject.stores:
        message += "; advancedVisibilityStore alone is enough from 1.9 to 1.24"
    source = "docs/server-dependencies.md; temporalio/temporal@v1.8.2, @v1.25.2: common/config/persistence.go"
    return _outcome(role, Verdict.UNSUPPORTED, Reason.MISSING, message, source, False)


def _used(inputs: CheckInputs, role: Role) -> str:
    """What to add, where the server reports the store that it uses."""
    plugin = inputs.running.plugin(role)
    component = inputs.matrix.plugins.component_of(plugin) if plugin else ""
    if not component:
        return ": add the one that the server uses"
    named = title_of(component) + (f" with the plugin {plugin}" if plugin != component else "")
    return f", but the server uses {named}: add `{role}: {{{component}: …}}` to this cluster"


def _is_absent(view: ClusterView, running: RunningVersions, role: Role) -> bool:
    """Whether the store does not exist: the stores are all known, and so is the running release."""
    file = view.subject.server_file
    is_not_in_file = file is not None and bool(file.store_keys) and _KEYS[role] not in file.store_keys
    return view.subject.is_complete or (is_not_in_file and bool(running.matches))


def _replaced(role: Role, need: Requirement) -> Outcome:
    return _outcome(role, Verdict.SUPPORTED, Reason.IN_PLACE_OF_VISIBILITY, need.message, need.source, True)


def _outcome(
    role: Role, verdict: Verdict, reason: Reason, message: str, source: str, starts: bool | None
) -> Outcome:
    result = Result(role, Check.REQUIRED, "", verdict, reason, message, source)
    return Outcome((result,), starts=(StartAnswer(starts, message),))
