"""Databases on which a server exits although their schemas are right: the server and the agent must agree.

The agent's user may read `schema_version`, and nothing else. No server answers it, as in a crash loop.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, Protocol

import pytest
from psycopg import sql

from agent.model.vocabulary import STORE_ROLES, Check, Reason, Role, Verdict
from agent.verdict import Judgement
from tests.building import check

from .servers.postgres import PostgresServer, PostgresStandby
from .servers.postgres_build import postgres_15_home
from .servers.process import free_port
from .servers.requirement import require
from .servers.stores import Stores, create_own_stores
from .servers.temporal import try_start
from .servers.temporal_build import TemporalBinaries
from .starting import judge_start

PLUGINS = {"1.31.2": "postgres12", "1.24.2": "postgres12"}
FULL_PLUGINS = {"1.23.1": "postgres12", "1.20.4": "postgres", "1.8.2": "postgres"}
some_releases = pytest.mark.parametrize(
    "release", [*PLUGINS, *(pytest.param(release, marks=pytest.mark.full) for release in FULL_PLUGINS)]
)

_READER, _PASSWORD = "agent", "reader"
_SECOND = Role.SECONDARY_VISIBILITY


@dataclass(frozen=True)
class Cluster:
    """Stores at a release's own schemas; `second`: database and port of a secondary visibility store."""

    binaries: TemporalBinaries
    stores: Stores
    second: dict[str, Any] = field(default_factory=dict)

    def datastores(self) -> dict[str, Any]:
        """The stores as the server's configuration has them."""
        datastores = self.stores.datastores()
        if not self.second:
            return datastores
        first = datastores["visibility"]["sql"]
        own = {"databaseName": self.second["database"], "connectAddr": f"127.0.0.1:{self.second['port']}"}
        return {**datastores, "secondary_visibility": {"sql": first | own}}

    def judge(self) -> Judgement:
        """What the agent says now."""
        postgres = self.stores.postgres
        store = {"kind": "postgresql", "host": postgres.host, "port": postgres.port, "user": _READER}
        store |= {"password": _PASSWORD, "plugin": self.stores.plugin}
        names = dict(zip(STORE_ROLES, (self.stores.default, self.stores.visibility), strict=True))
        stores = {role: {**store, "database": name} for role, name in names.items()}
        if self.second:
            stores[_SECOND] = {**store, **self.second}
        return judge_start(self.binaries.version, stores)

    def starts(self) -> bool:
        """Whether the real server starts now; what an earlier one left behind would make it wait."""
        with self.stores.postgres.connect(self.stores.default) as connection:
            connection.execute("SET default_transaction_read_only = off")
            connection.execute("DELETE FROM cluster_membership")
        return try_start(self.binaries, self)[0]


class ClusterFactory(Protocol):
    """Stores of this release, the same ones whoever asks."""

    def __call__(self, release: str) -> Cluster: ...


@pytest.fixture(scope="module")
def cluster(temporal: Callable[[str], TemporalBinaries]) -> Iterator[ClusterFactory]:
    with PostgresServer(require(postgres_15_home), "15", plain=True) as postgres:
        postgres.create_reader(_READER, _PASSWORD, ())

        @cache
        def make(release: str) -> Cluster:
            name, plugin = f"own_{release.replace('.', '_')}", (PLUGINS | FULL_PLUGINS)[release]
            stores = create_own_stores(postgres, temporal(release), name, plugin)
            for database in (stores.default, stores.visibility):
                _grant(postgres, database)
            found = Cluster(temporal(release), stores)
            assert found.starts()
            assert found.judge().start.would_start is True
            return found

        yield make


def _grant(postgres: PostgresServer, database: str) -> None:
    grant = sql.SQL("GRANT SELECT ON schema_version TO {}").format(sql.Identifier(_READER))
    postgres.sql(grant, database=database)


@contextmanager
def read_only(postgres: PostgresServer, whose: str, database: str) -> Iterator[None]:
    """Sessions are read-only: for the database, for the server's role, or for this role there."""
    role, name = sql.Identifier(postgres.user), sql.Identifier(database)
    altered = {
        "database": sql.SQL("ALTER DATABASE {}").format(name),
        "role": sql.SQL("ALTER ROLE {}").format(role),
        "role in database": sql.SQL("ALTER ROLE {} IN DATABASE {}").format(role, name),
        "server": sql.SQL("ALTER SYSTEM"),
    }[whose]
    setting = sql.SQL(" SET default_transaction_read_only = on")
    postgres.sql(sql.Composed([altered, setting]))
    postgres.sql("SELECT pg_reload_conf()")
    try:
        yield
    finally:
        with postgres.connect() as connection:
            connection.execute("SET default_transaction_read_only = off")
            connection.execute(sql.Composed([altered, sql.SQL(" RESET default_transaction_read_only")]))
        postgres.sql("SELECT pg_reload_conf()")


@some_releases
@pytest.mark.parametrize("whose", ["database", "role", "role in database", "server"])
def test_a_server_exits_where_its_sessions_on_persistence_are_read_only(
    cluster: ClusterFactory, release: str, whose: str
) -> None:
    own = cluster(release)
    with read_only(own.stores.postgres, whose, own.stores.default):
        judgement = own.judge()
        assert not own.starts()
    able = check(judgement, Role.PERSISTENCE, Check.PREREQUISITES)
    assert (able.verdict, able.reason) == (Verdict.UNSUPPORTED, Reason.READ_ONLY)
    assert judgement.start.would_start is False
    assert own.judge().start.would_start is True


@some_releases
def test_a_server_starts_where_its_sessions_on_visibility_are_read_only(
    cluster: ClusterFactory, release: str
) -> None:
    own = cluster(release)
    with read_only(own.stores.postgres, "database", own.stores.visibility):
        judgement = own.judge()
        assert own.starts()
    able = check(judgement, Role.VISIBILITY, Check.PREREQUISITES)
    assert (able.verdict, able.reason) == (Verdict.UNSUPPORTED, Reason.READ_ONLY)
    assert judgement.start.would_start is True


def test_a_setting_of_another_role_does_not_concern_the_server(cluster: ClusterFactory) -> None:
    own = cluster("1.31.2")
    postgres = own.stores.postgres
    postgres.sql("ALTER ROLE agent SET default_transaction_read_only = on")
    try:
        assert own.judge().start.would_start is True
    finally:
        postgres.sql("ALTER ROLE agent RESET default_transaction_read_only")


@some_releases
def test_a_server_exits_on_a_hot_standby(cluster: ClusterFactory, release: str) -> None:
    own = cluster(release)
    with PostgresStandby(own.stores.postgres) as standby:
        there = replace(own, stores=replace(own.stores, postgres=standby))
        judgement = there.judge()
        assert not try_start(there.binaries, there)[0]
    able = check(judgement, Role.PERSISTENCE, Check.PREREQUISITES)
    assert (able.verdict, able.reason) == (Verdict.UNSUPPORTED, Reason.READ_ONLY)
    assert "standby" in able.message
    assert judgement.start.would_start is False


@some_releases
@pytest.mark.parametrize("role", STORE_ROLES)
def test_a_server_exits_without_its_database(cluster: ClusterFactory, release: str, role: Role) -> None:
    own = cluster(release)
    stores = own.stores
    is_default = role is Role.PERSISTENCE
    stores = replace(stores, default="nowhere") if is_default else replace(stores, visibility="nowhere")
    without = replace(own, stores=stores)
    judgement = without.judge()
    assert judgement.start.would_start is False
    assert check(judgement, role, Check.SCHEMA).reason is Reason.DATABASE_MISSING
    assert not try_start(without.binaries, without)[0]


@pytest.mark.parametrize(
    ("release", "connects"),
    [("1.31.2", False), ("1.24.2", True), pytest.param("1.23.1", True, marks=pytest.mark.full)],
)
def test_a_secondary_visibility_store_stops_only_the_releases_that_connect_to_it(
    cluster: ClusterFactory, release: str, connects: bool
) -> None:
    own = cluster(release)
    postgres = own.stores.postgres
    name = f"second_{release.replace('.', '_')}"
    postgres.create_database(name)
    empty = replace(own, second={"database": name, "port": postgres.port})
    missing = replace(own, second={"database": "nowhere", "port": postgres.port})
    down = replace(own, second={"database": name, "port": free_port()})
    # It has no schema at all, which nobody compares.
    for second, starts, says in ((empty, True, True), (missing, not connects, not connects)):
        assert second.judge().start.would_start is says
        assert second.starts() is starts
    assert down.judge().start.would_start is (None if connects else True)
    assert down.starts() is not connects
