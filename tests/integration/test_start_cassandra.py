"""Tables that a start needs on Cassandra: the real server and the agent must agree."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from agent.config import Cassandra
from agent.matrix.start_tables import tables_needed
from agent.model.observation import Observation, Target
from agent.model.vocabulary import Check, Reason, Role
from agent.probes import open_probe
from agent.verdict import Judgement, StoreSpec
from tests.building import MATRIX, NOW, check, judged, observation, subject

from .factories import KeyspaceFactory
from .servers.cassandra import CassandraServer, CassandraStores, Keyspace
from .servers.postgres import PostgresServer
from .servers.stores import create_own_stores
from .servers.temporal import try_start
from .servers.temporal_build import TemporalBinaries

RELEASE = "1.31.2"


def judge(keyspace: Keyspace) -> Judgement:
    """What the agent says of this keyspace; visibility is as the release needs it."""
    node = keyspace.cassandra
    settings = Cassandra(hosts=(node.host,), port=node.port, keyspace=keyspace.name)
    probe = open_probe("cassandra", settings)
    try:
        facts = probe.read(20)
    finally:
        probe.close()
    seen = Observation(Target(Role.PERSISTENCE, "cassandra", "cql"), NOW, facts=facts, observed=NOW)
    visibility = observation(Role.VISIBILITY, "15", schema="1.14")
    specs = StoreSpec("cassandra"), StoreSpec("postgresql", "postgres12")
    return judged(seen, visibility, on=replace(subject(*specs), assumed=RELEASE))


@contextmanager
def without(keyspace: Keyspace, table: str) -> Iterator[None]:
    """This table is dropped meanwhile, and empty afterwards."""
    node, name = keyspace.cassandra, f"{keyspace.name}.{table}"
    # What follows describes indexes.
    (*_, statement), *_ = node.cql(f"DESCRIBE TABLE {name}")
    node.cql(f"DROP TABLE {name}")
    try:
        yield
    finally:
        node.cql(re.sub(r"\bID = [0-9a-f-]+\s+AND ", "", statement))


@pytest.mark.full
def test_without_a_table_that_a_start_needs_the_server_exits(
    cassandra5: CassandraServer,
    make_keyspace: KeyspaceFactory,
    plain_postgres15: PostgresServer,
    temporal: Callable[[str], TemporalBinaries],
) -> None:
    keyspace, binaries = make_keyspace(cassandra5), temporal(RELEASE)
    own = create_own_stores(plain_postgres15, binaries, "beside_cassandra")
    stores = CassandraStores(own.postgres, own.default, own.visibility, own.plugin, keyspace=keyspace)
    release = MATRIX.releases.named(RELEASE)
    assert release is not None
    needed = tables_needed(MATRIX.start_tables, release, "cassandra", Role.PERSISTENCE)
    assert judge(keyspace).start.would_start is True
    wrong = []
    for table in sorted({*needed, "executions", "tasks"}):
        with without(keyspace, table):
            judgement = judge(keyspace)
            if (judgement.start.would_start is False) is not (table in needed):
                wrong.append(f"{table}: {judgement.start}")
            if table in needed:
                result = check(judgement, Role.PERSISTENCE, Check.SCHEMA)
                assert result.reason is Reason.SCHEMA_DIFFERS
            if try_start(binaries, stores)[0] is not judgement.start.would_start:
                wrong.append(f"{table}: the server and {judgement.start}")
    assert wrong == []


def test_a_keyspace_whose_schema_is_only_claimed_would_not_start(
    cassandra5: CassandraServer, make_keyspace: KeyspaceFactory
) -> None:
    judgement = judge(make_keyspace(cassandra5, only_tables="1.13"))
    assert judgement.start.would_start is False
    assert "Set the row to 0.0" in check(judgement, Role.PERSISTENCE, Check.SCHEMA).message
