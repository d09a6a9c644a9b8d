"""Temporal itself, the Go that builds it, and custom datastores."""

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
    rights="give the agent a token with the permission `temporal-system:read`, which GetClusterInfo needs",
)

GO = Component(name="go", title="Go")

#: Earlier releases refuse the configuration, or their factory does not support such a store.
CUSTOM_STORE = Component(
    name="custom",
    title="custom datastore",
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
