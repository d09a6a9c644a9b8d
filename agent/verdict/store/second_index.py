"""Two search stores at one address: a store and its second index, or two stores that are configured apart.

Only Temporal's own file says which. Releases that refuse two stores accept a second index: earlier runs of
1.21.6 to 1.24.2 exited with `visibilityStore` and `secondaryVisibilityStore` on one Elasticsearch.
"""

from __future__ import annotations

from agent.components.registry import SEARCH
from agent.matrix.pairs import StorePairs, Visibility
from agent.model.vocabulary import Check, Reason, Role, Verdict
from agent.verdict.cluster import ClusterView
from agent.verdict.result import Result
from agent.verdict.server.running_versions import RunningVersions


def unclear_second_index(
    pairs: StorePairs, view: ClusterView, running: RunningVersions, first: Visibility, second: Visibility
) -> Result | None:
    """The check `configuration`, where some release accepts only one of the two; nothing where all agree.

    A server that answers has been accepted with what it has.
    """
    is_pair = {first.component, second.component} <= SEARCH and first.address == second.address
    in_use = not view.subject.assumed and any(view.fresh(server) for server in view.of(Role.SERVER))
    if not is_pair or in_use:
        return None
    releases = [release for match in running.matches for release in match.releases]
    for release in releases:
        if pairs.refuses_second(release, first, second, is_index=False):
            role = Role.SECONDARY_VISIBILITY
            message = (
                f"Temporal {release.name} accepts a second index of visibilityStore, and refuses"
                f" secondaryVisibilityStore next to {first.component}: add Temporal's own file with"
                " server_config, which says which of the two this is"
            )
            component = view.subject.stores[role].component
            return Result(
                role,
                Check.CONFIGURATION,
                component,
                Verdict.UNKNOWN,
                Reason.PAIR_UNKNOWN,
                message,
                pairs.source,
            )
    return None
