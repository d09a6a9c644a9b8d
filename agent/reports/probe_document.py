"""The report of one target: its last probe, and the facts of its last successful probe."""

from __future__ import annotations

from dataclasses import dataclass, field

from agent.model.observation import Facts, Failure, Observation, RemoteCluster, SchemaRow, SearchIndex
from agent.model.vocabulary import Reason, Role
from agent.reports.document import COUNT, HIDDEN, TIME, Document, key, rfc3339


@dataclass(frozen=True)
class FailureDocument(Document):
    """Why something could not be read."""

    reason: Reason
    message: str
    details: str | None = None


@dataclass(frozen=True)
class SchemaRowDocument(Document):
    """The schema version in a store, or why it could not be read."""

    version: str | None
    problem: FailureDocument | None


@dataclass(frozen=True)
class SearchIndexDocument(Document):
    """A search index: how many fields it has, or why they could not be read."""

    field_count: int | None
    problem: FailureDocument | None


@dataclass(frozen=True)
class NodeDocument(Document):
    """One replica or node, with the version as it reports it."""

    name: str | None
    service: str | None
    version: str
    toolchain: str | None


@dataclass(frozen=True)
class RemoteDocument(Document):
    """A cluster of the same replication group."""

    name: str
    version: str | None
    shards: int | None = field(metadata=COUNT)
    initial_failover_version: int | None = field(metadata=COUNT)
    failover_increment: int | None = field(metadata=COUNT)
    is_connected: bool
    problem: FailureDocument | None


@dataclass(frozen=True)
class FactsDocument(Document):
    """What one probe of a target returned. `not_told`: what the target did not let the probe read."""

    component: str = field(metadata=HIDDEN)
    flavor: str | None
    nodes: tuple[NodeDocument, ...]
    plugins: dict[Role, tuple[str, ...]]
    details: dict[str, str]
    schema_row: SchemaRowDocument | None = field(metadata=key("schema"))
    index: SearchIndexDocument | None = field(metadata=HIDDEN)
    settings: dict[str, str]
    remotes: tuple[RemoteDocument, ...]
    gaps: tuple[FailureDocument, ...] = field(metadata=key("not_told"))


@dataclass(frozen=True)
class ProbeDocument(Document):
    """One target. `counts`: the facts are recent enough for the judgement."""

    role: Role
    component: str
    probe: str
    name: str | None
    up: bool | None
    attempted: str | None = field(metadata=TIME)
    duration_seconds: float | None = field(metadata=COUNT)
    last_success: str | None = field(metadata=TIME)
    failure: FailureDocument | None
    facts: FactsDocument | None
    counts: bool = field(metadata=HIDDEN)

    @property
    def place(self) -> str:
        """Where the target is, such as `server metrics history-0`."""
        return " ".join(part for part in (self.role, self.probe, self.name) if part)


def probe_document(observation: Observation, *, counts: bool) -> ProbeDocument:
    """`counts`: the judgement used these facts."""
    target, attempted, observed = observation.target, observation.attempted, observation.observed
    return ProbeDocument(
        role=target.role,
        component=target.component,
        probe=target.endpoint,
        name=target.name or None,
        up=None if attempted is None else observation.failure is None,
        attempted=rfc3339(attempted.wall) if attempted else None,
        duration_seconds=observation.duration,
        last_success=rfc3339(observed.wall) if observed else None,
        failure=_failure(observation.failure),
        facts=_facts(observation.facts) if observation.facts else None,
        counts=counts,
    )


def _facts(facts: Facts) -> FactsDocument:
    return FactsDocument(
        component=facts.component,
        flavor=facts.flavor or None,
        nodes=tuple(
            NodeDocument(
                name=node.name or None,
                service=node.service or None,
                version=node.version,
                toolchain=node.toolchain or None,
            )
            for node in facts.nodes
        ),
        plugins=dict(facts.plugins),
        details=dict(facts.details),
        schema_row=_schema_row(facts.schema) if facts.schema else None,
        index=_index(facts.index) if facts.index else None,
        settings=dict(facts.settings),
        remotes=tuple(map(_remote, facts.remotes)),
        gaps=tuple(map(_as_document, facts.gaps)),
    )


def _schema_row(row: SchemaRow) -> SchemaRowDocument:
    return SchemaRowDocument(version=row.version, problem=_failure(row.problem))


def _index(index: SearchIndex) -> SearchIndexDocument:
    fields = None if index.fields is None else len(index.fields)
    return SearchIndexDocument(field_count=fields, problem=_failure(index.problem))


def _remote(remote: RemoteCluster) -> RemoteDocument:
    return RemoteDocument(
        name=remote.name,
        version=remote.version or None,
        shards=remote.shards or None,
        initial_failover_version=remote.initial_failover_version or None,
        failover_increment=remote.failover_increment or None,
        is_connected=remote.is_connected,
        problem=_failure(remote.problem),
    )


def _failure(failure: Failure | None) -> FailureDocument | None:
    return _as_document(failure) if failure else None


def _as_document(failure: Failure) -> FailureDocument:
    return FailureDocument(failure.reason, failure.text, failure.details or None)
