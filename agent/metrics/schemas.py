"""Metrics of the stores' schema versions."""

from __future__ import annotations

from collections.abc import Iterator

from agent.metrics.family import AS_OF, Sample, gauge
from agent.snapshot import Snapshot


def _schemas(snapshot: Snapshot) -> Iterator[Sample]:
    for schema in snapshot.judgement.schemas:
        yield (schema.role, schema.component, schema.plugin, schema.version, schema.required), 1


def _drifts(snapshot: Snapshot) -> Iterator[Sample]:
    for schema in snapshot.judgement.schemas:
        if schema.drift is not None:
            yield (schema.role, schema.component), schema.drift


FAMILIES = (
    gauge(
        "schema_info",
        "role component plugin version required",
        f"A store's schema version and the version that the server needs. Always 1. {AS_OF}",
        _schemas,
    ),
    gauge(
        "schema_drift_versions",
        "role component",
        f"Number of schema versions ahead of the required version; negative if behind. {AS_OF}",
        _drifts,
    ),
)
