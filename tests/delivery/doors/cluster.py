"""The prepared cluster: a real Temporal on a real PostgreSQL, with a schema that is one step behind."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tests.integration.servers.postgres import PostgresServer
from tests.integration.servers.postgres_build import postgres_15_home
from tests.integration.servers.stores import create_stores, set_schema_version
from tests.integration.servers.temporal import TemporalServer
from tests.integration.servers.temporal_build import TEMPORAL_VERSIONS, temporal_binaries

#: The release of the cluster, and a schema version of persistence before the one that it needs.
RELEASE = TEMPORAL_VERSIONS[0]
BEHIND = "1.18"


@contextmanager
def running_cluster(*, behind: bool = True) -> Iterator[TemporalServer]:
    """Temporal and its databases, as a user has them before the agent.

    A server refuses to start on a schema that is behind, so the version is changed below the running one.
    """
    binaries = temporal_binaries(RELEASE)
    with PostgresServer(postgres_15_home(), "15") as postgres:
        stores = create_stores(postgres, binaries.sql_tool, "temporal")
        with TemporalServer(binaries, stores) as server:
            if behind:
                set_schema_version(postgres, stores.default, BEHIND)
            yield server


def for_cluster(text: str, server: TemporalServer) -> str:
    """A text of the documentation, with the addresses of this cluster in place of those in it."""
    stores = server.stores
    postgres = stores.postgres
    for written, real in (
        ("temporal-frontend.temporal:7233", server.grpc_address),
        ("temporal-frontend:7233", server.grpc_address),
        ("host: pg, port: 5432", f"host: {postgres.host}, port: {postgres.port}"),
        ("host: pg,", f"host: {postgres.host}, port: {postgres.port},"),
        ("database: temporal,", f"database: {stores.default},"),
        ("database: temporal_visibility,", f"database: {stores.visibility},"),
    ):
        text = text.replace(written, real)
    return text
