"""The deeper look at schemas of real stores: what the tools leave matches, what is done to it is found."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from agent.config import Cassandra, MySql, PostgreSql
from agent.observation import Facts
from agent.probes import open_probe
from agent.verdict import Result
from agent.verdict.shape import differences, inspected, looks_like
from agent.vocabulary import Check, Reason, Role, Verdict

from .agents import MATRIX, cluster, every_endpoint, observe, result, store
from .conftest import CassandraFactory, KeyspaceFactory, StoresFactory, TemporalFactory
from .servers.cassandra import CassandraServer, Keyspace
from .servers.commands import CommandError
from .servers.mysql import MySqlServer
from .servers.mysql_stores import create_mysql_version_tables, update_mysql_schema
from .servers.postgres import PostgresServer
from .servers.stores import Schema, create_version_tables, set_schema_version, update_schema
from .servers.temporal_build import TemporalBinaries

_ROLES: dict[Schema, Role] = {"temporal": Role.PERSISTENCE, "visibility": Role.VISIBILITY}
_BOTH = pytest.mark.parametrize("schema", list(_ROLES))
_OLD_ISOLATION = "tx_isolation='READ-COMMITTED'"


@pytest.fixture(autouse=True)
def _passwords(postgres15: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEMPORAL_STORE_PASSWORD", postgres15.password)
    monkeypatch.setenv("TEMPORAL_MYSQL_PASSWORD", MySqlServer.password)


@pytest.fixture(scope="module")
def tool(temporal: Callable[[str], TemporalBinaries]) -> Path:
    return temporal("1.31.2").sql_tool


def versions(component: str, schema: Schema, newest: str = "") -> list[str]:
    known = [shape.version.raw for shape in MATRIX.shapes.of(component, _ROLES[schema])]
    return known[: known.index(newest) + 1] if newest else known


def on_postgresql(server: PostgresServer, database: str, user: str = "") -> Facts:
    settings = PostgreSql(
        host=server.host,
        port=server.port,
        database=database,
        user=user or server.user,
        password="${TEMPORAL_STORE_PASSWORD}",
        inspect_schema=True,
    )
    return read("postgresql", settings)


def on_mysql(server: MySqlServer, database: str, user: str = "") -> Facts:
    settings = MySql(
        host=server.host,
        port=server.port,
        database=database,
        user=user or server.user,
        password="${TEMPORAL_MYSQL_PASSWORD}",
        inspect_schema=True,
    )
    return read("mysql", settings)


def on_cassandra(keyspace: Keyspace) -> Facts:
    node = keyspace.cassandra
    return read(
        "cassandra",
        Cassandra(hosts=(node.host,), port=node.port, keyspace=keyspace.name, inspect_schema=True),
    )


def read(kind: str, settings: Any) -> Facts:
    with closing(open_probe(kind, settings)) as probe:
        return probe.read(10)


def look(facts: Facts, schema: Schema) -> tuple[Result, tuple[Result, ...]]:
    """The check and the remarks, where the row alone is what the server needs."""
    role = _ROLES[schema]
    by_row = Result(role, Check.SCHEMA, facts.component, Verdict.SUPPORTED, Reason.SCHEMA_CURRENT, "by row")
    (judged,), remarks = inspected(by_row, MATRIX, facts)
    return judged, remarks


def assert_matches(facts: Facts, schema: Schema) -> None:
    judged, remarks = look(facts, schema)
    assert judged.message == "by row"
    assert (judged.reason, remarks) == (Reason.SCHEMA_CURRENT, ())
    known = MATRIX.shapes.of(facts.component, _ROLES[schema])
    assert facts.shape is not None
    assert facts.schema is not None
    (claimed,) = [shape for shape in known if shape.version.raw == facts.schema.version]
    assert not differences(claimed, facts.shape)
    # Something was read and compared, and it is this version that it is taken for.
    assert claimed.needed
    assert looks_like(known, facts.shape)


def assert_differs(facts: Facts, schema: Schema, *words: str) -> None:
    judged, _ = look(facts, schema)
    assert (judged.verdict, judged.reason) == (Verdict.UNSUPPORTED, Reason.SCHEMA_DIFFERS)
    for word in words:
        assert word in judged.message


# PostgreSQL


@_BOTH
def test_postgresql_s_tables_match_at_every_version(
    postgres15: PostgresServer, tool: Path, schema: Schema
) -> None:
    database = f"steps_{schema}"
    postgres15.create_database(database)
    create_version_tables(postgres15, tool, database)
    for version in versions("postgresql", schema):
        update_schema(postgres15, tool, database, schema, version)
        assert_matches(on_postgresql(postgres15, database), schema)


def test_postgresql_9_6_has_the_same_words(postgres96: PostgresServer, tool: Path) -> None:
    postgres96.create_database("words")
    create_version_tables(postgres96, tool, "words")
    update_schema(postgres96, tool, "words", "temporal")
    assert_matches(on_postgresql(postgres96, "words"), "temporal")


@pytest.fixture
def visibility(postgres15: PostgresServer, tool: Path) -> Any:
    """A visibility database of PostgreSQL 15 at 1.13, with something of the user's own beside."""
    postgres15.create_database("looked_at")
    create_version_tables(postgres15, tool, "looked_at")
    update_schema(postgres15, tool, "looked_at", "visibility", "1.13")
    postgres15.sql("CREATE TABLE reports (id int PRIMARY KEY)", database="looked_at")
    postgres15.sql("ALTER TABLE executions_visibility ADD COLUMN customer text", database="looked_at")
    postgres15.sql("CREATE INDEX by_customer ON executions_visibility (customer)", database="looked_at")
    yield "looked_at"
    postgres15.sql("DROP DATABASE looked_at WITH (FORCE)")


def test_what_the_user_adds_never_counts(postgres15: PostgresServer, visibility: str) -> None:
    assert_matches(on_postgresql(postgres15, visibility), "visibility")


def test_a_version_that_is_only_claimed_is_found(postgres15: PostgresServer, tool: Path) -> None:
    postgres15.create_database("claimed")
    create_version_tables(postgres15, tool, "claimed", "1.19")
    assert_differs(
        on_postgresql(postgres15, "claimed"), "temporal", "the row says 1.19", "none of its 38 tables is"
    )


def test_a_row_that_is_ahead_of_its_tables_is_found_and_told_what_they_look_like(
    postgres15: PostgresServer, visibility: str
) -> None:
    set_schema_version(postgres15, visibility, "1.14")
    assert_differs(
        on_postgresql(postgres15, visibility),
        "visibility",
        "no column temporalexternalpayloadcount of executions_visibility",
        "they look like 1.13",
    )


def test_a_table_that_was_dropped_is_found(postgres15: PostgresServer, visibility: str) -> None:
    postgres15.sql("DROP TABLE executions_visibility", database=visibility)
    assert_differs(on_postgresql(postgres15, visibility), "visibility", "no table executions_visibility")


def test_a_column_of_another_type_or_expression_is_found(postgres15: PostgresServer, visibility: str) -> None:
    for definition in (
        "varchar(255)",
        "varchar(255) GENERATED ALWAYS AS (search_attributes->>'Other') STORED",
    ):
        postgres15.sql("ALTER TABLE executions_visibility DROP COLUMN keyword01", database=visibility)
        statement = sql.SQL("ALTER TABLE executions_visibility ADD COLUMN keyword01 ")
        postgres15.sql(statement + sql.SQL(definition), database=visibility)
        judged, _ = look(on_postgresql(postgres15, visibility), "visibility")
        assert judged.reason is Reason.SCHEMA_DIFFERS
        # Its index went with it.
        assert "no index by_keyword_01" in judged.message
        assert "column keyword01 of executions_visibility is " in judged.message


def test_an_index_that_was_not_built_to_its_end_is_found(postgres15: PostgresServer, visibility: str) -> None:
    """As a failed CREATE INDEX CONCURRENTLY leaves it."""
    ((definition,),) = postgres15.sql(
        "SELECT indexdef FROM pg_indexes WHERE indexname = 'by_bool_01'", database=visibility
    )
    postgres15.sql("DROP INDEX by_bool_01", database=visibility)
    with postgres15.connect(visibility) as other, postgres15.connect(visibility) as builder:
        # It would have to wait for whoever writes.
        other.execute("BEGIN")
        other.execute("LOCK TABLE executions_visibility IN ROW EXCLUSIVE MODE")
        builder.execute("SET statement_timeout = '300ms'")
        with pytest.raises(psycopg.errors.QueryCanceled):
            builder.execute(definition.replace("CREATE INDEX", "CREATE INDEX CONCURRENTLY"))
        other.execute("ROLLBACK")
    words = ("invalid index by_bool_01 of executions_visibility", "Drop what is invalid")
    assert_differs(on_postgresql(postgres15, visibility), "visibility", *words)


def test_parts_of_the_next_version_are_a_remark_and_change_no_verdict(
    postgres15: PostgresServer, visibility: str
) -> None:
    postgres15.sql(
        "ALTER TABLE executions_visibility ADD COLUMN TemporalExternalPayloadCount BIGINT GENERATED ALWAYS"
        " AS ((search_attributes->'TemporalExternalPayloadCount')::bigint) STORED",
        database=visibility,
    )
    judged, (remark,) = look(on_postgresql(postgres15, visibility), "visibility")
    assert judged.reason is Reason.SCHEMA_CURRENT
    assert (remark.reason, remark.is_finding) == (Reason.SCHEMA_STEP_BEGUN, True)
    assert "this is of 1.14 already: column temporalexternalpayloadcount" in remark.message


def test_a_postgresql_user_who_may_read_the_row_alone_sees_all(
    postgres15: PostgresServer, visibility: str
) -> None:
    postgres15.create_reader("shape_reader", postgres15.password, [visibility])
    assert_matches(on_postgresql(postgres15, visibility, "shape_reader"), "visibility")
    set_schema_version(postgres15, visibility, "1.14")
    assert_differs(on_postgresql(postgres15, visibility, "shape_reader"), "visibility")


def test_would_start_does_not_change_because_the_server_does_not_look(
    tmp_path: Path, make_stores: StoresFactory, start_temporal: TemporalFactory
) -> None:
    stores = make_stores()
    server = start_temporal(stores=stores)
    looking = {
        **cluster(stores, every_endpoint(server)),
        "persistence": store(stores, stores.default, inspect_schema=True),
        "visibility": store(stores, stores.visibility, inspect_schema=True),
    }
    snapshot = observe(tmp_path, looking)
    assert snapshot.judgement.verdict is Verdict.SUPPORTED
    stores.postgres.sql("DROP INDEX by_status", database=stores.visibility)
    snapshot = observe(tmp_path, looking)
    found = result(snapshot, Role.VISIBILITY, Check.SCHEMA)
    assert (found.verdict, found.reason) == (Verdict.UNSUPPORTED, Reason.SCHEMA_DIFFERS)
    assert "no index by_status of executions_visibility" in found.message
    assert result(snapshot, Role.PERSISTENCE, Check.SCHEMA).reason is Reason.SCHEMA_CURRENT
    assert snapshot.judgement.verdict is Verdict.UNSUPPORTED
    assert snapshot.judgement.start.would_start is True
    # Off by default.
    assert observe(tmp_path, cluster(stores, every_endpoint(server))).judgement.verdict is Verdict.SUPPORTED


# MySQL and MariaDB


@pytest.fixture(scope="module")
def mysql_visibility(mysql80: MySqlServer, tool: Path) -> str:
    """A visibility database of MySQL 8.0.33 at 1.9."""
    mysql80.create_database("shape_visibility")
    create_mysql_version_tables(mysql80, tool, "shape_visibility")
    update_mysql_schema(mysql80, tool, "shape_visibility", "visibility", "1.9")
    return "shape_visibility"


def test_a_step_of_mysql_that_died_midway_is_found(
    mysql80: MySqlServer, tool: Path, mysql_visibility: str
) -> None:
    """The tool may add the column of 1.10, not its index: MySQL keeps the column, and the row says 1.9."""
    database = mysql_visibility
    assert_matches(on_mysql(mysql80, database), "visibility")
    for host in ("%", "localhost"):
        mysql80.sql(f"REVOKE INDEX ON `{database}`.* FROM '{mysql80.user}'@'{host}'")
    with pytest.raises(CommandError):
        update_mysql_schema(mysql80, tool, database, "visibility", "1.10")
    judged, (remark,) = look(on_mysql(mysql80, database), "visibility")
    assert judged.reason is Reason.SCHEMA_CURRENT
    assert remark.reason is Reason.SCHEMA_STEP_BEGUN
    assert "this is of 1.10 already: column temporalreportedproblems" in remark.message
    for host in ("%", "localhost"):
        mysql80.sql(f"GRANT INDEX ON `{database}`.* TO '{mysql80.user}'@'{host}'")
    mysql80.sql("ALTER TABLE executions_visibility DROP COLUMN TemporalReportedProblems", database=database)
    update_mysql_schema(mysql80, tool, database, "visibility", "1.10")
    assert_matches(on_mysql(mysql80, database), "visibility")


def test_mysql_hides_what_one_has_no_right_to_and_that_is_no_alarm(
    mysql80: MySqlServer, mysql_visibility: str
) -> None:
    database = mysql_visibility
    mysql80.create_reader("shape_reader", mysql80.password, [database])
    judged, _ = look(on_mysql(mysql80, database, "shape_reader"), "visibility")
    assert (judged.verdict, judged.reason) == (Verdict.UNKNOWN, Reason.PERMISSION_DENIED)
    assert "shape_reader may not see all" in judged.message
    mysql80.sql(f"GRANT REFERENCES ON `{database}`.* TO 'shape_reader'@'%'")
    assert_matches(on_mysql(mysql80, database, "shape_reader"), "visibility")
    mysql80.sql("ALTER TABLE executions_visibility ALTER INDEX by_status INVISIBLE", database=database)
    facts = on_mysql(mysql80, database, "shape_reader")
    mysql80.sql("ALTER TABLE executions_visibility ALTER INDEX by_status VISIBLE", database=database)
    assert_differs(facts, "visibility", "invalid index by_status of executions_visibility")


def test_a_version_that_is_only_claimed_is_found_on_mysql(mysql80: MySqlServer, tool: Path) -> None:
    mysql80.create_database("claimed")
    create_mysql_version_tables(mysql80, tool, "claimed", "1.14")
    assert_differs(on_mysql(mysql80, "claimed"), "visibility", "none of its 3 tables is")


def test_mariadb_has_the_same_words(mariadb: MySqlServer, tool: Path) -> None:
    mariadb.create_database("words")
    create_mysql_version_tables(mariadb, tool, "words", attributes=_OLD_ISOLATION)
    update_mysql_schema(mariadb, tool, "words", "temporal", attributes=_OLD_ISOLATION)
    assert_matches(on_mysql(mariadb, "words"), "temporal")
    mariadb.sql("DROP TABLE queue", database="words")
    assert_differs(on_mysql(mariadb, "words"), "temporal", "no table queue")


@pytest.mark.full
@_BOTH
def test_mysql_s_tables_match_at_every_version(mysql80: MySqlServer, tool: Path, schema: Schema) -> None:
    database = f"steps_{schema}"
    mysql80.create_database(database)
    create_mysql_version_tables(mysql80, tool, database)
    for version in versions("mysql", schema):
        update_mysql_schema(mysql80, tool, database, schema, version)
        assert_matches(on_mysql(mysql80, database), schema)


# Cassandra


def test_cassandra_s_tables_are_looked_at(
    cassandra5: CassandraServer, make_keyspace: KeyspaceFactory
) -> None:
    keyspace = make_keyspace(cassandra5)
    cassandra5.cql(f"CREATE TABLE {keyspace.name}.reports (id int PRIMARY KEY)")
    assert_matches(on_cassandra(keyspace), "temporal")
    keyspace.set_version("1.12")
    _, (remark,) = look(on_cassandra(keyspace), "temporal")
    assert remark.reason is Reason.SCHEMA_STEP_BEGUN
    keyspace.set_version("1.13")
    cassandra5.cql(f"DROP TABLE {keyspace.name}.history_node")
    assert_differs(on_cassandra(keyspace), "temporal", "no table history_node")


def test_a_version_that_is_only_claimed_is_found_on_cassandra(
    cassandra5: CassandraServer, make_keyspace: KeyspaceFactory
) -> None:
    assert_differs(on_cassandra(make_keyspace(cassandra5, only_tables="1.13")), "temporal", "none of its")


@pytest.mark.full
@pytest.mark.parametrize("release", ["3.11.19", "4.0.17"])
def test_older_cassandras_have_the_same_words(
    start_cassandra: CassandraFactory, make_keyspace: KeyspaceFactory, release: str
) -> None:
    assert_matches(on_cassandra(make_keyspace(start_cassandra(release))), "temporal")
