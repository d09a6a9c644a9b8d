"""The deeper look on PostgreSQL: what the tools leave matches, and what is done to it is found."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from agent.model.vocabulary import Check, Reason, Role, Verdict

from .agents import cluster, every_endpoint, observe, result, store
from .factories import PostgresFactory, StoresFactory, TemporalFactory
from .looking import BOTH, POSTGRES_PASSWORD, assert_differs, assert_matches, look, on_postgresql, versions
from .servers.postgres import PostgresServer
from .servers.stores import (
    Schema,
    create_own_stores,
    create_version_tables,
    set_schema_version,
    update_schema,
)
from .servers.temporal_build import TemporalBinaries


@pytest.fixture(autouse=True)
def _password(postgres15: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(POSTGRES_PASSWORD, postgres15.password)


@pytest.fixture(scope="module")
def tool(temporal: Callable[[str], TemporalBinaries]) -> Path:
    return temporal("1.31.2").sql_tool


@BOTH
def test_postgresql_s_tables_match_at_every_version(
    postgres15: PostgresServer, tool: Path, schema: Schema
) -> None:
    database = f"steps_{schema}"
    postgres15.create_database(database)
    create_version_tables(postgres15, tool, database)
    for version in versions("postgresql", schema):
        update_schema(postgres15, tool, database, schema, version)
        assert_matches(on_postgresql(postgres15, database), schema)


@pytest.mark.full
@pytest.mark.parametrize("version", ["12.20", "13.16", "14.13", "16.4", "17.2"])
@BOTH
def test_every_other_series_has_the_same_words(
    postgres: PostgresFactory, tool: Path, schema: Schema, version: str
) -> None:
    server, database = postgres(version), f"words_{schema}"
    server.create_database(database)
    # Before 13 the schema's owner may not make it.
    server.sql("CREATE EXTENSION btree_gin", database=database)
    create_version_tables(server, tool, database)
    update_schema(server, tool, database, schema)
    assert_matches(on_postgresql(server, database), schema)


def test_postgresql_9_6_has_the_same_words(postgres96: PostgresServer, tool: Path) -> None:
    postgres96.create_database("words")
    create_version_tables(postgres96, tool, "words")
    update_schema(postgres96, tool, "words", "temporal")
    assert_matches(on_postgresql(postgres96, "words"), "temporal")


@pytest.fixture
def visibility(postgres15: PostgresServer, tool: Path) -> Iterator[str]:
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
        on_postgresql(postgres15, "claimed"),
        "temporal",
        "schema_version says 1.19",
        "all of its 38 tables are missing",
    )


def test_a_row_that_is_ahead_of_its_tables_is_found_with_the_version_that_they_match(
    postgres15: PostgresServer, visibility: str
) -> None:
    set_schema_version(postgres15, visibility, "1.14")
    assert_differs(
        on_postgresql(postgres15, visibility),
        "visibility",
        "missing column temporalexternalpayloadcount of executions_visibility",
        "they match 1.13",
    )


def test_a_table_that_was_dropped_is_found(postgres15: PostgresServer, visibility: str) -> None:
    postgres15.sql("DROP TABLE executions_visibility", database=visibility)
    assert_differs(on_postgresql(postgres15, visibility), "visibility", "missing table executions_visibility")


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
        assert "missing index by_keyword_01" in judged.message
        assert "column keyword01 of executions_visibility is " in judged.message


def _replace_index(postgres: PostgresServer, database: str, name: str, statement: str) -> None:
    postgres.sql(sql.SQL("DROP INDEX IF EXISTS {}, own").format(sql.Identifier(name)), database=database)
    if statement:
        postgres.sql(sql.SQL(statement), database=database)  # type: ignore[arg-type]


def test_an_index_with_the_same_columns_is_a_finding_and_not_unsupported(
    postgres15: PostgresServer, visibility: str
) -> None:
    indexes = dict(
        postgres15.sql("SELECT indexname::text, indexdef FROM pg_indexes", database=visibility),
    )
    keyword, text = indexes["by_keyword_01"], indexes["by_text_01"]
    for name, tuned in (
        # Tools for tuning make it partial, because most rows have no value.
        ("by_keyword_01", f"{keyword} WHERE (keyword01 IS NOT NULL)"),
        ("by_keyword_01", keyword.replace("by_keyword_01", "own")),
        ("by_text_01", text.replace("USING gin", "USING btree")),
    ):
        _replace_index(postgres15, visibility, name, tuned)
        judged, (remark,) = look(on_postgresql(postgres15, visibility), "visibility")
        assert (judged.verdict, judged.reason) == (Verdict.SUPPORTED, Reason.SCHEMA_CURRENT), tuned
        assert (remark.verdict, remark.reason) == (Verdict.SUPPORTED, Reason.SCHEMA_DIFFERS)
        assert remark.is_finding
        assert name in remark.message
        _replace_index(postgres15, visibility, name, "")
        assert_differs(on_postgresql(postgres15, visibility), "visibility", f"missing index {name}")
        _replace_index(postgres15, visibility, name, indexes[name])


def test_a_unique_index_is_also_a_rule_about_rows_so_only_its_name_may_differ(
    postgres15: PostgresServer, visibility: str
) -> None:
    drop = "ALTER TABLE executions_visibility DROP CONSTRAINT executions_visibility_pkey"
    columns = "executions_visibility (namespace_id, run_id)"
    _replace_index(postgres15, visibility, "own", drop)
    for statement, is_same in (
        (f"CREATE UNIQUE INDEX own ON {columns}", True),
        (f"CREATE UNIQUE INDEX own ON {columns} WHERE status = 1", False),
        (f"CREATE INDEX own ON {columns}", False),
    ):
        _replace_index(postgres15, visibility, "own", statement)
        judged, _ = look(on_postgresql(postgres15, visibility), "visibility")
        assert (judged.verdict is Verdict.SUPPORTED) is is_same, statement


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
    words = ("invalid index by_bool_01 of executions_visibility", "Drop the invalid indexes")
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
    assert "parts of 1.14 exist already: column temporalexternalpayloadcount" in remark.message


def test_a_postgresql_user_who_may_read_the_row_alone_sees_all(
    postgres15: PostgresServer, visibility: str
) -> None:
    postgres15.create_reader("shape_reader", postgres15.password, [visibility])
    assert_matches(on_postgresql(postgres15, visibility, "shape_reader"), "visibility")
    set_schema_version(postgres15, visibility, "1.14")
    assert_differs(on_postgresql(postgres15, visibility, "shape_reader"), "visibility")


def test_a_catalogue_that_may_not_be_read_is_unknown_and_the_rest_is_read(
    postgres15: PostgresServer, visibility: str
) -> None:
    postgres15.sql("REVOKE SELECT ON pg_index FROM PUBLIC", database=visibility)
    facts = on_postgresql(postgres15, visibility)
    assert facts.schema is not None
    assert facts.schema.version == "1.13"
    judged, _ = look(facts, "visibility")
    assert (judged.verdict, judged.reason) == (Verdict.UNKNOWN, Reason.PERMISSION_DENIED)


def test_a_database_with_too_many_columns_is_not_inspected(
    postgres15: PostgresServer, visibility: str
) -> None:
    for table in range(4):
        columns = sql.SQL(", ").join(sql.SQL("c{} int").format(sql.Literal(n)) for n in range(1500))
        statement = sql.SQL("CREATE TABLE {} ({})").format(sql.Identifier(f"own_{table}"), columns)
        postgres15.sql(statement, database=visibility)
    judged, _ = look(on_postgresql(postgres15, visibility), "visibility")
    assert (judged.verdict, judged.reason) == (Verdict.UNKNOWN, Reason.ANSWER_TOO_LARGE)


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
    assert "missing index by_status of executions_visibility" in found.message
    assert result(snapshot, Role.PERSISTENCE, Check.SCHEMA).reason is Reason.SCHEMA_CURRENT
    assert snapshot.judgement.verdict is Verdict.UNSUPPORTED
    assert snapshot.judgement.start.would_start is True
    # Off by default.
    assert observe(tmp_path, cluster(stores, every_endpoint(server))).judgement.verdict is Verdict.SUPPORTED


@pytest.mark.full
@pytest.mark.parametrize("release", ["1.23.1"])
def test_the_schemas_for_postgresql_9_6_match_there(
    postgres96: PostgresServer, temporal: Callable[[str], TemporalBinaries], release: str
) -> None:
    """This release is the last to have them; its own tool makes them."""
    stores = create_own_stores(postgres96, temporal(release), "old", "postgres")
    assert_matches(on_postgresql(postgres96, stores.default), "temporal")
    assert_matches(on_postgresql(postgres96, stores.visibility), "visibility")
