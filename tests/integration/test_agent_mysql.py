"""Stores on MySQL and MariaDB: version, flavour, schema row, rights, settings, and what can't be read."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from agent.model.vocabulary import Check, Reason, Role, Verdict

from .agents import observe, one_cycle, result
from .mysql_clusters import facts, failure, mysql_store, observation_of, on_stores, one_store
from .servers.certificates import Authority
from .servers.commands import CommandError
from .servers.grants import statements
from .servers.mysql import MySqlServer
from .servers.mysql_build import mariadb_home
from .servers.mysql_stores import (
    MySqlStores,
    create_mysql_stores,
    create_mysql_version_tables,
    mysql_schema_version,
    set_mysql_schema_version,
    update_mysql_schema,
)
from .servers.requirement import require
from .servers.start_tables import create_start_tables
from .servers.temporal import TemporalServer, try_start
from .servers.temporal_build import TemporalBinaries

_OLD_ISOLATION = "tx_isolation='READ-COMMITTED'"


@pytest.fixture(autouse=True)
def _password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEMPORAL_MYSQL_PASSWORD", MySqlServer.password)


@pytest.fixture(scope="module")
def stores(mysql80: MySqlServer, temporal: Callable[[str], TemporalBinaries]) -> MySqlStores:
    """Both stores on MySQL 8.0.33, at the newest schema of 1.31.2."""
    return create_mysql_stores(mysql80, temporal("1.31.2").sql_tool, "temporal")


@pytest.fixture(scope="module")
def server(temporal: Callable[[str], TemporalBinaries], stores: MySqlStores) -> Iterator[TemporalServer]:
    """A Temporal 1.31.2 on them."""
    with TemporalServer(temporal("1.31.2"), stores) as running:
        yield running


@pytest.fixture(scope="module")
def on_mariadb(mariadb: MySqlServer, temporal: Callable[[str], TemporalBinaries]) -> str:
    """A default store on MariaDB, at the newest schema of 1.31.2; its name."""
    tool = temporal("1.31.2").sql_tool
    mariadb.create_database("temporal")
    create_mysql_version_tables(mariadb, tool, "temporal", attributes=_OLD_ISOLATION)
    update_mysql_schema(mariadb, tool, "temporal", "temporal", attributes=_OLD_ISOLATION)
    return "temporal"


def test_temporal_on_mysql_8_is_green_and_red_when_its_schema_is_set_back_as_the_binary_is(
    tmp_path: Path,
    temporal: Callable[[str], TemporalBinaries],
    stores: MySqlStores,
    server: TemporalServer,
) -> None:
    with one_cycle(tmp_path, on_stores(server, stores)) as cycle:
        first = cycle.round()
        assert first.judgement.verdict is Verdict.SUPPORTED, first.judgement.findings
        assert first.judgement.start.would_start is True
        assert first.judgement.findings == ()
        for role in (Role.PERSISTENCE, Role.VISIBILITY):
            assert [node.version for node in facts(first, role).nodes] == ["8.0.33"]
            assert facts(first, role).flavor == ""
            assert result(first, role, Check.PLUGIN).reason is Reason.PLUGIN_AVAILABLE
            assert result(first, role, Check.PREREQUISITES).reason is Reason.PREREQUISITES_MET
        for database, role, back in (
            (stores.default, Role.PERSISTENCE, "1.18"),
            (stores.visibility, Role.VISIBILITY, "1.13"),
        ):
            now_at = mysql_schema_version(stores.mysql, database)
            set_mysql_schema_version(stores.mysql, database, back)
            snapshot = cycle.round()
            schema = result(snapshot, role, Check.SCHEMA)
            assert (schema.verdict, schema.reason) == (Verdict.UNSUPPORTED, Reason.SCHEMA_BEHIND)
            assert snapshot.judgement.start.would_start is False
            assert {s.role: s.drift for s in snapshot.judgement.schemas}[role] == -1
            came_up, log = try_start(temporal("1.31.2"), stores)
            assert not came_up
            assert "cannot be greater than Actual version" in log
            set_mysql_schema_version(stores.mysql, database, now_at)
            assert cycle.round().judgement.verdict is Verdict.SUPPORTED
        assert try_start(temporal("1.31.2"), stores)[0]


def test_ansi_quotes_are_unsupported_for_visibility_and_the_schema_tool_fails_under_them(
    tmp_path: Path,
    temporal: Callable[[str], TemporalBinaries],
    stores: MySqlStores,
    server: TemporalServer,
) -> None:
    mysql, tool = stores.mysql, temporal("1.31.2").sql_tool
    ((mode,),) = mysql.sql("SELECT @@GLOBAL.sql_mode")
    mysql.sql("SET GLOBAL sql_mode = %s", (f"{mode},ANSI_QUOTES",))
    try:
        snapshot = observe(tmp_path, on_stores(server, stores))
        mysql.create_database("quoted")
        create_mysql_version_tables(mysql, tool, "quoted")
        with pytest.raises(CommandError, match="SQL syntax"):
            update_mysql_schema(mysql, tool, "quoted", "visibility")
        came_up, _ = try_start(temporal("1.31.2"), stores)
    finally:
        mysql.sql("SET GLOBAL sql_mode = %s", (mode,))
    able = result(snapshot, Role.VISIBILITY, Check.PREREQUISITES)
    assert (able.verdict, able.reason) == (Verdict.UNSUPPORTED, Reason.SQL_MODE_ANSI_QUOTES)
    assert result(snapshot, Role.PERSISTENCE, Check.PREREQUISITES).verdict is Verdict.SUPPORTED
    # On a finished schema it starts all the same.
    assert came_up
    assert snapshot.judgement.start.would_start is True


def test_temporal_on_mariadb_is_untested_and_the_report_has_the_version_of_mariadb_and_the_needs(
    tmp_path: Path,
    temporal: Callable[[str], TemporalBinaries],
    mariadb: MySqlServer,
    on_mariadb: str,
    stores: MySqlStores,
) -> None:
    without = MySqlStores(mariadb, on_mariadb, stores.visibility, stores.mysql)
    assert not try_start(temporal("1.31.2"), without)[0]
    name, value = _OLD_ISOLATION.split("=")
    mixed = MySqlStores(mariadb, on_mariadb, stores.visibility, stores.mysql, attributes={name: value})
    with TemporalServer(temporal("1.31.2"), mixed) as server:
        snapshot = observe(tmp_path, on_stores(server, mixed))
    found = facts(snapshot)
    assert found.flavor == "mariadb"
    ((version,),) = mariadb.sql("SELECT version()")
    assert [node.version for node in found.nodes] == [version]
    assert version.startswith("10.11.")
    verdict = result(snapshot, Role.PERSISTENCE, Check.VERSION)
    assert (verdict.verdict, verdict.reason) == (Verdict.UNTESTED, Reason.TRIED)
    able = result(snapshot, Role.PERSISTENCE, Check.PREREQUISITES)
    assert (able.verdict, able.reason) == (Verdict.SUPPORTED, Reason.ISOLATION_ATTRIBUTE_NEEDED)
    assert result(snapshot, Role.PERSISTENCE, Check.SCHEMA).verdict is Verdict.SUPPORTED
    assert snapshot.judgement.verdict is Verdict.UNTESTED
    assert snapshot.judgement.start.would_start is True


@pytest.mark.full
def test_mysql_5_6_is_read_and_unsupported(
    tmp_path: Path,
    mysql56: MySqlServer,
    temporal: Callable[[str], TemporalBinaries],
    server: TemporalServer,
) -> None:
    mysql56.create_database("old")
    create_mysql_version_tables(
        mysql56, temporal("1.31.2").sql_tool, "old", version="1.19", attributes=_OLD_ISOLATION
    )
    create_start_tables(lambda statement: mysql56.sql(statement, database="old"))
    snapshot = observe(tmp_path, one_store(server, mysql56, "old"))
    assert [node.version for node in facts(snapshot).nodes] == ["5.6.14"]
    verdict = result(snapshot, Role.PERSISTENCE, Check.VERSION)
    assert (verdict.verdict, verdict.reason) == (Verdict.UNSUPPORTED, Reason.BELOW_MINIMUM)
    able = result(snapshot, Role.PERSISTENCE, Check.PREREQUISITES)
    assert able.reason is Reason.ISOLATION_ATTRIBUTE_NEEDED
    assert result(snapshot, Role.PERSISTENCE, Check.SCHEMA).verdict is Verdict.SUPPORTED


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("UPDATE schema_version SET curr_version = '1.9'", Reason.SCHEMA_BEHIND),
        ("UPDATE schema_version SET curr_version = 'garbage'", Reason.SCHEMA_UNREADABLE),
        ("UPDATE schema_version SET db_name = 'another'", Reason.SCHEMA_ROW_MISSING),
        ("DELETE FROM schema_version", Reason.SCHEMA_ROW_MISSING),
        ("DROP TABLE schema_version", Reason.SCHEMA_TABLE_MISSING),
    ],
)
def test_the_agent_predicts_what_the_server_refuses(
    tmp_path: Path,
    temporal: Callable[[str], TemporalBinaries],
    stores: MySqlStores,
    server: TemporalServer,
    change: str,
    reason: Reason,
) -> None:
    # Only the table counts for who refuses.
    database = f"refused_{reason}_{len(change)}"
    stores.mysql.create_database(database)
    create_mysql_version_tables(stores.mysql, temporal("1.31.2").sql_tool, database, version="1.19")
    stores.mysql.sql(change, database=database)
    changed = MySqlStores(stores.mysql, database, stores.visibility)
    snapshot = observe(tmp_path, on_stores(server, changed))
    schema = result(snapshot, Role.PERSISTENCE, Check.SCHEMA)
    verdict = Verdict.UNKNOWN if reason is Reason.SCHEMA_UNREADABLE else Verdict.UNSUPPORTED
    assert (schema.verdict, schema.reason) == (verdict, reason)
    assert snapshot.judgement.start.would_start is False
    assert not try_start(temporal("1.31.2"), changed)[0]


def test_the_documented_grant_is_enough(
    tmp_path: Path, stores: MySqlStores, server: TemporalServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEMPORAL_MYSQL_PASSWORD", "watching")
    described = on_stores(server, stores)
    for role in ("persistence", "visibility"):
        described[role]["mysql"]["user"] = "watcher"
    stores.mysql.create_reader("watcher", "watching", [])
    without = observe(tmp_path, described)
    assert failure(without).reason is Reason.PERMISSION_DENIED
    for database in (stores.default, stores.visibility):
        names = {"'agent'": "'watcher'", "`temporal`": f"`{database}`"}
        for grant in statements("mysql.sql", names)[1:]:
            stores.mysql.sql(grant)
    watched = observe(tmp_path, described)
    assert watched.judgement.verdict is Verdict.SUPPORTED
    tables = [o.facts.tables for o in watched.observations if o.facts and o.target.role is not Role.SERVER]
    assert all(found and len(found) > 1 for found in tables), "the documented rights show the tables"


def test_a_store_keeps_one_connection_and_leaves_no_transaction_open(
    tmp_path: Path, stores: MySqlStores, server: TemporalServer
) -> None:
    stores.mysql.create_reader("keeper", MySqlServer.password, [stores.default])
    described = on_stores(server, stores)
    described["persistence"]["mysql"]["user"] = "keeper"
    with one_cycle(tmp_path, described) as cycle:
        for _ in range(5):
            assert cycle.round().judgement.verdict is Verdict.SUPPORTED
        (number,) = [row[0] for row in stores.mysql.sql("SHOW PROCESSLIST") if row[1] == "keeper"]
        transactions = stores.mysql.sql("SELECT trx_mysql_thread_id FROM information_schema.innodb_trx")
        assert (number,) not in transactions
        stores.mysql.sql(f"KILL {number}")
        # A connection that was ended costs no failed probe.
        assert observation_of(cycle.round()).failure is None


def test_a_password_that_rotates_is_read_again(
    tmp_path: Path, stores: MySqlStores, server: TemporalServer
) -> None:
    file = tmp_path / "password"
    file.write_text("wrong\n")
    described = on_stores(server, stores)
    described["persistence"] = mysql_store(stores.mysql, stores.default, password_file=str(file))
    del described["persistence"]["mysql"]["password"]
    with one_cycle(tmp_path, described) as cycle:
        before = cycle.round()
        assert failure(before).reason is Reason.AUTHENTICATION_FAILED
        assert "wrong" not in failure(before).text
        file.write_text(stores.mysql.password + "\n")
        assert cycle.round().judgement.verdict is Verdict.SUPPORTED


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"database": "nowhere", "user": "reader_of_all"}, Reason.DATABASE_MISSING),
        ({"user": "nobody_here"}, Reason.AUTHENTICATION_FAILED),
        ({"password": "${NOT_SET_ANYWHERE}"}, Reason.SECRET_UNREADABLE),
        ({"host": "no-such-host.invalid"}, Reason.NAME_NOT_RESOLVED),
        # Its own certificate is one of its own authority.
        ({"tls": {}}, Reason.TLS_FAILED),
    ],
)
def test_a_store_that_cannot_be_read_says_why_and_stops_nothing_else(
    tmp_path: Path, stores: MySqlStores, server: TemporalServer, settings: dict[str, Any], reason: Reason
) -> None:
    if settings.get("user") == "reader_of_all":
        stores.mysql.create_reader("reader_of_all", MySqlServer.password, [])
        stores.mysql.sql("GRANT SELECT ON *.* TO 'reader_of_all'@'%'")
    described = on_stores(server, stores)
    described["persistence"]["mysql"] |= settings
    snapshot = observe(tmp_path, described)
    assert failure(snapshot).reason is reason, failure(snapshot)
    assert stores.mysql.password not in failure(snapshot).text
    assert result(snapshot, Role.VISIBILITY, Check.SCHEMA).verdict is Verdict.SUPPORTED
    assert snapshot.judgement.verdict is Verdict.UNKNOWN


def test_tls_verifies_by_the_authority_and_by_the_name(
    tmp_path: Path, authority: Authority, mariadb: MySqlServer, on_mariadb: str, server: TemporalServer
) -> None:
    own = authority.issue("mysql", dns="mysql.internal")
    with MySqlServer(require(mariadb_home), (own, authority.ca)) as mysql:
        mysql.create_database("temporal")
        tls = {"ca_file": str(authority.ca)}
        for settings, is_read in (
            ({"tls": tls}, True),
            ({"tls": {**tls, "server_name": "mysql.internal"}}, True),
            ({"tls": {**tls, "server_name": "another.internal"}}, False),
            ({"tls": {}}, False),
            ({}, True),
        ):
            snapshot = observe(tmp_path, one_store(server, mysql, "temporal", **settings))
            if is_read:
                assert observation_of(snapshot).failure is None
            else:
                assert failure(snapshot).reason is Reason.TLS_FAILED
        mysql.sql("SET GLOBAL require_secure_transport = ON")
        unverified = {"tls": {"verify": False}}
        demanded = observe(tmp_path, one_store(server, mysql, "temporal", **unverified))
        assert observation_of(demanded).failure is None
    # The other server has no certificate.
    without = observe(tmp_path, one_store(server, mariadb, on_mariadb, **unverified))
    assert failure(without).reason is Reason.TLS_FAILED


def test_a_statement_that_waits_for_a_lock_ends_and_a_server_that_falls_silent_is_left_behind(
    tmp_path: Path, mariadb: MySqlServer, on_mariadb: str, server: TemporalServer
) -> None:
    described = one_store(server, mariadb, on_mariadb)
    with one_cycle(tmp_path, described, interval="10s", timeout="1s", max_age="20s") as cycle:
        first = cycle.round()
        assert facts(first).schema is not None
        with mariadb.connect(on_mariadb) as connection, connection.cursor() as cursor:
            cursor.execute("LOCK TABLES schema_version WRITE")
            began = time.monotonic()
            assert failure(cycle.round(first)).reason is Reason.TIMEOUT
            assert time.monotonic() - began < 1.5
        assert observation_of(cycle.round(first)).failure is None
        with mariadb.frozen():
            began = time.monotonic()
            silent = cycle.round(first)
            assert time.monotonic() - began < 1.5
            assert failure(silent).reason is Reason.TIMEOUT
            # What was known counts on until it is too old.
            assert result(silent, Role.PERSISTENCE, Check.SCHEMA).verdict is Verdict.SUPPORTED
        assert observation_of(cycle.round(silent)).failure is None
