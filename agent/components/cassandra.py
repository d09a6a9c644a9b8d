"""Cassandra and compatible products."""

from __future__ import annotations

import re

from agent.components.record import Component, Filling, Flavor, Kind, Marker, Reader, SchemaTool
from agent.model.vocabulary import Role

CASSANDRA = Component(
    name="cassandra",
    title="Cassandra",
    kind=Kind.CASSANDRA,
    # A release supports a role if it has a schema folder for it.
    roles=(Filling(Role.PERSISTENCE), Filling(Role.VISIBILITY)),
    readers=(Reader("cql", "cassandra", extra="cassandra"),),
    # Recognized by columns of system.local, and by a table that only ScyllaDB has. Amazon Keyspaces reports
    # the version of the API that it emulates.
    flavors=(
        Flavor(
            "datastax",
            "DataStax Enterprise",
            (Marker("dse_version", re.compile(".")),),
            has_own_catalogue=True,
        ),
        Flavor(
            "keyspaces",
            "Amazon Keyspaces",
            (Marker("cluster_name", re.compile("^Amazon Keyspaces$")),),
            has_own_catalogue=True,
        ),
        Flavor(
            "scylladb",
            "ScyllaDB",
            (Marker("has_system_versions", re.compile("true")),),
            has_own_catalogue=True,
        ),
    ),
    series_parts=2,
    ci_image=re.compile(r"cassandra:(.+)"),
    schema_tool=SchemaTool(
        name="temporal-cassandra-tool",
        place="keyspace",
        prefix="CASSANDRA",
        create=("create-keyspace", "--keyspace", "{name}", "--replication-factor", "1"),
        drop=("drop-keyspace", "--keyspace", "{name}", "--force"),
    ),
    is_checked_at_start=True,
    has_schema_row=True,
    has_catalogue=True,
    rights="let a superuser GRANT SELECT ON TABLE <keyspace>.schema_version to the agent's role",
    lifecycle="cassandra",
)
