"""Tables that a start needs: one at a time is taken away, and the real server and the agent must agree.

The agent's user may read `schema_version`, and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Protocol

import pytest
from psycopg import sql

from agent.matrix.start_tables import tables_needed
from agent.model.vocabulary import STORE_ROLES, Check, Reason, Role
from agent.verdict import Judgement
from tests.building import MATRIX, check

from .servers.postgres import PostgresServer
from .servers.stores import Stores, create_own_stores, create_version_tables, schema_version
from .servers.temporal import try_start
from .servers.temporal_build import TemporalBinaries
from .starting import judge_start

#: Every release with its plugin; the rest of the releases runs in the full tier.
EVERY_DAY = {"1.31.2": "postgres12", "1.24.2": "postgres12"}
FULL = {"1.29.1": "postgres12", "1.23.1": "postgres12", "1.20.4": "postgres12"}
FULL_OLD = {"1.15.2": "postgres", "1.8.2": "postgres", "1.3.0": "postgres"}
ALL = {**EVERY_DAY, **FULL, **FULL_OLD}
_RELEASES = [pytest.param(name, marks=[] if name in EVERY_DAY else [pytest.mark.full]) for name in ALL]
every_release = pytest.mark.parametrize("release", _RELEASES)


@dataclass(frozen=True)
class Started:
    """Stores at a release's own schemas, on which it has started."""

    binaries: TemporalBinaries
    stores: Stores

    def database(self, role: Role) -> str:
        """The database of this role."""
        return self.stores.default if role is Role.PERSISTENCE else self.stores.visibility

    def judge(self) -> Judgement:
        """What the agent says now."""
        postgres = self.stores.postgres
        store = {"kind": "postgresql", "host": postgres.host, "port": postgres.port, "user": _READER}
        store |= {"password": _PASSWORD, "plugin": self.stores.plugin}
        stores = {role: {**store, "database": self.database(role)} for role in STORE_ROLES}
        return judge_start(self.binaries.version, stores)

    def starts(self) -> bool:
        """Whether the real server starts now."""
        return try_start(self.binaries, self.stores)[0]

    @contextmanager
    def without(self, role: Role, table: str) -> Iterator[None]:
        """This table has another name meanwhile."""
        postgres, name = self.stores.postgres, sql.Identifier(table)
        postgres.sql("DELETE FROM cluster_membership", database=self.stores.default)
        rename = sql.SQL("ALTER TABLE {} RENAME TO {}")
        taken = sql.Identifier("taken_away")
        postgres.sql(rename.format(name, taken), database=self.database(role))
        try:
            yield
        finally:
            postgres.sql(rename.format(taken, name), database=self.database(role))

    def tables(self, role: Role) -> list[str]:
        """All tables but those of the schema's version."""
        rows = self.stores.postgres.sql(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename NOT LIKE 'schema_%%'"
            " ORDER BY 1",
            database=self.database(role),
        )
        return [str(name) for (name,) in rows]


class StartedFactory(Protocol):
    """Stores of this release, the same ones whoever asks."""

    def __call__(self, release: str) -> Started: ...


_READER, _PASSWORD = "agent_of_starts", "reader"


@pytest.fixture(scope="module")
def started(plain_postgres15: PostgresServer, temporal: Callable[[str], TemporalBinaries]) -> StartedFactory:
    databases: list[str] = []

    @cache
    def make(release: str) -> Started:
        binaries, postgres = temporal(release), plain_postgres15
        stores = create_own_stores(postgres, binaries, f"starts_{release.replace('.', '_')}", ALL[release])
        if not databases:
            postgres.create_reader(_READER, _PASSWORD, ())
        for database in (stores.default, stores.visibility):
            databases.append(database)
            grant = sql.SQL("GRANT SELECT ON schema_version TO {}").format(sql.Identifier(_READER))
            postgres.sql(grant, database=database)
        found = Started(binaries, stores)
        assert found.starts()
        assert found.judge().start.would_start is True
        return found

    return make


@every_release
def test_without_a_table_that_the_agent_says_is_needed_the_server_exits(
    started: StartedFactory, release: str
) -> None:
    stores, wrong, stopped = started(release), [], []
    for table in stores.tables(Role.PERSISTENCE):
        with stores.without(Role.PERSISTENCE, table):
            judgement = stores.judge()
            if judgement.start.would_start is True:
                continue
            stopped.append(table)
            result = check(judgement, Role.PERSISTENCE, Check.SCHEMA)
            if result.reason is not Reason.SCHEMA_DIFFERS or table not in result.message:
                wrong.append(f"{table}: {result}")
            if stores.starts() or judgement.start.would_start is None:
                wrong.append(f"{table}: the server starts, or the agent says {judgement.start}")
    assert wrong == []
    named = MATRIX.releases.named(release)
    assert named is not None
    assert set(stopped) == tables_needed(MATRIX.start_tables, named, "postgresql", Role.PERSISTENCE)


@pytest.mark.full
@pytest.mark.parametrize("release", list(ALL))
def test_without_any_other_table_the_server_starts(started: StartedFactory, release: str) -> None:
    stores, wrong = started(release), []
    for role in STORE_ROLES:
        for table in stores.tables(role):
            with stores.without(role, table):
                if stores.judge().start.would_start is True and not stores.starts():
                    wrong.append(f"{role} {table}")
    assert wrong == []


@every_release
def test_without_the_table_of_visibility_records_the_server_starts(
    started: StartedFactory, release: str
) -> None:
    stores = started(release)
    with stores.without(Role.VISIBILITY, "executions_visibility"):
        assert stores.judge().start.would_start is True
        assert stores.starts()


@every_release
def test_a_schema_that_is_only_claimed_does_not_start(started: StartedFactory, release: str) -> None:
    stores = started(release)
    postgres, tool, plugin = stores.stores.postgres, stores.binaries.sql_tool, stores.stores.plugin
    name = f"claimed_{release.replace('.', '_')}"
    claimed = Started(stores.binaries, Stores(postgres, name, stores.stores.visibility, plugin))
    version = schema_version(postgres, stores.stores.default)
    postgres.create_database(name)
    create_version_tables(postgres, tool, name, version, plugin)
    grant = sql.SQL("GRANT SELECT ON schema_version TO {}").format(sql.Identifier(_READER))
    postgres.sql(grant, database=name)
    judgement = claimed.judge()
    assert judgement.start.would_start is False
    assert "Set the row to 0.0" in check(judgement, Role.PERSISTENCE, Check.SCHEMA).message
    assert not claimed.starts()
