"""The row "MySQL v5.7" of docs/server-dependencies.md: supported by 5.7's own words, and not beside it.

No MySQL 5.7 can be had here, so it is a made-up server that says what real ones of that series were recorded
to say, byte for byte where it greets (tests/probes/recorded_mysql.py names the sources). The series beside it
are real: 5.6.14, the nearest older one, and 8.0.33, the nearest newer one.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agent.model.vocabulary import Check, Reason, Role, Verdict
from agent.snapshot import Snapshot
from tests.probes.recorded_mysql import MYSQL_57
from tests.probes.servers import Loopback

from .agents import result
from .legend import NAMED, NEWER, OLDER, judged, version_of
from .mysql_clusters import facts, mysql_store
from .servers.mysql import MySqlServer
from .servers.start_tables import START_TABLES

# What 1.3.2 compares at its start: facts/temporal-releases.json, temporalio/temporal@v1.3.2.
_SCHEMAS = {Role.PERSISTENCE: "1.1", Role.VISIBILITY: "1.0"}


@pytest.fixture(autouse=True)
def _password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEMPORAL_MYSQL_PASSWORD", MySqlServer.password)


def _create(mysql: MySqlServer) -> dict[str, Any]:
    """Both stores of 1.3.2 as far as it looks at them at its start."""
    stores: dict[str, Any] = {}
    for role, version in _SCHEMAS.items():
        name = f"legend_{role}"
        mysql.create_database(name)
        # Its own schema tool needs a variable that MySQL 8.0 no longer has.
        mysql.sql(
            "CREATE TABLE schema_version (version_partition INT, db_name VARCHAR(255), curr_version"
            " VARCHAR(64), PRIMARY KEY (version_partition, db_name))",
            database=name,
        )
        mysql.sql("INSERT INTO schema_version VALUES (0, %s, %s)", (name, version), database=name)
        for statement in START_TABLES:
            mysql.sql(statement, database=name)
        stores[str(role)] = mysql_store(mysql, name)
    return stores


def _assert_all_else_is_well(snapshot: Snapshot, *, starts: bool | None = True) -> None:
    for role in _SCHEMAS:
        assert result(snapshot, role, Check.SCHEMA).reason is Reason.SCHEMA_CURRENT
    assert snapshot.judgement.start.would_start is starts


@pytest.mark.parametrize("version", MYSQL_57)
def test_mysql_5_7_as_recorded_is_supported_for_1_3_2(tmp_path: Path, version: str) -> None:
    def recorded(role: Role) -> Loopback:
        return Loopback(replace(MYSQL_57[version], schema=[(str(role), _SCHEMAS[role], 1)]))

    with recorded(Role.PERSISTENCE) as persistence, recorded(Role.VISIBILITY) as visibility:
        stores = {
            str(role): {
                "mysql": {"host": "127.0.0.1", "port": server.port, "database": str(role), "user": "agent"}
            }
            for role, server in ((Role.PERSISTENCE, persistence), (Role.VISIBILITY, visibility))
        }
        snapshot = judged(tmp_path, stores)
        newer = judged(tmp_path, stores, "1.31.2")
    assert [node.version for node in facts(snapshot).nodes] == [version]
    assert facts(snapshot).flavor == ""
    for role in _SCHEMAS:
        assert version_of(snapshot, role) == NAMED
        assert "server-dependencies.md" in (result(snapshot, role, Check.VERSION).source or "")
    assert result(snapshot, Role.PERSISTENCE, Check.PREREQUISITES).verdict is Verdict.SUPPORTED
    _assert_all_else_is_well(snapshot)
    assert snapshot.judgement.verdict is Verdict.SUPPORTED
    # From 1.24 on 8.0.17 is needed (temporalio/helm-charts:README.md@79d32829).
    assert version_of(newer) == OLDER


def test_mysql_8_0_is_not_named_for_1_3_2_and_turns_the_cluster_to_untested(
    tmp_path: Path, mysql80: MySqlServer
) -> None:
    snapshot = judged(tmp_path, _create(mysql80))
    assert [node.version for node in facts(snapshot).nodes] == ["8.0.33"]
    assert version_of(snapshot) == NEWER
    _assert_all_else_is_well(snapshot)
    assert snapshot.judgement.verdict is Verdict.UNTESTED


@pytest.mark.full
def test_mysql_5_6_is_older_than_what_is_named_for_1_3_2_and_turns_the_cluster_to_unsupported(
    tmp_path: Path, mysql56: MySqlServer
) -> None:
    snapshot = judged(tmp_path, _create(mysql56))
    assert [node.version for node in facts(snapshot).nodes] == ["5.6.14"]
    assert version_of(snapshot) == OLDER
    # It has only tx_isolation, so the start depends on connectAttributes in Temporal's own file.
    _assert_all_else_is_well(snapshot, starts=None)
    assert snapshot.judgement.verdict is Verdict.UNSUPPORTED
