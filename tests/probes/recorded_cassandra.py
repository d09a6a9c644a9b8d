"""What relatives of Cassandra say of themselves, each with the public text that has it.

A column is as it was recorded; the rest (data centre, schema row, protocol) is the made-up node's.
"""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any
from uuid import UUID

_SCHEMA = UUID("31312590-033e-34a4-b152-08ada0587bd4")

#: scylladb/scylladb#8740: `scylla --version` beside release_version, which is Cassandra's that it is like.
#: That system.versions has the former: scylladb/scylladb:docs/dev/system_keyspace.md@03f26187. The name of
#: the cluster is empty unless it is set: scylladb/scylla-cqlsh#9, "Connected to  at 127.0.0.1:9042".
SCYLLADB: dict[str, Any] = {
    "system.local": [
        {
            "key": "local",
            "cluster_name": "",
            "cql_version": "3.3.1",
            "data_center": "datacenter1",
            "release_version": "3.0.8",
        }
    ],
    "system.versions": [{"version": "4.6.dev-0.20210528.849bec07d"}],
    "system.peers": [
        {"peer": ip_address("127.0.0.2"), "release_version": "3.0.8"},
        {"peer": ip_address("127.0.0.3"), "release_version": "3.0.8"},
    ],
}

#: `SELECT * FROM system.local` and `… system.peers` as cqlsh printed them, in a public lesson on DataStax
#: Enterprise 6.9 (the index that has its text does not tell its repository). That dse_version is DataStax'
#: own: apache/cassandra-python-driver:cassandra/cluster.py, which reads it of both tables.
DATASTAX: dict[str, Any] = {
    "system.local": [
        {
            "key": "local",
            "cluster_name": "ClusterFormation",
            "cql_version": "3.4.5",
            "data_center": "Cassandra",
            "dse_version": "6.9.0",
            "release_version": "4.0.0.690",
            "schema_version": _SCHEMA,
        }
    ],
    "system.peers": [
        {
            "peer": ip_address(f"192.168.100.{last}"),
            "dse_version": "6.9.0",
            "release_version": "4.0.0.690",
            "schema_version": _SCHEMA,
        }
        for last in (152, 153, 154)
    ],
}

#: docs.aws.amazon.com/keyspaces/latest/devguide: programmatic.cqlsh.html ("Connected to Amazon Keyspaces at
#: …", "Cassandra 3.11.2", "CQL spec 3.4.4": cqlsh prints these of system.local), working-with-keyspaces.html
#: (the columns of local and peers; there is neither peers_v2 nor versions).
KEYSPACES: dict[str, Any] = {
    "system.local": [
        {
            "key": "local",
            "cluster_name": "Amazon Keyspaces",
            "cql_version": "3.4.4",
            "data_center": "us-east-1",
            "release_version": "3.11.2",
        }
    ],
    "system.peers": [{"peer": ip_address("10.0.0.2"), "release_version": "3.11.2"}],
}

#: By the flavour that they are known as.
RELATIVES = {"scylladb": SCYLLADB, "datastax": DATASTAX, "keyspaces": KEYSPACES}
