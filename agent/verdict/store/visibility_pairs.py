"""Two visibility stores together: pairs that a running release refuses, or may refuse, at start."""

from __future__ import annotations

from collections.abc import Callable

from agent.components.registry import original, title_of
from agent.matrix import Release
from agent.matrix.pairs import StorePairs, Visibility
from agent.model.vocabulary import Check, Reason, Role, Verdict
from agent.verdict.check import NOTHING, CheckInputs, Outcome
from agent.verdict.cluster import ClusterView
from agent.verdict.result import Result, StartAnswer
from agent.verdict.server.running_versions import RunningVersions
from agent.verdict.store.second_index import unclear_second_index

#: The keys of these roles in the server's own configuration.
_KEYS = {
    Role.VISIBILITY: "visibilityStore",
    Role.SECONDARY_VISIBILITY: "secondaryVisibilityStore",
    Role.SEARCH: "advancedVisibilityStore",
}


def pair_role(inputs: CheckInputs, role: Role) -> tuple[CheckInputs, Role] | Outcome:
    """The role of a further store, where one is configured."""
    return (inputs, role) if role in inputs.view.subject.stores else NOTHING


def pair_check(of: tuple[CheckInputs, Role]) -> Outcome:
    """The check `configuration` of a further store, where a release refuses, or may refuse, two stores.

    Such a release does not start, whatever the stores contain.
    """
    inputs, role = of
    judge = _search if role is Role.SEARCH else _second
    result = judge(inputs.matrix.store_pairs, inputs.view, inputs.running)
    if result is None:
        return NOTHING
    would_start = False if result.reason is Reason.PAIR_REFUSED else None
    return Outcome((result,), starts=(StartAnswer(would_start, result.message),))


def _search(pairs: StorePairs, view: ClusterView, running: RunningVersions) -> Result | None:
    stores = view.subject.stores
    if Role.VISIBILITY in stores:
        first, search = (_store(view, running, role) for role in (Role.VISIBILITY, Role.SEARCH))
        pair = Role.VISIBILITY, Role.SEARCH
        result = _result(
            pairs,
            view,
            running,
            pair,
            lambda release: pairs.refuses_search_with(release, first, search),
        )
        if result is not None:
            return result
    if Role.SECONDARY_VISIBILITY not in stores or _is_index(view):
        return None
    return _result(
        pairs, view, running, (Role.SECONDARY_VISIBILITY, Role.SEARCH), pairs.refuses_search_with_second
    )


def _second(pairs: StorePairs, view: ClusterView, running: RunningVersions) -> Result | None:
    pair = Role.VISIBILITY, Role.SECONDARY_VISIBILITY
    if not all(role in view.subject.stores for role in pair):
        return None
    first, second = (_store(view, running, role) for role in pair)
    is_index = _is_index(view)
    unclear = unclear_second_index(pairs, view, running, first, second) if is_index is None else None
    return unclear or _result(
        pairs,
        view,
        running,
        pair,
        lambda release: pairs.refuses_second(release, first, second, is_index=is_index),
    )


def _keys(view: ClusterView) -> tuple[str, ...]:
    file = view.subject.server_file
    return file.store_keys if file is not None else ()


def _is_index(view: ClusterView) -> bool | None:
    """Whether the second store is a second index of the first; None: not known."""
    keys = _keys(view)
    return _KEYS[Role.SECONDARY_VISIBILITY] not in keys if keys else None


def _store(view: ClusterView, running: RunningVersions, role: Role) -> Visibility:
    spec = view.subject.stores[role]
    # For other stores than SQL the server reports the kind, and the configuration has the client version.
    plugin, has_index = (
        running.plugin(role) or spec.plugin,
        f"{_KEYS[role]}.secondary_visibility" in _keys(view),
    )
    return Visibility(original(spec.component), plugin, spec.address, has_index)


def _result(
    pairs: StorePairs,
    view: ClusterView,
    running: RunningVersions,
    roles: tuple[Role, Role],
    refuses: Callable[[Release], bool | None],
) -> Result | None:
    answers = [(refuses(release), release.name) for match in running.matches for release in match.releases]
    names = [f"{title_of(view.subject.stores[role].component)} as {_KEYS[role]}" for role in roles]
    pair = " together with ".join(names)
    for decisive, verdict, reason, message in (
        (True, Verdict.UNSUPPORTED, Reason.PAIR_REFUSED, f"refuses {pair}"),
        (None, Verdict.UNKNOWN, Reason.PLUGIN_UNKNOWN, f"may refuse {pair}: this depends on the plugin"),
    ):
        name = next((name for answer, name in answers if answer is decisive), None)
        if name is not None:
            component, text = view.subject.stores[roles[1]].component, f"Temporal {name} {message}"
            return Result(roles[1], Check.CONFIGURATION, component, verdict, reason, text, pairs.source)
    return None
