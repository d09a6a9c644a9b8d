"""Databases of MySQL and MariaDB on which a server exits although their schemas are right.

The agent's user may read `schema_version`, and nothing else unless a test says so. No server answers it,
as in a crash loop.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest

from agent.model.vocabulary import STORE_ROLES, Check, Reason, Role, Verdict
from agent.verdict import Judgement, ServerFile
from tests.building import check

from .servers.mysql import MySqlServer
from .servers.mysql_build import mysql_home
from .servers.mysql_stores import (
    MySqlStores,
    create_mysql_stores,
    create_mysql_version_tables,
    update_mysql_schema,
)
from .servers.requirement import require
from .servers.temporal import try_start
from .servers.temporal_build import TemporalBinaries
from .starting import judge_start

_READER, _PASSWORD = "agent", "reader"
_ATTRIBUTES = {"tx_isolation": "'READ-COMMITTED'"}


@dataclass(frozen=True)
class Cluster:
    """Stores at the newest schemas of 1.31.2."""

    binaries: TemporalBinaries
    stores: MySqlStores

    def judge(self, *, with_file: bool = False) -> Judgement:
        """What the agent says now; `with_file`: it has read the server's own configuration."""
        mysqls = self.stores.mysql, self.stores.visibility_mysql or self.stores.mysql
        names = self.stores.default, self.stores.visibility
        store = {"kind": "mysql", "plugin": "mysql8", "user": _READER, "password": _PASSWORD}
        stores: dict[Role, dict[str, Any]] = {
            role: {**store, "host": mysql.host, "port": mysql.port, "database": name}
            for role, mysql, name in zip(STORE_ROLES, mysqls, names, strict=True)
        }
        attributes = {Role.PERSISTENCE: tuple(self.stores.attributes), Role.VISIBILITY: ()}
        file = ServerFile(connect_attributes=attributes) if with_file else None
        return judge_start("1.31.2", stores, file)

    def starts(self) -> bool:
        """Whether the real server starts now."""
        return try_start(self.binaries, self.stores)[0]


@pytest.fixture(scope="module")
def mysql() -> Iterator[MySqlServer]:
    """A MySQL 8.0.33 of our own, which writes a binary log."""
    settings = {"skip-log-bin": "OFF", "log-bin": "bin", "server-id": "1"}
    with MySqlServer(require(lambda: mysql_home("8.0.33")), settings=settings) as server:
        yield server


@pytest.fixture(scope="module")
def cluster(mysql: MySqlServer, temporal: Callable[[str], TemporalBinaries]) -> Cluster:
    binaries = temporal("1.31.2")
    stores = create_mysql_stores(mysql, binaries.sql_tool, "own")
    mysql.create_reader(_READER, _PASSWORD, (stores.default, stores.visibility))
    found = Cluster(binaries, stores)
    assert found.starts()
    assert found.judge().start.would_start is True
    return found


@contextmanager
def variables(mysql: MySqlServer, **values: str) -> Iterator[None]:
    """Global variables, set in this order and put back in the other."""
    before = {name: mysql.sql(f"SELECT @@GLOBAL.{name}")[0][0] for name in values}
    for name, value in values.items():
        mysql.sql(f"SET GLOBAL {name} = {value}")
    try:
        yield
    finally:
        for name in reversed(values):
            mysql.sql(f"SET GLOBAL {name} = %s", (before[name],))


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"read_only": "ON"}, Reason.READ_ONLY),
        # super_read_only switches read_only on, and not off again.
        ({"read_only": "ON", "super_read_only": "ON"}, Reason.READ_ONLY),
        ({"binlog_format": "STATEMENT"}, Reason.BINLOG_FORMAT_STATEMENT),
    ],
)
def test_a_server_exits_on_a_mysql_that_refuses_its_writes(
    cluster: Cluster, values: dict[str, str], reason: Reason
) -> None:
    cluster.stores.mysql.sql("DELETE FROM cluster_membership", database=cluster.stores.default)
    with variables(cluster.stores.mysql, **values):
        judgement = cluster.judge()
        assert not cluster.starts()
    able = check(judgement, Role.PERSISTENCE, Check.PREREQUISITES)
    assert (able.verdict, able.reason) == (Verdict.UNSUPPORTED, reason)
    assert judgement.start.would_start is False
    assert cluster.judge().start.would_start is True


@pytest.mark.parametrize("form", ["ROW", "MIXED"])
def test_a_server_starts_with_any_other_format_of_the_binary_log(cluster: Cluster, form: str) -> None:
    with variables(cluster.stores.mysql, binlog_format=form):
        assert cluster.judge().start.would_start is True
        assert cluster.starts()


def test_a_table_that_is_missing_is_known_to_a_user_who_may_see_the_others(cluster: Cluster) -> None:
    mysql, database = cluster.stores.mysql, cluster.stores.default
    mysql.sql("RENAME TABLE cluster_metadata_info TO taken_away", database=database)
    try:
        # With the one grant that the agent needs, nothing is known of other tables, and the answer says so.
        unseen = cluster.judge().start
        assert unseen.would_start is True
        assert "GRANT REFERENCES" in unseen.message
        mysql.sql(f"GRANT REFERENCES ON `{database}`.* TO '{_READER}'@'%'")
        judgement = cluster.judge()
        assert not cluster.starts()
    finally:
        mysql.sql("RENAME TABLE taken_away TO cluster_metadata_info", database=database)
    result = check(judgement, Role.PERSISTENCE, Check.SCHEMA)
    assert (result.verdict, result.reason) == (Verdict.UNSUPPORTED, Reason.SCHEMA_DIFFERS)
    assert "cluster_metadata_info" in result.message
    assert judgement.start.would_start is False
    assert cluster.judge().start.would_start is True
    mysql.sql(f"REVOKE REFERENCES ON `{database}`.* FROM '{_READER}'@'%'")


def test_an_attribute_that_mysql_8_does_not_have_stops_the_start(cluster: Cluster) -> None:
    old = replace(cluster, stores=replace(cluster.stores, attributes=_ATTRIBUTES))
    judgement = old.judge(with_file=True)
    able = check(judgement, Role.PERSISTENCE, Check.PREREQUISITES)
    assert (able.verdict, able.reason) == (Verdict.UNSUPPORTED, Reason.ISOLATION_ATTRIBUTE_NEEDED)
    assert judgement.start.would_start is False
    assert not old.starts()
    assert cluster.judge(with_file=True).start.would_start is True


def test_on_mariadb_the_server_s_own_file_says_whether_it_starts(
    cluster: Cluster, mariadb: MySqlServer
) -> None:
    tool = cluster.binaries.sql_tool
    attributes = "tx_isolation='READ-COMMITTED'"
    mariadb.create_database("starts")
    create_mysql_version_tables(mariadb, tool, "starts", attributes=attributes)
    update_mysql_schema(mariadb, tool, "starts", "temporal", attributes=attributes)
    mariadb.create_reader(_READER, _PASSWORD, ("starts",))
    stores = MySqlStores(mariadb, "starts", cluster.stores.visibility, cluster.stores.mysql)
    for given, starts in (({}, False), (_ATTRIBUTES, True)):
        own = replace(cluster, stores=replace(stores, attributes=given))
        assert own.judge(with_file=True).start.would_start is starts
        unread = own.judge()
        assert unread.start.would_start is None
        assert "connectAttributes" in unread.start.message
        able = check(unread, Role.PERSISTENCE, Check.PREREQUISITES)
        assert (able.verdict, able.reason) == (Verdict.UNKNOWN, Reason.ISOLATION_ATTRIBUTE_NEEDED)
        assert own.starts() is starts
