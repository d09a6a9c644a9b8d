"""Ways in which a schema's version misleads: shared, restored under another name, empty, told twice.

Each is made on a real database as it comes about, and held against what the binary does on it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from psycopg import sql

from agent.model.vocabulary import STORE_ROLES, Check, Reason, Role, Verdict
from agent.snapshot import Snapshot
from agent.verdict import Result

from .agents import cluster, observe, result
from .factories import KeyspaceFactory, StoresFactory
from .mysql_clusters import mysql_store
from .servers.cassandra import CassandraServer, CassandraStores
from .servers.commands import CommandError
from .servers.mysql import MySqlServer
from .servers.mysql_stores import create_mysql_version_tables
from .servers.postgres import PostgresServer
from .servers.stores import (
    AnyStores,
    Stores,
    create_version_tables,
    schema_version,
    set_schema_version,
    update_schema,
)
from .servers.temporal import TemporalServer, try_start
from .servers.temporal_build import TemporalBinaries

Answer = tuple[Verdict, Reason]
_CURRENT = (Verdict.SUPPORTED, Reason.SCHEMA_CURRENT)


@pytest.fixture(autouse=True)
def _passwords(postgres15: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEMPORAL_STORE_PASSWORD", postgres15.password)
    monkeypatch.setenv("TEMPORAL_MYSQL_PASSWORD", MySqlServer.password)


@pytest.fixture
def look(tmp_path: Path, temporal_server: TemporalServer) -> Callable[..., Snapshot]:
    """One round of Temporal 1.31.2 with its stores configured as these are, and some otherwise."""

    def observed(stores: Stores, **roles: Any) -> Snapshot:
        # Its frontend would tell that these are not its stores.
        silent = {"metrics": [temporal_server.metrics_url]}
        temporal = silent if roles else {"frontend": temporal_server.grpc_address}
        return observe(tmp_path, cluster(stores, temporal) | roles)

    return observed


@pytest.fixture
def comes_up(temporal: Callable[[str], TemporalBinaries]) -> Callable[[AnyStores], bool]:
    """Whether the binary of 1.31.2 comes up on these stores."""
    return lambda stores: try_start(temporal("1.31.2"), stores)[0]


def _schema(snapshot: Snapshot, role: Role = Role.PERSISTENCE) -> Result:
    return result(snapshot, role, Check.SCHEMA)


def _answer(snapshot: Snapshot, role: Role = Role.PERSISTENCE) -> Answer:
    schema = _schema(snapshot, role)
    return schema.verdict, schema.reason


def _drift(snapshot: Snapshot) -> dict[Role, int | None]:
    return {state.role: state.drift for state in snapshot.judgement.schemas}


# Both schemas in one database


@pytest.mark.parametrize("row", ["1.19", "1.14"])
def test_the_row_of_a_database_for_both_roles_decides_for_neither(
    look: Callable[..., Snapshot],
    comes_up: Callable[[AnyStores], bool],
    temporal: Callable[[str], TemporalBinaries],
    postgres15: PostgresServer,
    row: str,
) -> None:
    is_behind = row == "1.14"
    name, tool = f"both_at_{row.replace('.', '_')}", temporal("1.31.2").sql_tool
    postgres15.create_database(name)
    create_version_tables(postgres15, tool, name)
    if is_behind:
        update_schema(postgres15, tool, name, "visibility")
        create_version_tables(postgres15, tool, name)
        with pytest.raises(CommandError, match="does not exist"):
            update_schema(postgres15, tool, name, "temporal")
    else:
        update_schema(postgres15, tool, name, "temporal")
        create_version_tables(postgres15, tool, name)
        # It finds nothing to do, so there are no tables of visibility.
        update_schema(postgres15, tool, name, "visibility")
    assert schema_version(postgres15, name) == row
    stores = Stores(postgres15, name, name)
    snapshot = look(stores)
    assert _answer(snapshot, Role.VISIBILITY) == (Verdict.UNKNOWN, Reason.SHARED_DATABASE)
    assert _answer(snapshot) == (
        (Verdict.UNSUPPORTED, Reason.SCHEMA_BEHIND)
        if is_behind
        else (Verdict.UNKNOWN, Reason.SHARED_DATABASE)
    )
    for role in STORE_ROLES:
        assert "Use a separate database for each" in _schema(snapshot, role).message
    assert set(_drift(snapshot).values()) == {None}
    if not is_behind:
        # The steps that were skipped would have made it.
        able = result(snapshot, Role.VISIBILITY, Check.PREREQUISITES)
        assert able.reason is Reason.EXTENSION_MISSING
    # The server compares the one row for both, and starts without tables of visibility.
    assert comes_up(stores) is (not is_behind)
    assert snapshot.judgement.start.would_start is (False if is_behind else None)


# Restored under another name


def test_a_renamed_database_is_reported_with_the_row_of_its_old_name(
    look: Callable[..., Snapshot], comes_up: Callable[[AnyStores], bool], make_stores: StoresFactory
) -> None:
    made = make_stores()
    name = f"{made.default}_restored"
    made.postgres.sql(
        sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(made.default), sql.Identifier(name))
    )
    stores = Stores(made.postgres, name, made.visibility)
    snapshot = look(stores)
    assert _answer(snapshot) == (Verdict.UNSUPPORTED, Reason.SCHEMA_ROW_MISSING)
    assert f"no row for database {name}, only for {made.default} (1.19)" in _schema(snapshot).message
    assert snapshot.judgement.start.would_start is comes_up(stores) is False
    # What the message says to do is enough.
    made.postgres.sql("UPDATE schema_version SET db_name = %s", (name,), database=name)
    snapshot = look(stores)
    assert _answer(snapshot) == _CURRENT
    assert snapshot.judgement.start.would_start is comes_up(stores) is True


def test_a_renamed_keyspace_is_reported_with_the_row_of_its_old_name(
    look: Callable[..., Snapshot],
    comes_up: Callable[[AnyStores], bool],
    make_stores: StoresFactory,
    cassandra5: CassandraServer,
    make_keyspace: KeyspaceFactory,
) -> None:
    keyspace, made = make_keyspace(cassandra5, only_tables="0.0"), make_stores()
    table = f"{keyspace.name}.schema_version"
    cassandra5.cql(f"DELETE FROM {table} WHERE keyspace_name = '{keyspace.name}'")
    cassandra5.cql(f"INSERT INTO {table} (keyspace_name, curr_version) VALUES ('temporal_old', '1.13')")
    configured = {"hosts": [cassandra5.host], "port": cassandra5.port, "keyspace": keyspace.name}
    snapshot = look(made, persistence={"cassandra": configured})
    assert _answer(snapshot) == (Verdict.UNSUPPORTED, Reason.SCHEMA_ROW_MISSING)
    message = _schema(snapshot).message
    assert f"no row for keyspace {keyspace.name}, only for temporal_old (1.13)" in message
    stores = CassandraStores(made.postgres, keyspace.name, made.visibility, keyspace=keyspace)
    assert snapshot.judgement.start.would_start is comes_up(stores) is False


# Set up, and nothing in it


def test_a_schema_that_was_set_up_and_not_updated_is_as_far_behind_as_its_list_is_long(
    look: Callable[..., Snapshot],
    comes_up: Callable[[AnyStores], bool],
    temporal: Callable[[str], TemporalBinaries],
    make_stores: StoresFactory,
) -> None:
    made = make_stores()
    name = f"{made.default}_set_up"
    made.postgres.create_database(name)
    create_version_tables(made.postgres, temporal("1.31.2").sql_tool, name)
    stores = Stores(made.postgres, name, made.visibility)
    snapshot = look(stores)
    assert _answer(snapshot) == (Verdict.UNSUPPORTED, Reason.SCHEMA_BEHIND)
    assert "no step has been applied" in _schema(snapshot).message
    text = (resources.files("agent.matrix") / "data" / "schema_versions.json").read_text()
    listed = json.loads(text)["lists"]["postgresql/v12/default"]["versions"]
    assert _drift(snapshot) == {Role.PERSISTENCE: -(listed.index("1.19") + 1), Role.VISIBILITY: 0}
    assert snapshot.judgement.start.would_start is comes_up(stores) is False


def test_a_database_without_tables_is_reported_as_empty(
    look: Callable[..., Snapshot], comes_up: Callable[[AnyStores], bool], make_stores: StoresFactory
) -> None:
    made = make_stores()
    name = f"{made.default}_empty"
    made.postgres.create_database(name)
    stores = Stores(made.postgres, name, made.visibility)
    snapshot = look(stores)
    assert _answer(snapshot) == (Verdict.UNSUPPORTED, Reason.SCHEMA_TABLE_MISSING)
    assert "no schema was set up in it" in _schema(snapshot).message
    assert snapshot.judgement.start.would_start is comes_up(stores) is False


# More rows than one


def test_rows_of_other_databases_are_reported_and_change_no_verdict(
    look: Callable[..., Snapshot], comes_up: Callable[[AnyStores], bool], make_stores: StoresFactory
) -> None:
    stores = make_stores()
    stores.postgres.sql(
        "INSERT INTO schema_version SELECT version_partition, 'old_' || n, creation_time, '1.' || n,"
        " min_compatible_version FROM schema_version, generate_series(1, 40) n",
        database=stores.default,
    )
    snapshot = look(stores)
    assert _answer(snapshot) == _CURRENT
    assert snapshot.judgement.verdict is Verdict.SUPPORTED
    (remark,) = snapshot.judgement.remarks
    assert (remark.role, remark.verdict, remark.reason) == (
        Role.PERSISTENCE,
        Verdict.SUPPORTED,
        Reason.MORE_ROWS,
    )
    assert remark.message.count("old_") == 3
    assert snapshot.judgement.start.would_start is comes_up(stores) is True


def test_a_table_without_its_key_may_hold_two_versions_and_either_may_be_read(
    look: Callable[..., Snapshot], comes_up: Callable[[AnyStores], bool], make_stores: StoresFactory
) -> None:
    stores = make_stores()
    for change in (
        "ALTER TABLE schema_version DROP CONSTRAINT schema_version_pkey",
        "INSERT INTO schema_version SELECT * FROM schema_version",
    ):
        stores.postgres.sql(change, database=stores.default)
    # Twice the same is as good as once, also to the server.
    snapshot = look(stores)
    assert _answer(snapshot) == _CURRENT
    assert snapshot.judgement.start.would_start is comes_up(stores) is True
    stores.postgres.sql(
        "UPDATE schema_version SET curr_version = '1.18' WHERE ctid = (SELECT max(ctid) FROM schema_version)",
        database=stores.default,
    )
    snapshot = look(stores)
    assert _answer(snapshot) == (Verdict.UNKNOWN, Reason.SCHEMA_ROWS_DIFFER)
    assert "with the versions 1.18 and 1.19" in _schema(snapshot).message
    assert snapshot.judgement.start.would_start is None
    set_schema_version(stores.postgres, stores.default, "1.19")
    assert _answer(look(stores)) == _CURRENT


def test_to_mysql_a_name_that_differs_in_case_alone_is_the_databases_own(
    look: Callable[..., Snapshot],
    temporal: Callable[[str], TemporalBinaries],
    make_stores: StoresFactory,
    mysql80: MySqlServer,
) -> None:
    mysql80.create_database("trap")
    create_mysql_version_tables(mysql80, temporal("1.31.2").sql_tool, "trap")
    mysql80.sql("UPDATE trap.schema_version SET db_name = 'TRAP', curr_version = '1.19'")
    mysql80.sql(
        "INSERT INTO trap.schema_version SELECT version_partition, 'trap_old', creation_time, '1.18',"
        " min_compatible_version FROM trap.schema_version"
    )
    snapshot = look(make_stores(), persistence=mysql_store(mysql80, "trap"))
    told = [remark.message for remark in snapshot.judgement.remarks if remark.reason is Reason.MORE_ROWS]
    assert len(told) == 1
    assert told[0].endswith(": trap_old (1.18)")
