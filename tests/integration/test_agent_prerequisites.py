"""What visibility needs of PostgreSQL beside its version: told before the schema tool fails for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from psycopg import sql

from agent.model.vocabulary import Check, Reason, Role, Verdict
from agent.snapshot import Snapshot

from .agents import cluster, observe, result
from .factories import StoresFactory
from .servers.commands import CommandError
from .servers.postgres import PostgresServer
from .servers.stores import Stores, create_version_tables, update_schema
from .servers.temporal import TemporalServer
from .servers.temporal_build import TemporalBinaries

Answer = tuple[Verdict, Reason]
_MET = (Verdict.SUPPORTED, Reason.PREREQUISITES_MET)
_MISSING = (Verdict.UNSUPPORTED, Reason.EXTENSION_MISSING)


@pytest.fixture(autouse=True)
def _password(postgres15: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEMPORAL_STORE_PASSWORD", postgres15.password)


@pytest.fixture
def empty(make_stores: StoresFactory, temporal: Callable[[str], TemporalBinaries]) -> tuple[Stores, Path]:
    """Stores whose visibility has the tables of its version alone, and the tool that would go on."""
    stores, tool = make_stores(), temporal("1.31.2").sql_tool
    name = f"{stores.default}_empty"
    stores.postgres.create_database(name)
    create_version_tables(stores.postgres, tool, name)
    return Stores(stores.postgres, stores.default, name), tool


def _answer(snapshot: Snapshot) -> Answer:
    able = result(snapshot, Role.VISIBILITY, Check.PREREQUISITES)
    return able.verdict, able.reason


def _observed(folder: Path, stores: Stores, server: TemporalServer) -> Snapshot:
    return observe(folder, cluster(stores, {"frontend": server.grpc_address}))


def test_a_finished_schema_has_its_extension_and_persistence_needs_no_extension(
    tmp_path: Path, make_stores: StoresFactory, temporal_server: TemporalServer
) -> None:
    stores = make_stores()
    snapshot = _observed(tmp_path, stores, temporal_server)
    assert _answer(snapshot) == _MET
    checks = {r.check for r in snapshot.judgement.results if r.role is Role.PERSISTENCE}
    assert Check.PREREQUISITES not in checks
    stores.postgres.sql("DROP EXTENSION btree_gin CASCADE", database=stores.visibility)
    assert _answer(_observed(tmp_path, stores, temporal_server)) == _MISSING


def test_the_agent_knows_as_the_tool_does_whether_the_owner_may_create_the_extension(
    tmp_path: Path, empty: tuple[Stores, Path], temporal_server: TemporalServer
) -> None:
    stores, tool = empty
    postgres, name = stores.postgres, stores.visibility
    assert _answer(_observed(tmp_path, stores, temporal_server)) == _MET
    postgres.sql(
        sql.SQL("ALTER DATABASE {} OWNER TO {}").format(
            sql.Identifier(name), sql.Identifier(postgres.superuser)
        )
    )
    postgres.sql(
        sql.SQL("GRANT CREATE ON SCHEMA public TO {}").format(sql.Identifier(postgres.user)), database=name
    )
    without = _observed(tmp_path, stores, temporal_server)
    assert _answer(without) == _MISSING
    assert "superuser" in result(without, Role.VISIBILITY, Check.PREREQUISITES).message
    with pytest.raises(CommandError, match="permission denied to create extension"):
        update_schema(postgres, tool, name, "visibility")
    # What the message says to do is enough.
    postgres.sql("CREATE EXTENSION btree_gin", database=name)
    assert _answer(_observed(tmp_path, stores, temporal_server)) == _MET
    update_schema(postgres, tool, name, "visibility")
    assert _observed(tmp_path, stores, temporal_server).judgement.verdict is Verdict.SUPPORTED


def test_the_agent_needs_no_right_of_its_own_for_it(
    tmp_path: Path,
    empty: tuple[Stores, Path],
    temporal_server: TemporalServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stores, _ = empty
    stores.postgres.create_reader("able_reader", "reading", [stores.default, stores.visibility])
    monkeypatch.setenv("TEMPORAL_STORE_PASSWORD", "reading")
    described = cluster(stores, {"frontend": temporal_server.grpc_address})
    for role in ("persistence", "visibility"):
        described[role]["postgresql"]["user"] = "able_reader"
    # It is the owner of the schema who may create it, not this reader.
    assert _answer(observe(tmp_path, described)) == _MET
