"""Metrics of running versions and their end-of-life dates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from agent.metrics.family import AS_OF, Sample, gauge, midnight
from agent.model.observation import Facts, Observation
from agent.model.vocabulary import Role
from agent.snapshot import Snapshot

#: Best first. Prometheus and the services' own metrics show every replica; gRPC and HTTP only one frontend.
_ENDPOINTS_BY_COVERAGE = ("prometheus", "metrics", "grpc", "http")

#: Of one component in one role, from all its targets.
MAX_VERSIONS_SHOWN = 64


def _versions(snapshot: Snapshot) -> Iterator[Sample]:
    read = _fresh(snapshot)
    # Dictionaries instead of sets, because they keep the order.
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
    for values, _count in _bounded(dict.fromkeys((*versions, *toolchains), 1)):
        yield values, 1


def _nodes(snapshot: Snapshot) -> Iterator[Sample]:
    counts: Counter[tuple[str, ...]] = Counter(
        (o.target.role, facts.component, node.service, node.version)
        for o, facts in _counted(_fresh(snapshot))
        for node in facts.nodes
    )
    yield from _bounded(counts)


def _ends_of_life(snapshot: Snapshot) -> Iterator[Sample]:
    for end in snapshot.judgement.ends_of_life:
        yield (end.role, end.component), midnight(end.on)


def _bounded(counts: Mapping[tuple[str, ...], int]) -> Iterator[tuple[tuple[str, ...], int]]:
    """The series with their counts; what is too much for one role becomes one series that says so."""
    kept: Counter[tuple[str, ...]] = Counter()
    left_out: dict[tuple[str, ...], list[int]] = {}
    for values, count in counts.items():
        part = values[:2]
        kept[part] += 1
        if kept[part] <= MAX_VERSIONS_SHOWN:
            yield values, count
        else:
            left_out.setdefault(part, []).append(count)
    for part, further in left_out.items():
        yield (*part, "", f"…and {len(further)} more"), sum(further)


def _fresh(snapshot: Snapshot) -> list[tuple[Observation, Facts]]:
    fresh = snapshot.judgement.fresh
    return [(o, o.facts) for o in snapshot.observations if o.facts is not None and o.target in fresh]


def _counted(read: list[tuple[Observation, Facts]]) -> list[tuple[Observation, Facts]]:
    """Every replica once: for a server, only the endpoint that shows the most replicas."""
    endpoints = [o.target.endpoint for o, _ in read if o.target.role is Role.SERVER]
    best = next((endpoint for endpoint in _ENDPOINTS_BY_COVERAGE if endpoint in endpoints), "")
    return [(o, facts) for o, facts in read if o.target.role is not Role.SERVER or o.target.endpoint == best]


FAMILIES = (
    gauge(
        "component_info",
        "role component flavor version",
        f"A running version; several series while versions are mixed. Always 1. {AS_OF}",
        _versions,
    ),
    gauge(
        "component_nodes",
        "role component temporal_service version",
        f"Number of nodes or replicas that run a version. {AS_OF}",
        _nodes,
    ),
    gauge(
        "component_end_of_life_timestamp_seconds",
        "role component",
        f"End-of-life date of a component: the earliest among its nodes; absent if not known. {AS_OF}",
        _ends_of_life,
    ),
)
