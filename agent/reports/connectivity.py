"""The output of `config check --probe`: for each target what works and which permission is missing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from agent.components.registry import record
from agent.model.reasons import REASONS
from agent.reports.cluster_document import ClusterDocument, SchemaDocument, cluster_document
from agent.reports.exit_codes import ExitCode
from agent.reports.probe_document import FactsDocument, FailureDocument, ProbeDocument
from agent.snapshot import Snapshot


def exit_code(snapshots: Sequence[Snapshot]) -> int:
    """0: every target could be read completely; 3: some could not."""
    problems = [_problems(probe) for snapshot in snapshots for probe in cluster_document(snapshot).probes]
    return ExitCode.UNDETERMINED if any(problems) else ExitCode.OK


def as_text(snapshots: Sequence[Snapshot]) -> str:
    """One paragraph per cluster, one line per target; below it what could not be read, and what to do."""
    return "\n\n".join("\n".join(_paragraph(cluster_document(snapshot))) for snapshot in snapshots)


def _paragraph(cluster: ClusterDocument) -> Iterator[str]:
    yield cluster.temporal_cluster
    for probe in cluster.probes:
        problems = _problems(probe)
        word = "failed" if probe.failure else "partial" if problems else "ok"
        schema = next((each for each in cluster.schemas if each.role is probe.role), None)
        yield f"  {word:<7} {probe.place:<28} {_what(probe, schema)}".rstrip()
        for problem in problems:
            yield f"          {problem.reason}: {problem.message}"
            if hint := _hint(probe.component, problem):
                yield f"          → {hint}"


def _problems(probe: ProbeDocument) -> list[FailureDocument]:
    if probe.failure is not None:
        return [probe.failure]
    facts = probe.facts
    if facts is None:
        return []
    parts = (facts.schema_row, facts.index)
    return [*(part.problem for part in parts if part is not None and part.problem), *facts.gaps]


def _what(probe: ProbeDocument, schema: SchemaDocument | None) -> str:
    facts = probe.facts
    if probe.failure is not None:
        return REASONS[probe.failure.reason].title
    if facts is None:
        return ""
    parts = [f"{facts.flavor or facts.component} {_versions(facts)}"] if facts.nodes else []
    parts += [f"{len(facts.remotes)} replicating clusters"] if facts.remotes else []
    if facts.schema_row is not None and facts.schema_row.version is not None:
        parts.append(f"schema {facts.schema_row.version}{_needed(schema)}")
    if facts.index is not None and facts.index.field_count is not None:
        template = f", template {schema.version}{_needed(schema)}" if schema else ""
        parts.append(f"index with {facts.index.field_count} fields{template}")
    parts += [f"{role} plugin {', '.join(names)}" for role, names in facts.plugins.items()]
    return "; ".join(parts)


def _needed(schema: SchemaDocument | None) -> str:
    """The version that the running release needs, where it is known."""
    return f" (needed: {schema.required})" if schema and schema.required else ""


def _versions(facts: FactsDocument) -> str:
    versions = sorted({node.version for node in facts.nodes})
    count = f" ({len(facts.nodes)} nodes)" if len(facts.nodes) > 1 else ""
    return f"{', '.join(versions)[:120]}{count}"


def _hint(component: str, problem: FailureDocument) -> str:
    return REASONS[problem.reason].hint.format(right=record(component).rights)
