"""Temporal itself, what it is built with, and stores that its users write."""

from __future__ import annotations

from agent.components.record import Component, Filling, Reader
from agent.model.vocabulary import Role

TEMPORAL = Component(
    name="temporal",
    title="Temporal",
    roles=(Filling(Role.SERVER, ">=1.0.0", "https://github.com/temporalio/temporal/releases"),),
    readers=(
        Reader("grpc", "temporal_grpc"),
        Reader("grpc", "temporal_remotes"),
        Reader("http", "temporal_http"),
        Reader("metrics", "temporal_metrics"),
        Reader("prometheus", "temporal_prometheus"),
    ),
    rights="GetClusterInfo wants a token with the permission `temporal-system:read`",
)

GO = Component(name="go", title="Go")

#: Before these releases the configuration is refused, and the factory has no place for such a store.
CUSTOM_STORE = Component(
    name="custom",
    title="your own store",
    roles=(
        Filling(Role.PERSISTENCE, ">=1.11.0", "temporalio/temporal@v1.11.0: common/config/persistence.go"),
        Filling(
            Role.VISIBILITY,
            ">=1.23.0",
            "temporalio/temporal@v1.23.0: common/persistence/visibility/factory.go",
        ),
    ),
    has_versions=False,
)
