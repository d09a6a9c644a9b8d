"""The deeper look on MySQL, MariaDB and Cassandra: what matches, what is found, and what nobody may see."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from agent.model.vocabulary import Reason, Verdict

from .factories import CassandraFactory, KeyspaceFactory
from .looking import (
    BOTH,
    MYSQL_PASSWORD,
    ROLES,
    assert_differs,
    assert_matches,
    look,
    on_cassandra,
    on_mysql,
    versions,
)
from .servers.cassandra import CassandraServer
from .servers.commands import CommandError, run
from .servers.grants import statements
from .servers.mysql import MySqlServer
from .servers.mysql_stores import create_mysql_version_tables, update_mysql_schema
from .servers.stores import Schema
from .servers.temporal_build import TemporalBinaries

_OLD_ISOLATION = "tx_isolation='READ-COMMITTED'"


@pytest.fixture(autouse=True)
def _password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(MYSQL_PASSWORD, MySqlServer.password)


@pytest.fixture(scope="module")
def tool(temporal: Callable[[str], TemporalBinaries]) -> Path:
    return temporal("1.31.2").sql_tool


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
    assert "parts of 1.10 exist already: column temporalreportedproblems" in remark.message
    for host in ("%", "localhost"):
        mysql80.sql(f"GRANT INDEX ON `{database}`.* TO '{mysql80.user}'@'{host}'")
    mysql80.sql("ALTER TABLE executions_visibility DROP COLUMN TemporalReportedProblems", database=database)
    update_mysql_schema(mysql80, tool, database, "visibility", "1.10")
    assert_matches(on_mysql(mysql80, database), "visibility")


def test_an_index_of_mysql_under_another_name_is_a_finding(
    mysql80: MySqlServer, mysql_visibility: str
) -> None:
    rename = "ALTER TABLE executions_visibility RENAME INDEX {} TO {}"
    mysql80.sql(rename.format("by_status", "own_name"), database=mysql_visibility)
    judged, (remark,) = look(on_mysql(mysql80, mysql_visibility), "visibility")
    mysql80.sql(rename.format("own_name", "by_status"), database=mysql_visibility)
    assert (judged.verdict, judged.reason) == (Verdict.SUPPORTED, Reason.SCHEMA_CURRENT)
    assert (remark.reason, remark.is_finding) == (Reason.SCHEMA_DIFFERS, True)
    assert "by_status" in remark.message


def test_objects_that_mysql_hides_without_a_right_are_not_a_finding(
    mysql80: MySqlServer, mysql_visibility: str
) -> None:
    database = mysql_visibility
    mysql80.create_reader("shape_reader", mysql80.password, [database])
    judged, _ = look(on_mysql(mysql80, database, "shape_reader"), "visibility")
    assert (judged.verdict, judged.reason) == (Verdict.UNKNOWN, Reason.PERMISSION_DENIED)
    assert "shape_reader cannot see the whole database" in judged.message
    names = {"'agent'": "'shape_reader'", "`temporal`": f"`{database}`"}
    mysql80.sql(statements("mysql.sql", names)[2])
    assert_matches(on_mysql(mysql80, database, "shape_reader"), "visibility")
    mysql80.sql("ALTER TABLE executions_visibility ALTER INDEX by_status INVISIBLE", database=database)
    facts = on_mysql(mysql80, database, "shape_reader")
    mysql80.sql("ALTER TABLE executions_visibility ALTER INDEX by_status VISIBLE", database=database)
    assert_differs(facts, "visibility", "invalid index by_status of executions_visibility")


def test_a_version_that_is_only_claimed_is_found_on_mysql(mysql80: MySqlServer, tool: Path) -> None:
    mysql80.create_database("claimed")
    create_mysql_version_tables(mysql80, tool, "claimed", "1.14")
    assert_differs(on_mysql(mysql80, "claimed"), "visibility", "all of its 3 tables are missing")


def test_mariadb_has_the_same_words(mariadb: MySqlServer, tool: Path) -> None:
    mariadb.create_database("words")
    create_mysql_version_tables(mariadb, tool, "words", attributes=_OLD_ISOLATION)
    update_mysql_schema(mariadb, tool, "words", "temporal", attributes=_OLD_ISOLATION)
    assert_matches(on_mysql(mariadb, "words"), "temporal")
    mariadb.sql("DROP TABLE queue", database="words")
    assert_differs(on_mysql(mariadb, "words"), "temporal", "missing table queue")


def test_a_mysql_catalogue_of_more_than_a_megabyte_is_unknown_and_the_rest_is_read(
    mysql80: MySqlServer, tool: Path
) -> None:
    mysql80.create_database("large")
    create_mysql_version_tables(mysql80, tool, "large", "1.14")
    columns = ", ".join(f"c{n} int COMMENT '{'x' * 1000}'" for n in range(1000))
    mysql80.sql(f"CREATE TABLE own ({columns})", database="large")
    facts = on_mysql(mysql80, "large")
    assert facts.schema is not None
    assert facts.schema.version == "1.14"
    judged, _ = look(facts, "visibility")
    assert (judged.verdict, judged.reason) == (Verdict.UNKNOWN, Reason.ANSWER_TOO_LARGE)


@pytest.mark.full
@pytest.mark.parametrize("release", ["1.23.1"])
def test_the_schemas_for_mysql_5_7_match_on_5_6(
    mysql56: MySqlServer, temporal: Callable[[str], TemporalBinaries], release: str
) -> None:
    """This release is the last to have them; its own tool makes them."""
    binaries = temporal(release)
    for schema in ROLES:
        mysql56.create_database(f"old_{schema}")
        environment = {
            "SQL_PLUGIN": "mysql",
            "SQL_HOST": mysql56.host,
            "SQL_PORT": str(mysql56.port),
            "SQL_USER": mysql56.user,
            "SQL_PASSWORD": mysql56.password,
            "SQL_DATABASE": f"old_{schema}",
            "SQL_CONNECT_ATTRIBUTES": _OLD_ISOLATION,
        }
        run([binaries.sql_tool, "setup-schema", "-v", "0.0"], env=environment)
        source = ("--schema-name", f"mysql/v57/{schema}")
        run([binaries.sql_tool, "update-schema", *source], env=environment)
        assert_matches(on_mysql(mysql56, f"old_{schema}"), schema)


@pytest.mark.full
@BOTH
def test_mysql_s_tables_match_at_every_version(mysql80: MySqlServer, tool: Path, schema: Schema) -> None:
    database = f"steps_{schema}"
    mysql80.create_database(database)
    create_mysql_version_tables(mysql80, tool, database)
    for version in versions("mysql", schema):
        update_mysql_schema(mysql80, tool, database, schema, version)
        assert_matches(on_mysql(mysql80, database), schema)


# Cassandra


def test_the_tables_of_cassandra_are_inspected(
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
    assert_differs(on_cassandra(keyspace), "temporal", "missing table history_node")


def test_a_version_that_is_only_claimed_is_found_on_cassandra(
    cassandra5: CassandraServer, make_keyspace: KeyspaceFactory
) -> None:
    assert_differs(on_cassandra(make_keyspace(cassandra5, only_tables="1.13")), "temporal", "all of its")


@pytest.mark.full
@pytest.mark.parametrize("release", ["3.11.19", "4.0.17"])
def test_older_cassandras_have_the_same_words(
    start_cassandra: CassandraFactory, make_keyspace: KeyspaceFactory, release: str
) -> None:
    assert_matches(on_cassandra(make_keyspace(start_cassandra(release))), "temporal")
