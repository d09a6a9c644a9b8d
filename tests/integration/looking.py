"""The deeper look at real stores: the facts that a probe brings, and what the judge makes of them."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import pytest

from agent.config import Cassandra, MySql, PostgreSql
from agent.model.observation import Facts
from agent.model.vocabulary import Check, Reason, Role, Verdict
from agent.probes import open_probe
from agent.verdict import Result
from agent.verdict.store.schema_contents import inspected
from agent.verdict.store.schema_diff import differences, looks_like

from .agents import MATRIX
from .servers.cassandra import Keyspace
from .servers.mysql import MySqlServer
from .servers.postgres import PostgresServer
from .servers.stores import Schema

POSTGRES_PASSWORD, MYSQL_PASSWORD = "TEMPORAL_STORE_PASSWORD", "TEMPORAL_MYSQL_PASSWORD"

ROLES: dict[Schema, Role] = {"temporal": Role.PERSISTENCE, "visibility": Role.VISIBILITY}
BOTH = pytest.mark.parametrize("schema", list(ROLES))


def versions(component: str, schema: Schema) -> list[str]:
    """All that the matrix has a shape of."""
    return [shape.version.raw for shape in MATRIX.shapes.of(component, ROLES[schema])]


def on_postgresql(server: PostgresServer, database: str, user: str = "") -> Facts:
    """What a probe with `inspect_schema` reads. The test sets the password's variable."""
    settings = PostgreSql(
        host=server.host,
        port=server.port,
        database=database,
        user=user or server.user,
        password=f"${{{POSTGRES_PASSWORD}}}",
        inspect_schema=True,
    )
    return _read("postgresql", settings)


def on_mysql(server: MySqlServer, database: str, user: str = "") -> Facts:
    settings = MySql(
        host=server.host,
        port=server.port,
        database=database,
        user=user or server.user,
        password=f"${{{MYSQL_PASSWORD}}}",
        inspect_schema=True,
    )
    return _read("mysql", settings)


def on_cassandra(keyspace: Keyspace) -> Facts:
    node = keyspace.cassandra
    return _read(
        "cassandra",
        Cassandra(hosts=(node.host,), port=node.port, keyspace=keyspace.name, inspect_schema=True),
    )


def _read(kind: str, settings: Any) -> Facts:
    with closing(open_probe(kind, settings)) as probe:
        return probe.read(10)


def look(facts: Facts, schema: Schema) -> tuple[Result, tuple[Result, ...]]:
    """The check and the remarks, where the row alone is what the server needs."""
    role = ROLES[schema]
    by_row = Result(role, Check.SCHEMA, facts.component, Verdict.SUPPORTED, Reason.SCHEMA_CURRENT, "by row")
    (judged,), remarks = inspected(by_row, MATRIX, facts)
    return judged, remarks


def assert_matches(facts: Facts, schema: Schema) -> None:
    """The tables are of the version in the row, and nothing is to be said of them."""
    judged, remarks = look(facts, schema)
    assert judged.message == "by row"
    assert (judged.reason, remarks) == (Reason.SCHEMA_CURRENT, ())
    known = MATRIX.shapes.of(facts.component, ROLES[schema])
    assert facts.shape is not None
    assert facts.schema is not None
    (claimed,) = [shape for shape in known if shape.version.raw == facts.schema.version]
    assert not differences(claimed, facts.shape)
    # Something was read and compared, and it is this version that it is taken for.
    assert claimed.needed
    assert looks_like(known, facts.shape)


def assert_differs(facts: Facts, schema: Schema, *words: str) -> None:
    """They are not, and the message has these words."""
    judged, _ = look(facts, schema)
    assert (judged.verdict, judged.reason) == (Verdict.UNSUPPORTED, Reason.SCHEMA_DIFFERS)
    for word in words:
        assert word in judged.message
