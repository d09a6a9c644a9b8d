"""What the fixtures that make or start something for a test can be called with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from .servers.cassandra import CassandraOptions, CassandraServer, Keyspace
from .servers.postgres import PostgresServer
from .servers.stores import Stores
from .servers.temporal import TemporalServer
from .servers.temporal_config import TemporalOptions


class StoresFactory(Protocol):
    """Makes new databases for a Temporal cluster; the schemas' versions default to the newest of 1.31.2."""

    def __call__(
        self, *, default_version: str | None = None, visibility_version: str | None = None
    ) -> Stores: ...


PostgresFactory = Callable[[str], PostgresServer]


class CassandraFactory(Protocol):
    """Starts a Cassandra node that runs until the test ends."""

    def __call__(self, version: str, options: CassandraOptions | None = None) -> CassandraServer: ...


class KeyspaceFactory(Protocol):
    """Makes a new keyspace for a Temporal cluster, at the newest schema of 1.31.2 unless told which."""

    def __call__(self, cassandra: CassandraServer, *, only_tables: str | None = None) -> Keyspace: ...


class TemporalFactory(Protocol):
    """Starts a Temporal server that runs until the test ends, on new stores unless told which."""

    def __call__(
        self, version: str = ..., stores: Stores | None = None, options: TemporalOptions | None = None
    ) -> TemporalServer: ...
