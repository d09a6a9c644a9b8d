"""Plans followed to the letter: each command is run by a real schema tool, and each release that is built
says by itself whether it starts.

Of the releases on the way only some can be built. For a tool that is not built, that of the next newer
release that is stands in, told to stop at the version that the plan names; the tests name each of them.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from agent.model.vocabulary import Role

from .factories import CassandraFactory
from .rehearsed_stores import OnPostgres, own_cassandra_stores, own_mysql_stores
from .rehearsing import Rehearsal, rehearse
from .servers.cassandra import Keyspace
from .servers.cassandra_build import cassandra_tool
from .servers.commands import CommandError
from .servers.mysql import MySqlServer
from .servers.mysql_stores import MySqlStores
from .servers.postgres import PostgresServer
from .servers.requirement import require
from .servers.stores import create_own_stores
from .servers.temporal_build import (
    OLD_TEMPORAL_VERSIONS,
    TEMPORAL_VERSIONS,
    TemporalBinaries,
    release_number,
)

Binaries = Callable[[str], TemporalBinaries]

_EVERYDAY = sorted(TEMPORAL_VERSIONS, key=release_number)
_ALL = sorted({*TEMPORAL_VERSIONS, *OLD_TEMPORAL_VERSIONS}, key=release_number)

#: What runs from 1.3 on.
_RUN_FROM_1_3 = ["1.8.2", "1.15.2", "1.20.4", "1.23.1", "1.24.2", "1.29.1", "1.31.2"]

#: Whose tool stood in for whose, from 1.20 on.
_FROM_1_20 = {
    "1.21": "1.23.1",
    **dict.fromkeys(("1.24", "1.25", "1.26", "1.27", "1.28"), "1.29.1"),
    **dict.fromkeys(("1.29", "1.30"), "1.31.2"),
}
_FROM_1_4 = {
    **dict.fromkeys(("1.4", "1.5", "1.7"), "1.8.2"),
    **dict.fromkeys(("1.9", "1.11", "1.14"), "1.15.2"),
    **dict.fromkeys(("1.16", "1.19"), "1.20.4"),
    **_FROM_1_20,
}


@pytest.fixture(autouse=True)
def _password(monkeypatch: pytest.MonkeyPatch, plain_postgres15: PostgresServer) -> None:
    monkeypatch.setenv("TEMPORAL_STORE_PASSWORD", plain_postgres15.password)
    monkeypatch.setenv("TEMPORAL_MYSQL_PASSWORD", MySqlServer.password)


def test_a_plan_from_1_24_to_1_31_leads_to_a_server_that_runs(
    tmp_path: Path, plain_postgres15: PostgresServer, temporal: Binaries
) -> None:
    stores = OnPostgres(create_own_stores(plain_postgres15, temporal("1.24.2"), "rehearsed_short"))
    rehearsal = Rehearsal(tmp_path, temporal, _EVERYDAY, stores)
    assert rehearse(rehearsal, "1.24.2", "1.31.2") == ["1.31.2"]
    hops = ("1.25", "1.26", "1.27", "1.28", "1.29", "1.30")
    assert rehearsal.stood_in == dict.fromkeys(hops, "1.31.2")


@pytest.mark.full
def test_a_plan_from_1_3_to_1_31_is_right_at_every_release_that_is_built(
    tmp_path: Path, plain_postgres15: PostgresServer, temporal: Binaries
) -> None:
    stores = OnPostgres(create_own_stores(plain_postgres15, temporal("1.3.0"), "rehearsed_long", "postgres"))
    built = [version for version in _ALL if version != "1.0.0"]
    rehearsal = Rehearsal(tmp_path, temporal, built, stores)
    assert rehearse(rehearsal, "1.3.0", "1.31.2") == _RUN_FROM_1_3
    assert rehearsal.stood_in == _FROM_1_4


@pytest.mark.full
def test_on_mysql_8_from_1_20(tmp_path: Path, mysql80: MySqlServer, temporal: Binaries) -> None:
    named = MySqlStores(mysql80, "rehearsed", "rehearsed_visibility")
    rehearsal = Rehearsal(tmp_path, temporal, _ALL, own_mysql_stores(named, temporal("1.20.4")))
    assert rehearse(rehearsal, "1.20.4", "1.31.2") == ["1.23.1", "1.24.2", "1.29.1", "1.31.2"]
    assert rehearsal.stood_in == _FROM_1_20


@pytest.mark.full
def test_on_mysql_8_over_the_change_of_plugin(
    tmp_path: Path, mysql80: MySqlServer, temporal: Binaries
) -> None:
    named = MySqlStores(mysql80, "rehearsed_old", "rehearsed_old_visibility", plugin="mysql")
    rehearsal = Rehearsal(tmp_path, temporal, _ALL, own_mysql_stores(named, temporal("1.20.4")))
    assert rehearse(rehearsal, "1.20.4", "1.31.2") == ["1.23.1", "1.24.2", "1.29.1", "1.31.2"]
    assert rehearsal.stood_in == _FROM_1_20


@pytest.mark.full
def test_on_mysql_8_from_1_0(tmp_path: Path, mysql80: MySqlServer, temporal: Binaries) -> None:
    """MySQL 8 has no tx_isolation, which old plugins set unless they are told the new name."""
    isolation = {"transaction_isolation": "'READ-COMMITTED'"}
    named = MySqlStores(
        mysql80,
        "rehearsed_first",
        "rehearsed_first_visibility",
        plugin="mysql",
        attributes=isolation,
        visibility_attributes=isolation,
    )
    stores = own_mysql_stores(named, temporal("1.0.0"), "transaction_isolation='READ-COMMITTED'")
    rehearsal = Rehearsal(tmp_path, temporal, _ALL, stores)
    assert rehearse(rehearsal, "1.0.0", "1.31.2") == ["1.3.0", *_RUN_FROM_1_3]
    assert rehearsal.stood_in == {"1.1": "1.3.0", **_FROM_1_4}


@pytest.mark.full
def test_on_mariadb_the_plan_ends_where_its_visibility_does(
    tmp_path: Path, mariadb: MySqlServer, temporal: Binaries
) -> None:
    """1.24 has no plugin but mysql8, and step 1.2 of that one's visibility schema fails on MariaDB."""
    isolation = {"tx_isolation": "'READ-COMMITTED'"}
    named = MySqlStores(
        mariadb,
        "rehearsed",
        "rehearsed_visibility",
        plugin="mysql",
        attributes=isolation,
        visibility_attributes=isolation,
    )
    stores = own_mysql_stores(named, temporal("1.0.0"), "tx_isolation='READ-COMMITTED'")
    rehearsal = Rehearsal(tmp_path, temporal, _ALL, stores)
    whole = rehearsal.plan("1.0.0", "1.31.2")
    (blocker,) = whole.blockers
    assert (blocker.release, blocker.role) == ("1.23.1", Role.VISIBILITY)
    assert rehearse(rehearsal, "1.0.0", "1.22.7") == ["1.3.0", "1.8.2", "1.15.2", "1.20.4"]
    (blocked,) = (hop for hop in whole.hops if hop.release == blocker.release)
    with pytest.raises(CommandError, match="MariaDB server version for the right syntax"):
        rehearsal.follow(blocked)
    assert rehearsal.stores.schema(Role.VISIBILITY) == "1.1"


@pytest.mark.full
def test_on_cassandra_from_1_24(
    tmp_path: Path,
    start_cassandra: CassandraFactory,
    plain_postgres15: PostgresServer,
    temporal: Binaries,
) -> None:
    cassandra = start_cassandra("4.0.17")
    keyspace = Keyspace(cassandra, "rehearsed", require(lambda: cassandra_tool("1.24.2")))
    visibility = create_own_stores(plain_postgres15, temporal("1.24.2"), "rehearsed_beside")
    stores = own_cassandra_stores(cassandra, keyspace, visibility)
    rehearsal = Rehearsal(tmp_path, temporal, ["1.24.2", "1.29.1", "1.31.2"], stores)
    assert rehearse(rehearsal, "1.24.2", "1.31.2") == ["1.29.1", "1.31.2"]
    assert rehearsal.stood_in == {
        **dict.fromkeys(("1.25", "1.26", "1.27", "1.28"), "1.29.1"),
        **dict.fromkeys(("1.29", "1.30"), "1.31.2"),
    }
