"""Every major of PostgreSQL that can be had here: read, judged as documented, and true to the schema tool.

And what no server of a plain test has: TLS, odd rows, what marks a relative.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, LiteralString

import pytest

from agent.model.observation import Facts, Failure
from agent.model.vocabulary import Check, Reason, Role, Verdict
from agent.snapshot import Snapshot

from .agents import cluster, every_endpoint, observe, one_cycle, result
from .factories import PostgresFactory, StoresFactory
from .servers.certificates import Authority
from .servers.commands import CommandError
from .servers.pgbouncer import PgBouncer, pgbouncer_home
from .servers.postgres import PostgresServer
from .servers.postgres_build import postgres_15_home
from .servers.process import free_port
from .servers.requirement import require
from .servers.start_tables import create_start_tables
from .servers.stores import Stores, create_version_tables, set_schema_version, update_schema
from .servers.temporal import TemporalServer
from .servers.temporal_build import TemporalBinaries

Answer = tuple[Verdict, Reason]

_SUPPORTED = (Verdict.SUPPORTED, Reason.DOCUMENTED)
_TOO_OLD = (Verdict.UNSUPPORTED, Reason.BELOW_MINIMUM)
_TRIED = (Verdict.UNTESTED, Reason.TRIED)


@dataclass(frozen=True)
class _Documented:
    """What the documentation of its time makes of a major for Temporal 1.31.2.

    Persistence, published 2025-07-03 and still there in 2026: "13.18, 14.15, 15.10, 16.6"
    (temporalio/documentation: docs/encyclopedia/temporal-service/persistence.mdx at 1825944e919a). Older than
    the oldest of these is below the minimum, newer than the newest is untested;
    docs/evidence.md has a trial of 17.2.
    Visibility: "PostgreSQL v12 and later" from Temporal 1.20 on (temporalio/documentation:
    docs-src/concepts/what-is-persistence.md at 570750fd8d19); an open range holds for majors that were out
    before the release, and 17 was, since 2024-09-26 (https://www.postgresql.org/support/versioning/).

    `extension`: what may become of btree_gin before it is there, for an owner who is no superuser. It is a
    trusted extension since 13 (https://www.postgresql.org/docs/13/release-13.html).
    """

    persistence: Answer
    visibility: Answer
    extension: str


_EXPECTED = {
    "17.2": _Documented(_TRIED, _SUPPORTED, "creatable"),
    "16.4": _Documented(_SUPPORTED, _SUPPORTED, "creatable"),
    "14.13": _Documented(_SUPPORTED, _SUPPORTED, "creatable"),
    "13.16": _Documented(_SUPPORTED, _SUPPORTED, "creatable"),
    "12.20": _Documented(_TOO_OLD, _SUPPORTED, "not_creatable"),
    "10.23": _Documented(_TOO_OLD, _TOO_OLD, "not_creatable"),
    "9.6.24": _Documented(_TOO_OLD, _TOO_OLD, "not_creatable"),
}
_PERSISTENCE_PAGE = "docs/encyclopedia/temporal-service/persistence.mdx@1825944e919a"
_VISIBILITY_PAGE = "docs-src/concepts/what-is-persistence.md@570750fd8d19"

#: Temporal's schema for PostgreSQL 12 and later has generated columns, which older ones lack.
_WITH_SCHEMA = ("17.2", "16.4", "14.13", "13.16", "12.20")

_MET = (Verdict.SUPPORTED, Reason.PREREQUISITES_MET)
_MISSING = (Verdict.UNSUPPORTED, Reason.EXTENSION_MISSING)
_ALLOWED = {"creatable": _MET, "not_creatable": _MISSING}


def _one_a_day(versions: tuple[str, ...]) -> list[object]:
    """The first of these every day, the others with all tests."""
    return [versions[0], *(pytest.param(version, marks=pytest.mark.full) for version in versions[1:])]


@pytest.fixture(autouse=True)
def _password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEMPORAL_STORE_PASSWORD", PostgresServer.password)


def _facts(snapshot: Snapshot, role: Role) -> Facts:
    facts = next(o.facts for o in snapshot.observations if o.target.role is role)
    assert facts is not None
    return facts


def _answer(snapshot: Snapshot, role: Role, check: Check) -> Answer:
    found = result(snapshot, role, check)
    return found.verdict, found.reason


def _version_tables(postgres: PostgresServer, tool: Path, name: str) -> Stores:
    """Databases that only say which schema they have, and that it is the one 1.31.2 needs."""
    stores = Stores(postgres, name, f"{name}_visibility")
    for database, version in ((stores.default, "1.19"), (stores.visibility, "1.14")):
        postgres.create_database(database)
        create_version_tables(postgres, tool, database)
        set_schema_version(postgres, database, version)
    create_start_tables(lambda statement: postgres.sql(statement, database=stores.default))
    return stores


@pytest.mark.parametrize("postgres_version", _one_a_day(tuple(_EXPECTED)))
def test_each_major_is_read_and_judged_as_it_is_documented(
    tmp_path: Path,
    postgres: PostgresFactory,
    temporal: Callable[[str], TemporalBinaries],
    temporal_server: TemporalServer,
    postgres_version: str,
) -> None:
    server, expected = postgres(postgres_version), _EXPECTED[postgres_version]
    stores = _version_tables(server, temporal("1.31.2").sql_tool, "told")
    with one_cycle(tmp_path, cluster(stores, {"frontend": temporal_server.grpc_address})) as cycle:
        # The second asks in two messages, the third in one, the fourth finds the same bytes in the answer.
        rounds = [snapshot := cycle.round()]
        rounds += [cycle.round(snapshot) for _ in range(3)]
        set_schema_version(server, stores.default, "1.18")
        changed = cycle.round(rounds[-1])
        probes: list[Any] = [runner._probe for runner in cycle._runners if runner.spec.kind == "postgresql"]
        assert [probe._answers_all for probe in probes] == [True, True]
    for later in rounds[1:]:
        assert [o.facts for o in later.observations] == [o.facts for o in snapshot.observations]
    changed_schema = _facts(changed, Role.PERSISTENCE).schema
    assert changed_schema is not None
    assert changed_schema.version == "1.18"
    ((own_version,),) = server.sql("SHOW server_version")
    for role, schema in ((Role.PERSISTENCE, "1.19"), (Role.VISIBILITY, "1.14")):
        facts = _facts(snapshot, role)
        assert [node.version for node in facts.nodes] == [own_version]
        assert own_version.startswith(postgres_version)
        assert facts.flavor == ""
        assert facts.gaps == ()
        assert facts.schema is not None
        assert facts.schema.version == schema
        assert _answer(snapshot, role, Check.SCHEMA) == (Verdict.SUPPORTED, Reason.SCHEMA_CURRENT)
    assert _answer(snapshot, Role.PERSISTENCE, Check.VERSION) == expected.persistence
    assert _answer(snapshot, Role.VISIBILITY, Check.VERSION) == expected.visibility
    # The persistence store needs no extension, so it is not asked for it.
    assert "btree_gin" not in _facts(snapshot, Role.PERSISTENCE).settings
    assert _facts(snapshot, Role.VISIBILITY).settings["btree_gin"] == expected.extension
    assert _PERSISTENCE_PAGE in result(snapshot, Role.PERSISTENCE, Check.VERSION).source
    assert _VISIBILITY_PAGE in result(snapshot, Role.VISIBILITY, Check.VERSION).source


@pytest.mark.parametrize("postgres_version", _one_a_day(_WITH_SCHEMA))
def test_the_schema_tool_and_the_server_do_on_each_major_what_the_agent_says(
    tmp_path: Path,
    postgres: PostgresFactory,
    temporal: Callable[[str], TemporalBinaries],
    temporal_server: TemporalServer,
    postgres_version: str,
) -> None:
    """The tool sets up both stores, after the superuser has made the extension where only he may."""
    server, expected, binaries = postgres(postgres_version), _EXPECTED[postgres_version], temporal("1.31.2")
    stores = Stores(server, "real", "real_visibility")
    for database in (stores.default, stores.visibility):
        server.create_database(database)
        create_version_tables(server, binaries.sql_tool, database)
    update_schema(server, binaries.sql_tool, stores.default, "temporal")

    before = observe(tmp_path, cluster(stores, {"frontend": temporal_server.grpc_address}))
    allowed = _answer(before, Role.VISIBILITY, Check.PREREQUISITES)
    assert allowed == _ALLOWED[expected.extension]
    if allowed == _MISSING:
        with pytest.raises(CommandError, match="permission denied to create extension"):
            update_schema(server, binaries.sql_tool, stores.visibility, "visibility")
        server.sql("CREATE EXTENSION btree_gin", database=stores.visibility)
    update_schema(server, binaries.sql_tool, stores.visibility, "visibility")

    with TemporalServer(binaries, stores) as running:
        snapshot = observe(tmp_path, cluster(stores, every_endpoint(running)))
    judgement = snapshot.judgement
    assert _facts(snapshot, Role.VISIBILITY).settings["btree_gin"] == "installed"
    assert judgement.start.would_start is True
    red = {(r.role, r.check) for r in judgement.results if r.verdict is not Verdict.SUPPORTED}
    assert red == (set() if expected.persistence == _SUPPORTED else {(Role.PERSISTENCE, Check.VERSION)})
    assert judgement.verdict is expected.persistence[0]


def _alone(postgres: PostgresServer, database: str, **settings: Any) -> dict[str, Any]:
    """A store beside a frontend that is not there: only what the store says is looked at."""
    store = {
        "host": postgres.host,
        "port": postgres.port,
        "database": database,
        "user": postgres.user,
        "password": "${TEMPORAL_STORE_PASSWORD}",
        **settings,
    }
    frontend = {"frontend": f"127.0.0.1:{free_port()}"}
    return {"name": "alone", "temporal": frontend, "persistence": {"postgresql": store}}


def _observed(folder: Path, described: dict[str, Any]) -> Facts | Failure:
    snapshot = observe(folder, described)
    store = next(o for o in snapshot.observations if o.target.role is Role.PERSISTENCE)
    found = store.failure or store.facts
    assert found is not None
    return found


def test_tls_verifies_by_the_authority_and_by_the_name(tmp_path: Path, authority: Authority) -> None:
    own = authority.issue("postgres", dns="postgres.internal")
    tls = {"ca_file": str(authority.ca)}
    with PostgresServer(require(postgres_15_home), "15", tls=own) as server:
        server.create_database("temporal")
        for settings, is_read in (
            ({"tls": tls}, True),
            ({"tls": {**tls, "server_name": "postgres.internal"}}, True),
            ({"tls": {**tls, "server_name": "another.internal"}}, False),
            ({"tls": {}}, False),
            ({"tls": {"verify": False}}, True),
            ({"tls": {"verify": False, "ca_file": str(authority.ca)}}, True),
            ({}, True),
        ):
            found = _observed(tmp_path, _alone(server, "temporal", **settings))
            if is_read:
                assert isinstance(found, Facts), found
            else:
                assert isinstance(found, Failure)
                assert found.reason is Reason.TLS_FAILED, found


def test_a_server_without_tls_is_a_failure_also_where_nothing_is_verified(
    tmp_path: Path, postgres15: PostgresServer
) -> None:
    postgres15.create_database("without_tls")
    found = _observed(tmp_path, _alone(postgres15, "without_tls", tls={"verify": False}))
    assert isinstance(found, Failure)
    assert found.reason is Reason.TLS_FAILED
    assert "offers no TLS" in found.text


@pytest.mark.parametrize(
    ("value", "version"),
    [("NULL", ""), ("repeat('1', 100000000)", "1" * 256), ("''", "")],
    ids=["null", "100 MB", "empty"],
)
def test_a_text_that_is_not_a_version_is_reported_as_it_is_up_to_one_line(
    tmp_path: Path, postgres15: PostgresServer, value: LiteralString, version: str
) -> None:
    name = f"odd_{len(value)}"
    postgres15.create_database(name)
    columns = f"0 AS version_partition, current_database()::text AS db_name, ({value})::text AS curr_version"
    postgres15.sql(f"CREATE TABLE schema_version AS SELECT {columns}", database=name)
    postgres15.sql("GRANT SELECT ON schema_version TO temporal", database=name)
    found = _observed(tmp_path, _alone(postgres15, name))
    assert isinstance(found, Facts), found
    assert found.schema is not None
    assert found.schema.version == version


def test_a_database_with_the_function_of_aurora_is_taken_for_aurora(
    tmp_path: Path, postgres15: PostgresServer
) -> None:
    """Aurora can't be had here; its own documentation names the function and shows what it returns."""
    postgres15.create_database("aurora")
    postgres15.sql(
        "CREATE FUNCTION aurora_version() RETURNS text LANGUAGE sql AS $$ SELECT '15.4.2' $$",
        database="aurora",
    )
    found = _observed(tmp_path, _alone(postgres15, "aurora"))
    assert isinstance(found, Facts), found
    assert found.flavor == "aurora-postgresql"


@pytest.mark.full
def test_a_pooler_that_gives_each_transaction_any_connection_is_read_through_and_nothing_stays_behind(
    tmp_path: Path, make_stores: StoresFactory, temporal_server: TemporalServer
) -> None:
    stores = make_stores()
    with PgBouncer(require(pgbouncer_home), stores.postgres) as pooler:
        described = cluster(stores, {"frontend": temporal_server.grpc_address})
        for role in ("persistence", "visibility"):
            described[role]["postgresql"]["port"] = pooler.port
        with one_cycle(tmp_path, described) as cycle:
            for _ in range(5):
                snapshot = cycle.round()
                assert snapshot.judgement.verdict is Verdict.SUPPORTED, snapshot.judgement.findings
            # The one connection of the database, whose last transaction was the probe's.
            with pooler.connect(stores.default) as other:
                left = other.execute(
                    "SELECT current_setting('statement_timeout'), current_setting('transaction_read_only'),"
                    " (SELECT count(*) FROM pg_prepared_statements)"
                ).fetchone()
    assert left == ("0", "off", 0)


def test_each_round_reads_what_has_changed_since_the_last_one(
    tmp_path: Path, make_stores: StoresFactory, temporal_server: TemporalServer
) -> None:
    stores = make_stores()
    database, user = stores.default, stores.postgres.user
    changes = {
        "older": "UPDATE schema_version SET curr_version = '1.18'",
        "newer": "UPDATE schema_version SET curr_version = '1.19'",
        "a table less": "ALTER TABLE cluster_metadata_info RENAME TO renamed",
        "the table": "ALTER TABLE renamed RENAME TO cluster_metadata_info",
        "another row": "UPDATE schema_version SET db_name = 'other'",
        "its own row": f"UPDATE schema_version SET db_name = '{database}'",
        "no right": f"REVOKE SELECT ON schema_version FROM {user}",
        "the right": f"GRANT SELECT ON schema_version TO {user}",
        "no rows": "ALTER TABLE schema_version RENAME TO renamed",
        "the rows": "ALTER TABLE renamed RENAME TO schema_version",
        "a lost connection": "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE application_name = 'temporal-compat-agent'",
    }
    found = {}
    with one_cycle(tmp_path, cluster(stores, {"frontend": temporal_server.grpc_address})) as cycle:
        snapshot = cycle.round(cycle.round())
        for name, statement in changes.items():
            stores.postgres.sql(statement, database=database)
            snapshot = cycle.round(snapshot)
            facts = _facts(snapshot, Role.PERSISTENCE)
            assert facts.schema is not None
            reason = facts.schema.problem.reason if facts.schema.problem else ""
            found[name] = (
                facts.schema.version,
                reason,
                facts.tables and "cluster_metadata_info" in facts.tables,
            )
    well = ("1.19", "", True)
    assert found == {
        "older": ("1.18", "", True),
        "newer": well,
        "a table less": ("1.19", "", False),
        "the table": well,
        "another row": (None, Reason.SCHEMA_ROW_MISSING, None),
        "its own row": well,
        "no right": (None, Reason.PERMISSION_DENIED, None),
        "the right": well,
        "no rows": (None, Reason.SCHEMA_TABLE_MISSING, None),
        "the rows": well,
        "a lost connection": well,
    }
