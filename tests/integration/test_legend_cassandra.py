"""The row "Cassandra v3.11" of docs/server-dependencies.md, on real nodes: supported, and not beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from agent.model.vocabulary import Check, Reason, Role, Verdict
from agent.snapshot import Snapshot

from .agents import result
from .factories import CassandraFactory, KeyspaceFactory
from .legend import NAMED, NEWER, judged, version_of
from .servers.cassandra import CassandraServer, Keyspace
from .servers.start_tables import create_start_tables

# What 1.3.2 compares at its start: facts/temporal-releases.json, temporalio/temporal@v1.3.2.
_DEFAULT, _VISIBILITY = "1.1", "1.0"


def _keyspaces(node: CassandraServer, make_keyspace: KeyspaceFactory) -> dict[Role, Keyspace]:
    """Both stores of 1.3.2 as far as it looks at them at its start."""
    default = make_keyspace(node, only_tables=_DEFAULT)
    create_start_tables(node.cql, f"{default.name}.")
    return {
        Role.PERSISTENCE: default,
        Role.VISIBILITY: make_keyspace(node, only_tables=_VISIBILITY),
    }


def _judged(folder: Path, keyspaces: dict[Role, Keyspace]) -> Snapshot:
    stores: dict[str, Any] = {}
    for role, keyspace in keyspaces.items():
        node = keyspace.cassandra
        stores[str(role)] = {
            "cassandra": {"hosts": [node.host], "port": node.port, "keyspace": keyspace.name}
        }
    return judged(folder, stores)


def _versions(snapshot: Snapshot) -> list[str]:
    found = next(o for o in snapshot.observations if o.target.role is Role.PERSISTENCE)
    assert found.facts is not None, found.failure
    return [node.version for node in found.facts.nodes]


@pytest.mark.full
def test_cassandra_3_11_is_supported_for_1_3_2_and_its_schema_decides_on_the_start(
    tmp_path: Path, start_cassandra: CassandraFactory, make_keyspace: KeyspaceFactory
) -> None:
    keyspaces = _keyspaces(start_cassandra("3.11.19"), make_keyspace)
    snapshot = _judged(tmp_path, keyspaces)
    assert _versions(snapshot) == ["3.11.19"]
    for role in keyspaces:
        assert version_of(snapshot, role) == NAMED
        assert "server-dependencies.md" in (result(snapshot, role, Check.VERSION).source or "")
        assert result(snapshot, role, Check.SCHEMA).reason is Reason.SCHEMA_CURRENT
    assert snapshot.judgement.verdict is Verdict.SUPPORTED
    assert snapshot.judgement.start.would_start is True

    keyspaces[Role.PERSISTENCE].set_version("1.0")
    behind = _judged(tmp_path, keyspaces)
    assert result(behind, Role.PERSISTENCE, Check.SCHEMA).reason is Reason.SCHEMA_BEHIND
    assert version_of(behind) == NAMED
    assert behind.judgement.start.would_start is False


@pytest.mark.full
def test_cassandra_4_0_is_not_named_for_1_3_2_and_turns_the_cluster_to_untested(
    tmp_path: Path, start_cassandra: CassandraFactory, make_keyspace: KeyspaceFactory
) -> None:
    snapshot = _judged(tmp_path, _keyspaces(start_cassandra("4.0.17"), make_keyspace))
    assert _versions(snapshot) == ["4.0.17"]
    assert version_of(snapshot) == NEWER
    assert snapshot.judgement.verdict is Verdict.UNTESTED


def test_cassandra_5_0_is_not_named_for_1_3_2_and_turns_the_cluster_to_untested(
    tmp_path: Path, cassandra5: CassandraServer, make_keyspace: KeyspaceFactory
) -> None:
    """Only 5.0.0 to 5.0.3 are excluded by name, for every release (persistence.mdx@1825944e, 2026)."""
    snapshot = _judged(tmp_path, _keyspaces(cassandra5, make_keyspace))
    assert _versions(snapshot) == ["5.0.5"]
    assert version_of(snapshot) == NEWER
    assert snapshot.judgement.verdict is Verdict.UNTESTED
