"""Tables outside of `public`: the agent reads the row that the server's own role reads, or says why not."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from agent.model.observation import Facts, SchemaRow
from agent.model.vocabulary import Reason, Role

from .agents import observe
from .servers.postgres import PostgresServer
from .servers.process import free_port

_TABLE = (
    "CREATE TABLE {schema}.schema_version"
    " (version_partition INT, db_name VARCHAR(255), curr_version VARCHAR(64))"
)
_PASSWORD = "reader"


@dataclass(frozen=True)
class _Case:
    """Schemas with the version in each, the owner of each, and what sets the path of the role `temporal`.

    `attribute`: the path of the server's connections, which only its own file shows. `version`: what the
    agent must read; empty: it must say that it does not know.
    """

    name: str
    tables: dict[str, str]
    version: str
    setting: str = ""
    attribute: str = ""
    foreign: tuple[str, ...] = ()


_CASES = (
    _Case("public", {"public": "1.19"}, "1.19"),
    _Case("role", {"tables": "1.18"}, "1.18", "ALTER ROLE temporal SET search_path = tables"),
    _Case(
        "role_in_database",
        {"Tables one": "1.18", "public": "1.3"},
        "1.18",
        'ALTER ROLE temporal IN DATABASE {database} SET search_path = "Tables one", public',
    ),
    _Case(
        "database",
        {"tables": "1.18", "public": "1.3"},
        "1.18",
        "ALTER DATABASE {database} SET search_path = tables",
    ),
    # Nothing leads to the other schema.
    _Case("left_over", {"public": "1.19", "old": "1.3"}, "1.19"),
    _Case("own_name", {"temporal": "1.18", "public": "1.3"}, "1.18"),
    # A connection may set a path that the catalogue does not show.
    _Case("alone", {"hidden": "1.18"}, "1.18", attribute="hidden"),
    _Case("attribute", {"one": "1.18", "two": "1.3"}, "1.18", attribute="one"),
    _Case("two", {"one": "1.18", "two": "1.3"}, ""),
    # Another role reads its own table: which of them the server is, nobody says.
    _Case(
        "two_owners",
        {"tables": "1.18", "public": "1.3"},
        "",
        "ALTER ROLE temporal IN DATABASE {database} SET search_path = tables",
        foreign=("public",),
    ),
)


def test_the_row_is_that_of_the_servers_own_role_or_not_known(
    tmp_path: Path, own_postgres15: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGENT_PASSWORD", _PASSWORD)
    own_postgres15.sql(f"CREATE ROLE agent LOGIN PASSWORD '{_PASSWORD}'")
    for case in _CASES:
        _prepare(own_postgres15, case)
        row = _read(tmp_path, own_postgres15, case.name, case.attribute if case.name == "attribute" else "")
        if case.version:
            assert row.version == case.version, (case.name, row)
            assert row.version == _of_the_server(own_postgres15, case), case.name
        else:
            assert row.version is None, case.name
            assert row.problem is not None
            assert row.problem.reason is Reason.SCHEMA_ROWS_DIFFER
            assert "search_path" in row.problem.text
        own_postgres15.sql("ALTER ROLE temporal RESET ALL")


def test_a_schema_that_the_agent_may_not_use_is_a_missing_right_and_no_other_row(
    tmp_path: Path, own_postgres15: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGENT_PASSWORD", _PASSWORD)
    own_postgres15.sql(f"CREATE ROLE agent LOGIN PASSWORD '{_PASSWORD}'")
    case = _Case("closed", {"tables": "1.18"}, "1.18")
    _prepare(own_postgres15, case)
    own_postgres15.sql("REVOKE USAGE ON SCHEMA tables FROM agent", database=case.name)
    row = _read(tmp_path, own_postgres15, case.name, "")
    assert row.problem is not None
    assert row.problem.reason is Reason.PERMISSION_DENIED
    assert "tables" in row.problem.text


def _prepare(postgres: PostgresServer, case: _Case) -> None:
    postgres.create_database(case.name)
    for schema, version in case.tables.items():
        name = sql.Identifier(schema)
        owner = sql.Identifier(postgres.superuser if schema in case.foreign else postgres.user)
        for statement in (
            "CREATE SCHEMA IF NOT EXISTS {schema}",
            "GRANT USAGE ON SCHEMA {schema} TO agent, temporal",
            _TABLE,
            "ALTER TABLE {schema}.schema_version OWNER TO {owner}",
            "INSERT INTO {schema}.schema_version VALUES (0, {database}, {version})",
            "GRANT SELECT ON {schema}.schema_version TO agent",
        ):
            composed = sql.SQL(statement).format(
                schema=name, owner=owner, database=sql.Literal(case.name), version=sql.Literal(version)
            )
            postgres.sql(composed, database=case.name)
    if case.setting:
        postgres.sql(sql.SQL(case.setting).format(database=sql.Identifier(case.name)))


def _read(folder: Path, postgres: PostgresServer, database: str, search_path: str) -> SchemaRow:
    where: dict[str, Any] = {"host": postgres.host, "port": postgres.port, "database": database}
    where |= {"user": "agent", "password": "${AGENT_PASSWORD}", "inspect_schema": True}
    if search_path:
        where["search_path"] = search_path
    described = {
        "name": "alone",
        "temporal": {"frontend": f"127.0.0.1:{free_port()}"},
        "persistence": {"postgresql": where},
    }
    snapshot = observe(folder, described)
    store = next(o for o in snapshot.observations if o.target.role is Role.PERSISTENCE)
    assert isinstance(store.facts, Facts), store.failure
    assert store.facts.schema is not None
    return store.facts.schema


def _of_the_server(postgres: PostgresServer, case: _Case) -> str:
    """What a connection of the server's role reads without the name of a schema."""
    options = f"-c search_path={case.attribute}" if case.attribute else ""
    with psycopg.connect(
        host=postgres.host,
        port=postgres.port,
        dbname=case.name,
        user=postgres.user,
        password=postgres.password,
        options=options,
    ) as connection:
        row = connection.execute("SELECT curr_version FROM schema_version").fetchone()
    assert row is not None
    return str(row[0])
