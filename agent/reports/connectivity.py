"""What `config check --probe` prints: target by target, what works, and which right or setting is missing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from agent.components.registry import record
from agent.model.observation import Facts, Failure, Observation
from agent.model.vocabulary import Reason
from agent.reports.exit_codes import FINE, UNDETERMINED
from agent.snapshot import Snapshot

#: What to look at, whatever the component.
_HINTS = {
    Reason.AUTHENTICATION_FAILED: "look at user and password (or token), and at what the secret's file holds",
    Reason.TLS_FAILED: "look at tls: ca_file, server_name, and whether the other side speaks TLS at all",
    Reason.NAME_NOT_RESOLVED: "look at the host's name",
    Reason.UNREACHABLE: "look at host and port, and at what stands between",
    Reason.TIMEOUT: "look at host and port, at what stands between, and at `timeout`",
    Reason.DATABASE_MISSING: "look at the name of the database or keyspace",
    Reason.SECRET_UNREADABLE: "look at the secret's file or variable, and at who may read it",
    Reason.INDEX_MISSING: "look at the index' name",
}


def exit_code(snapshots: Sequence[Snapshot]) -> int:
    """0: every target told everything; 3: some did not."""
    told = [_problems(observation) for snapshot in snapshots for observation in snapshot.observations]
    return UNDETERMINED if any(told) else FINE


def as_text(snapshots: Sequence[Snapshot]) -> str:
    """A paragraph a cluster, a line a target, and below it what it would not tell."""
    return "\n\n".join("\n".join(_paragraph(snapshot)) for snapshot in snapshots)


def _paragraph(snapshot: Snapshot) -> Iterator[str]:
    yield snapshot.subject.name
    for observation in snapshot.observations:
        target, problems = observation.target, _problems(observation)
        place = " ".join(part for part in (target.role, target.endpoint, target.name) if part)
        word = "failed" if observation.failure else "partly" if problems else "ok"
        yield f"  {word:<7} {place:<28} {_what(observation)}".rstrip()
        for problem in problems:
            yield f"          {problem.reason}: {problem.text}"
            if hint := _hint(target.component, problem):
                yield f"          → {hint}"


def _problems(observation: Observation) -> list[Failure]:
    if observation.failure is not None:
        return [observation.failure]
    facts = observation.facts
    if facts is None:
        return []
    parts = (facts.schema, facts.index)
    return [*(part.problem for part in parts if part is not None and part.problem), *facts.limits]


def _what(observation: Observation) -> str:
    facts = observation.facts
    if observation.failure is not None or facts is None:
        return ""
    told = [f"{facts.flavor or facts.component} {_versions(facts)}"] if facts.nodes else []
    told += [f"{len(facts.remotes)} clusters replicate"] if facts.remotes else []
    if facts.schema is not None and facts.schema.version is not None:
        told.append(f"schema {facts.schema.version}")
    if facts.index is not None and facts.index.fields is not None:
        told.append(f"index with {len(facts.index.fields)} fields")
    told += [f"{role} by {', '.join(names)}" for role, names in facts.plugins.items()]
    return "; ".join(told)


def _versions(facts: Facts) -> str:
    versions = sorted({node.version for node in facts.nodes})
    count = f" ({len(facts.nodes)} nodes)" if len(facts.nodes) > 1 else ""
    return f"{', '.join(versions)[:120]}{count}"


def _hint(component: str, problem: Failure) -> str:
    if problem.reason is Reason.PERMISSION_DENIED:
        return record(component).rights
    return _HINTS.get(problem.reason, "")
