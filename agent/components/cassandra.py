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
    # Recognized by columns of system.local, by the address, and by a table that only ScyllaDB has. Amazon
    # Keyspaces reports the version of the API that it emulates.
    flavors=(
        # cqlsh on Astra DB: "Connected to cndb … Cassandra 4.0.0.6816": no column names it or its version.
        Flavor(
            "astra",
            "Astra DB",
            (
                Marker("cluster_name", re.compile("^cndb$")),
                Marker("host", re.compile(r"\.astra\.datastax\.com$")),
            ),
            has_own_catalogue=True,
        ),
        # https://docs.datastax.com/en/hyper-converged-database: no public text has its system.local, so only
        # what names it is recognized; otherwise its version has a shape that Cassandra's does not have.
        Flavor(
            "hcd",
            "Hyper-Converged Database",
            (
                Marker("hcd_version", re.compile("^(?P<version>.+)")),
                Marker("version", re.compile(r"\bhcd\b", re.IGNORECASE)),
            ),
            has_own_catalogue=True,
        ),
        # Cassandra's versions have three numbers; those of DataStax have one of its own behind them
        # (datastax/cpp-driver, cass_version.hpp; DataStax Enterprise 6.9.0: 4.0.0.690).
        Flavor(
            "datastax",
            "DataStax Enterprise",
            (
                Marker("dse_version", re.compile("^(?P<version>.+)")),
                Marker("version", re.compile(r"^\s*[0-9]+(?:\.[0-9]+){3}(?![0-9])|\bdse\b", re.IGNORECASE)),
            ),
            has_own_catalogue=True,
        ),
        Flavor(
            "keyspaces",
            "Amazon Keyspaces",
            (Marker("cluster_name", re.compile("^Amazon Keyspaces$")),),
            has_own_catalogue=True,
        ),
        # https://learn.microsoft.com/azure/cosmos-db/cassandra/support: the address ends with this name.
        Flavor(
            "cosmosdb",
            "Azure Cosmos DB for Apache Cassandra",
            (
                Marker("host", re.compile(r"\.cassandra\.cosmos(?:db)?\.azure\.[a-z]+$")),
                Marker("cluster_name", re.compile("cosmos", re.IGNORECASE)),
            ),
            has_own_catalogue=True,
        ),
        Flavor(
            "scylladb",
            "ScyllaDB",
            (
                Marker("has_system_versions", re.compile("true")),
                Marker("version", re.compile("scylla", re.IGNORECASE)),
            ),
            has_own_catalogue=True,
        ),
    ),
    packager_words=frozenset(),
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
