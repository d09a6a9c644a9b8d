"""Metrics of the versions that run, and of the dates on which their makers stop maintaining them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from agent.metrics.family import AS_OF, Sample, gauge, midnight
from agent.model.observation import Facts, Observation
from agent.model.vocabulary import Role
from agent.snapshot import Snapshot

#: Prometheus and the services' own metrics show every replica; the frontend's two ports are one frontend.
_MOST_COMPLETE = ("prometheus", "metrics", "grpc", "http")


def _versions(snapshot: Snapshot) -> Iterator[Sample]:
    read = _fresh(snapshot)
    # Dictionaries in place of sets: they keep the order.
    versions = {
        (o.target.role, facts.component, facts.flavor, node.version): None
        for o, facts in read
        for node in facts.nodes
    }
    toolchains = {
        (o.target.role, "go", "", node.toolchain.removeprefix("go")): None
        for o, facts in read
        for node in facts.nodes
        if node.toolchain
    }
    for values in (*versions, *toolchains):
        yield values, 1


def _nodes(snapshot: Snapshot) -> Iterator[Sample]:
    counts = Counter(
        (o.target.role, facts.component, node.service, node.version)
        for o, facts in _counted(_fresh(snapshot))
        for node in facts.nodes
    )
    yield from counts.items()


def _ends_of_life(snapshot: Snapshot) -> Iterator[Sample]:
    for end in snapshot.judgement.ends_of_life:
        yield (end.role, end.component), midnight(end.on)


def _fresh(snapshot: Snapshot) -> list[tuple[Observation, Facts]]:
    fresh = snapshot.judgement.fresh
    return [(o, o.facts) for o in snapshot.observations if o.facts is not None and o.target in fresh]


def _counted(read: list[tuple[Observation, Facts]]) -> list[tuple[Observation, Facts]]:
    """Every replica once: of the endpoints of a server, only the one that shows the most replicas."""
    endpoints = [o.target.endpoint for o, _ in read if o.target.role is Role.SERVER]
    best = next((endpoint for endpoint in _MOST_COMPLETE if endpoint in endpoints), "")
    return [(o, facts) for o, facts in read if o.target.role is not Role.SERVER or o.target.endpoint == best]


FAMILIES = (
    gauge(
        "component_info",
        "role component flavor version",
        f"A version that runs; several while versions are mixed. Always 1. {AS_OF}",
        _versions,
    ),
    gauge(
        "component_nodes",
        "role component temporal_service version",
        f"Nodes or replicas that run a version. {AS_OF}",
        _nodes,
    ),
    gauge(
        "component_end_of_life_timestamp_seconds",
        "role component",
        f"When its makers stop maintaining a component: the earliest of its nodes, where known. {AS_OF}",
        _ends_of_life,
    ),
)
