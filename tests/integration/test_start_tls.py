"""Stores that demand TLS: a server without TLS in its own file exits, and the agent says so before.

The agent itself has no `tls` for them and encrypts where the store offers it.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from agent.config import PostgreSql, load_config
from agent.model.vocabulary import Check, Reason, Role
from agent.polling.one_shot import Assumption, probe_once
from agent.probes import open_probe
from tests.building import MATRIX, check

from .servers.certificates import Authority
from .servers.mysql import MySqlServer
from .servers.mysql_build import mysql_home
from .servers.mysql_stores import create_mysql_stores
from .servers.pgbouncer import PgBouncer, pgbouncer_home
from .servers.postgres import PostgresServer
from .servers.postgres_build import postgres_15_home
from .servers.requirement import require
from .servers.stores import AnyStores, create_own_stores
from .servers.temporal import try_start
from .servers.temporal_build import TemporalBinaries
from .test_plan_commands import Temporal
from .test_plan_tls import SecuredStores

pytestmark = pytest.mark.full

_RELEASE = "1.31.2"


def _says(folder: Path, stores: AnyStores) -> tuple[bool | None, set[Reason]]:
    """Whether the server would start, and the reasons of the prerequisites, by its own file."""
    described = {
        "clusterMetadata": {"currentClusterName": "active"},
        "persistence": {
            "defaultStore": "default",
            "visibilityStore": "visibility",
            "datastores": stores.datastores(),
        },
        "services": {"frontend": {"rpc": {"grpcPort": 1}}},
    }
    (folder / "temporal.yaml").write_text(yaml.safe_dump(described))
    (folder / "agent.yaml").write_text("server_config: temporal.yaml\n")
    (snapshot,) = probe_once(load_config(folder / "agent.yaml"), MATRIX, Assumption(_RELEASE))
    results = [
        check(snapshot.judgement, role, Check.PREREQUISITES)
        for role in (Role.PERSISTENCE, Role.VISIBILITY)
        if (role, Check.PREREQUISITES) in {(each.role, each.check) for each in snapshot.judgement.results}
    ]
    return snapshot.judgement.start.would_start, {result.reason for result in results}


def _agree(folder: Path, binaries: TemporalBinaries, stores: AnyStores, *, demanded: bool) -> None:
    """Agent and server agree on a file without TLS and on one with it."""
    for tls, starts in (({}, not demanded), ({"enabled": True}, True)):
        secured = SecuredStores(stores, "sql", tls)
        would_start, reasons = _says(folder, secured)
        assert would_start is starts, tls
        assert (Reason.TLS_DEMANDED in reasons) is not starts, tls
        assert try_start(binaries, secured)[0] is starts, tls


def test_mysql(tmp_path: Path, authority: Authority, temporal: Temporal) -> None:
    binaries, home = temporal(_RELEASE), require(lambda: mysql_home("8.0.33"))
    with MySqlServer(home, tls=(authority.issue("start_mysql"), authority.ca)) as server:
        stores = create_mysql_stores(server, binaries.sql_tool, "starts")
        _agree(tmp_path, binaries, stores, demanded=False)
        server.sql("SET GLOBAL require_secure_transport = ON")
        _agree(tmp_path, binaries, stores, demanded=True)


def test_postgresql(tmp_path: Path, authority: Authority, temporal: Temporal) -> None:
    binaries, certificate = temporal(_RELEASE), authority.issue("start_postgresql")
    with PostgresServer(require(postgres_15_home), "15", plain=True, tls=certificate) as server:
        stores = create_own_stores(server, binaries, "starts")
        _agree(tmp_path, binaries, stores, demanded=False)
        ((path,),) = server.sql("SHOW hba_file")
        Path(path).write_text("hostssl all all 127.0.0.1/32 scram-sha-256\n")
        server.sql("SELECT pg_reload_conf()")
        _agree(tmp_path, binaries, stores, demanded=True)


@pytest.mark.parametrize("mode", ["require", "allow"])
def test_pgbouncer(
    mode: str, authority: Authority, plain_postgres15: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = plain_postgres15
    monkeypatch.setenv("TEMPORAL_STORE_PASSWORD", server.password)
    certificate = authority.issue("pooler")
    with PgBouncer(require(pgbouncer_home), server, tls=(mode, certificate)) as pooler:
        settings = PostgreSql(
            host=pooler.host,
            port=pooler.port,
            database="postgres",
            user=server.user,
            password="${TEMPORAL_STORE_PASSWORD}",
        )
        probe = open_probe("postgresql", settings, "tls_demand")
        try:
            assert probe.read(10).demands_tls is (mode == "require")
        finally:
            probe.close()
