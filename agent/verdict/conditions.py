"""What is known about a cluster that decides whether a published warning applies to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from agent.matrix import Seen
from agent.model.observation import Observation
from agent.model.traits import Trait
from agent.model.vocabulary import Role
from agent.verdict.cluster import ClusterSpec

#: How a frontend that is contacted without a token and a client certificate answers `GetClusterInfo`: a key
#: of `Facts.settings`. The default authorizer allows this call only to callers with a role
#: (temporalio/temporal@v1.31.2: common/authorization/default_authorizer.go).
AUTHORIZER = "authorizer"
_ANSWERS = {"on": True, "off": False}


def seen(subject: ClusterSpec, observations: Sequence[Observation]) -> Seen:
    """What Temporal's own file and the last answers show, however old: a setting stays until a deploy.

    Where they disagree, the cluster has the trait: a second cluster member may be configured otherwise.
    """
    found: dict[Trait, bool] = {}
    file = subject.server_file
    for trait, has in (*(file.traits.items() if file else ()), *_observed(observations)):
        found[trait] = found.get(trait, False) or has
    values = file.dynamic_values if file else None
    dynamic = None if values is None else tuple((key.lower(), texts) for key, texts in values.items())
    return Seen(tuple(found.items()), dynamic)


def _observed(observations: Sequence[Observation]) -> Iterator[tuple[Trait, bool]]:
    for observation in observations:
        facts = observation.facts
        if observation.target.role is not Role.SERVER or facts is None:
            continue
        if facts.settings.get(AUTHORIZER) in _ANSWERS:
            yield Trait.AUTHORIZER, _ANSWERS[facts.settings[AUTHORIZER]]
        if any(node.service == "internal-frontend" for node in facts.nodes):
            yield Trait.INTERNAL_FRONTEND, True
        if any(remote.is_connected for remote in facts.remotes[1:]):
            yield Trait.REPLICATION, True
        elif observation.target.name == "remotes" and not facts.gaps:
            yield Trait.REPLICATION, False
