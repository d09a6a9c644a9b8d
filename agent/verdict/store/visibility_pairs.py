"""Two visibility stores beside each other: what the releases that run do not, or may not, start with."""

from __future__ import annotations

from collections.abc import Callable

from agent.components.registry import original
from agent.matrix import Release
from agent.matrix.pairs import (
    SOURCE,
    Visibility,
    refuses_search_beside,
    refuses_search_with_second,
    refuses_second,
)
from agent.model.vocabulary import Check, Reason, Role, Verdict
from agent.verdict.cluster import View
from agent.verdict.result import Result
from agent.verdict.server.running_versions import Running

#: The server's own names of these roles.
_KEYS = {
    Role.VISIBILITY: "visibilityStore",
    Role.SECONDARY_VISIBILITY: "secondaryVisibilityStore",
    Role.SEARCH: "advancedVisibilityStore",
}


def pair_results(view: View, running: Running) -> list[Result]:
    """The check `configuration` of both roles beside visibility, where a pair is, or may be, refused."""
    told = (_search(view, running), _second(view, running))
    return [result for result in told if result is not None]


def _search(view: View, running: Running) -> Result | None:
    stores = view.subject.stores
    if Role.SEARCH not in stores:
        return None
    if Role.VISIBILITY in stores:
        first, search = (_store(view, running, role) for role in (Role.VISIBILITY, Role.SEARCH))
        pair = Role.VISIBILITY, Role.SEARCH
        found = _result(view, running, pair, lambda release: refuses_search_beside(release, first, search))
        if found is not None:
            return found
    if Role.SECONDARY_VISIBILITY not in stores or _is_index(view):
        return None
    return _result(view, running, (Role.SECONDARY_VISIBILITY, Role.SEARCH), refuses_search_with_second)


def _second(view: View, running: Running) -> Result | None:
    pair = Role.VISIBILITY, Role.SECONDARY_VISIBILITY
    if not all(role in view.subject.stores for role in pair):
        return None
    first, second = (_store(view, running, role) for role in pair)
    is_index = _is_index(view)
    return _result(
        view, running, pair, lambda release: refuses_second(release, first, second, is_index=is_index)
    )


def _keys(view: View) -> tuple[str, ...]:
    file = view.subject.server_file
    return file.store_keys if file is not None else ()


def _is_index(view: View) -> bool | None:
    """Whether the second store is a second index of the first; None: nobody tells."""
    keys = _keys(view)
    return _KEYS[Role.SECONDARY_VISIBILITY] not in keys if keys else None


def _store(view: View, running: Running, role: Role) -> Visibility:
    spec = view.subject.stores[role]
    # Of what is no SQL store the server tells the kind, and the configuration the client's version.
    plugin, has_index = (
        running.plugin(role) or spec.plugin,
        f"{_KEYS[role]}.secondary_visibility" in _keys(view),
    )
    return Visibility(original(spec.component), plugin, spec.address, has_index)


def _result(
    view: View, running: Running, roles: tuple[Role, Role], refuses: Callable[[Release], bool | None]
) -> Result | None:
    answers = [(refuses(release), release.name) for match in running.matches for release in match.releases]
    named = [f"{view.subject.stores[role].component} as {_KEYS[role]}" for role in roles]
    pair = " together with ".join(named)
    for decisive, verdict, reason, message in (
        (True, Verdict.UNSUPPORTED, Reason.PAIR_REFUSED, f"refuses {pair}"),
        (None, Verdict.UNKNOWN, Reason.PLUGIN_UNKNOWN, f"may refuse {pair}: that depends on the plugin"),
    ):
        name = next((name for answer, name in answers if answer is decisive), None)
        if name is not None:
            component, text = view.subject.stores[roles[1]].component, f"Temporal {name} {message}"
            return Result(roles[1], Check.CONFIGURATION, component, verdict, reason, text, SOURCE)
    return None
