"""`config check FILE --probe` on real servers: what works, and which right is missing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from psycopg import sql

from tests.commands import command

from .agents import cluster, every_endpoint, write_config
from .servers.postgres import PostgresServer
from .servers.stores import schema_version
from .servers.temporal import TemporalServer

_READER, _PASSWORD = "setup_reader", "of the reader"


@pytest.fixture
def reader(
    temporal_server: TemporalServer, postgres15: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """A role that may read `schema_version` of the first store alone."""
    stores = temporal_server.stores
    monkeypatch.setenv("READER_PASSWORD", _PASSWORD)
    postgres15.create_reader(_READER, _PASSWORD, [stores.default])
    try:
        yield
    finally:
        role = sql.Identifier(_READER)
        for database in (stores.default, stores.visibility):
            postgres15.sql(sql.SQL("DROP OWNED BY {}").format(role), database=database)
        postgres15.sql(sql.SQL("DROP ROLE {}").format(role))


def _described(server: TemporalServer) -> dict[str, Any]:
    described = cluster(server.stores, every_endpoint(server))
    for role in ("persistence", "visibility"):
        described[role]["postgresql"] |= {"user": _READER, "password": "${READER_PASSWORD}"}
    return described


def _lines(folder: Path, server: TemporalServer) -> tuple[int, list[str]]:
    file = write_config(folder, [_described(server)])
    done = command("config", "check", str(file), "--probe")
    return done.exit_code, [line.strip() for line in done.stdout.splitlines()]


@pytest.mark.usefixtures("reader")
def test_a_role_without_select_is_reported_with_its_grant_and_the_grant_is_enough(
    tmp_path: Path, temporal_server: TemporalServer, postgres15: PostgresServer
) -> None:
    database = temporal_server.stores.visibility
    code, lines = _lines(tmp_path, temporal_server)
    assert code == 3
    version = postgres15.sql("SHOW server_version")[0][0]
    (partly,) = [number for number, line in enumerate(lines) if line.startswith("partial")]
    assert lines[partly].split(maxsplit=3) == ["partial", "visibility", "sql", f"postgresql {version}"]
    assert lines[partly + 1].startswith("permission_denied: ")
    assert "SELECT" in lines[partly + 1]
    assert database in lines[partly + 1]
    assert lines[partly + 2].startswith("→ GRANT SELECT ON schema_version to the agent's role")
    assert [line.split()[0] for line in lines[2 : partly - 1]] == ["ok"] * (partly - 3)

    grant = sql.SQL("GRANT SELECT ON schema_version TO {}").format(sql.Identifier(_READER))
    postgres15.sql(grant, database=database)
    code, lines = _lines(tmp_path, temporal_server)
    assert code == 0
    assert [line.split()[:3] for line in lines[2:]] == [
        ["ok", "server", "grpc"],
        ["ok", "server", "http"],
        ["ok", "server", "metrics"],
        ["ok", "persistence", "sql"],
        ["ok", "visibility", "sql"],
    ]
    schema = schema_version(postgres15, temporal_server.stores.default)
    assert lines[5].endswith(f"; schema {schema} (needed: {schema})")
