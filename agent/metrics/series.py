"""From a snapshot to its series. Built afresh each time, so none goes stale and none is left over."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from agent.metrics.families import AGENT_FAMILIES, CLUSTER_FAMILIES, PREFIX, Family
from agent.model.agent_status import AgentState
from agent.model.observation import Facts, Observation
from agent.model.vocabulary import Level, Role, Verdict
from agent.snapshot import Snapshot
from agent.verdict import Result

#: One sample: the metric's name without prefix, its label values in the family's order, its value.
Sample = tuple[str, tuple[str, ...], float]

_LONGEST_LABEL = 128

#: Prometheus and the services' own metrics show every replica; the frontend's two ports are one frontend.
_MOST_COMPLETE = ("prometheus", "metrics", "grpc", "http")


def cluster_metrics(snapshot: Snapshot, *, counters: bool = True) -> list[Metric]:
    """Every family of one cluster, also those without a series now."""
    cluster = snapshot.subject.name
    families = [family for family in CLUSTER_FAMILIES if counters or family.kind == "gauge"]
    samples = [(name, (cluster, *values), value) for name, values, value in _cluster(snapshot)]
    return _metrics(families, samples, ("temporal_cluster",))


def agent_metrics(state: AgentState) -> list[Metric]:
    """Every family about the agent itself."""
    return _metrics(list(AGENT_FAMILIES), list(_agent(state)), ())


def _metrics(families: list[Family], samples: list[Sample], first: tuple[str, ...]) -> list[Metric]:
    metrics: dict[str, CounterMetricFamily | GaugeMetricFamily] = {}
    for family in families:
        kind = CounterMetricFamily if family.kind == "counter" else GaugeMetricFamily
        metrics[family.name] = kind(family.name, family.help, labels=(*first, *family.labels))
    for name, values, value in samples:
        metric = metrics.get(PREFIX + name)
        if metric is not None:
            metric.add_metric([_cut(text) for text in values], value)
    return list(metrics.values())


def _cluster(snapshot: Snapshot) -> Iterator[Sample]:
    subject, judgement = snapshot.subject, snapshot.judgement
    yield "cluster_info", (subject.environment, subject.product), 1
    for result in judgement.results:
        for verdict in Verdict:
            yield "verdict", (*_check(result), verdict), float(result.verdict is verdict)
    for verdict in Verdict:
        yield "cluster_verdict", (verdict,), float(judgement.verdict is verdict)
    if judgement.start.would_start is not None:
        yield "would_start", (), float(judgement.start.would_start)
    findings = {
        (*_check(result), result.reason, result.verdict, "true" if result.waiver else "false"): None
        for result in judgement.findings
    }
    for labels in findings:
        yield "finding_info", labels, 1
    for state in judgement.waivers:
        waiver = state.waiver
        yield "waiver_end_timestamp_seconds", (waiver.role, waiver.check, waiver.reason), waiver.end
    yield from _components(snapshot)
    yield from _server(snapshot)
    yield from _upgrades(snapshot)
    for schema in judgement.schemas:
        store = (schema.role, schema.component, schema.plugin)
        yield "schema_info", (*store, schema.version, schema.required), 1
        if schema.drift is not None:
            yield "schema_drift_versions", (schema.role, schema.component), schema.drift
    yield from _advisories(snapshot)
    for observation in snapshot.observations:
        yield from _probe(observation)


def _check(result: Result) -> tuple[str, str, str]:
    return result.role, result.check, result.component


def _components(snapshot: Snapshot) -> Iterator[Sample]:
    fresh = snapshot.judgement.fresh
    read = [(o, o.facts) for o in snapshot.observations if o.facts is not None and o.target in fresh]
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
    for component in (*versions, *toolchains):
        yield "component_info", component, 1
    counts = Counter(
        (o.target.role, facts.component, node.service, node.version)
        for o, facts in _counted(read)
        for node in facts.nodes
    )
    for component, count in counts.items():
        yield "component_nodes", component, count
    for end in snapshot.judgement.ends_of_life:
        yield "component_end_of_life_timestamp_seconds", (end.role, end.component), _timestamp(end.on)


def _advisories(snapshot: Snapshot) -> Iterator[Sample]:
    if snapshot.judgement.server is None:
        # Nothing is known to concern a server that was never seen; that is not the same as nothing.
        return
    advisories = snapshot.judgement.advisories
    for advisory in advisories:
        yield "advisory_info", (advisory.id, advisory.level), 1
    counts = Counter(advisory.level for advisory in advisories)
    for level in Level:
        yield "advisories", (level,), counts[level]


def _counted(read: list[tuple[Observation, Facts]]) -> list[tuple[Observation, Facts]]:
    """Every replica once: of the ways in which a server is asked, only the one that shows the most."""
    endpoints = [o.target.endpoint for o, _ in read if o.target.role is Role.SERVER]
    best = next((endpoint for endpoint in _MOST_COMPLETE if endpoint in endpoints), "")
    return [(o, facts) for o, facts in read if o.target.role is not Role.SERVER or o.target.endpoint == best]


def _server(snapshot: Snapshot) -> Iterator[Sample]:
    server = snapshot.judgement.server
    if server is None:
        return
    yield "server_info", (server.version, server.release), 1
    if server.published is not None:
        yield "server_release_timestamp_seconds", (), _timestamp(server.published)
    if server.release:
        yield "server_releases_behind", ("patch",), server.patches_behind
        yield "server_releases_behind", ("minor",), server.minors_behind


def _upgrades(snapshot: Snapshot) -> Iterator[Sample]:
    for ahead in snapshot.outlook:
        yield "upgrade_blockers", (ahead.level,), ahead.blockers
        yield "upgrade_schema_steps", (ahead.level,), ahead.schema_steps
        yield "upgrade_steps", (ahead.level,), ahead.steps


def _probe(observation: Observation) -> Iterator[Sample]:
    target = observation.target
    labels = (target.role, target.component, target.endpoint, target.name)
    if observation.attempted is not None:
        yield "probe_up", labels, float(observation.failure is None)
    if observation.duration is not None:
        yield "probe_duration_seconds", labels, observation.duration
    if observation.observed is not None:
        yield "probe_last_success_timestamp_seconds", labels, observation.observed.wall
    if observation.failure is not None:
        yield "probe_failure_info", (*labels, observation.failure.reason), 1
    yield "probes", labels, observation.attempts
    yield "probe_failures", labels, observation.failures


def _agent(state: AgentState) -> Iterator[Sample]:
    yield "build_info", (state.version, state.python_version), 1
    yield "matrix_info", (state.matrix_digest, state.newest_release), 1
    yield "matrix_newest_release_timestamp_seconds", (), _timestamp(state.newest_release_published)
    yield "matrix_updated_timestamp_seconds", (), _timestamp(state.matrix_published)
    yield "clusters", (), state.clusters
    yield "rounds", (), state.rounds
    yield "rounds_skipped", (), state.rounds_skipped
    if state.last_round is not None:
        yield "last_round_timestamp_seconds", (), state.last_round
    yield "config_last_reload_successful", (), float(state.config_ok)
    yield "config_last_reload_success_timestamp_seconds", (), state.config_loaded


def _timestamp(day: date) -> float:
    return datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()


def _cut(text: str) -> str:
    """A label value from outside, not longer than 128 characters; a hash keeps long ones apart."""
    if len(text) <= _LONGEST_LABEL:
        return text
    digest = hashlib.sha256(text.encode(errors="replace")).hexdigest()[:12]
    return f"{text[: _LONGEST_LABEL - len(digest) - 1]}~{digest}"
