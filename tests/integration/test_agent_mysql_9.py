"""Both stores on MySQL 9, newer than anything that Temporal's documentation names for persistence."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from agent.model.versions import parse
from agent.model.vocabulary import Check, Reason, Role, Verdict

from .agents import observe, result
from .mysql_clusters import facts, on_stores
from .servers.mysql import MySqlServer
from .servers.mysql_stores import create_mysql_stores, set_mysql_schema_version
from .servers.temporal import TemporalServer, try_start
from .servers.temporal_build import TemporalBinaries

# Visibility: ">=8.0.17" from 1.20 on (temporalio/documentation:
# docs-src/concepts/what-is-persistence.md@570750fd), and an open range vouches for the series that were out
# before the release. 9.7 was, since 2026-04-21 (facts/dependency-lifecycle.json, of endoflife.date); 1.31.2
# is of 2026-07-07.
_NEWEST_BEFORE_1_31_2 = parse("9.7")

_SUPPORTED = (Verdict.SUPPORTED, Reason.DOCUMENTED)
_TRIED = (Verdict.UNTESTED, Reason.TRIED)


@pytest.fixture(autouse=True)
def _password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEMPORAL_MYSQL_PASSWORD", MySqlServer.password)


# Its packages are whatever sid has: what breaks there must not stop every change here.
@pytest.mark.full
def test_mysql_9_is_untested_for_persistence_and_temporal_runs_on_it(
    tmp_path: Path, temporal: Callable[[str], TemporalBinaries], mysql9: MySqlServer
) -> None:
    version = parse(mysql9.home.version)
    assert version.release[0] >= 9
    stores = create_mysql_stores(mysql9, temporal("1.31.2").sql_tool, "temporal")
    with TemporalServer(temporal("1.31.2"), stores) as server:
        snapshot = observe(tmp_path, on_stores(server, stores))
        set_mysql_schema_version(mysql9, stores.default, "1.18")
        behind = observe(tmp_path, on_stores(server, stores))
    for role in (Role.PERSISTENCE, Role.VISIBILITY):
        # Without Debian's revision, which MySQL's own version does not have.
        assert [node.version for node in facts(snapshot, role).nodes] == [
            mysql9.home.version.partition("-")[0]
        ]
        assert facts(snapshot, role).flavor == ""
        assert "transaction_isolation" in facts(snapshot, role).settings
        assert result(snapshot, role, Check.PREREQUISITES).reason is Reason.PREREQUISITES_MET
        assert result(snapshot, role, Check.PLUGIN).reason is Reason.PLUGIN_AVAILABLE
        assert result(snapshot, role, Check.SCHEMA).reason is Reason.SCHEMA_CURRENT

    # Named are 5.7 and 8.0.19 or later of 8.0 (facts/documented-dependencies.json, up to
    # persistence.mdx@1825944e of 2026), and the release's own tests ran 8.0.29.
    persistence = result(snapshot, Role.PERSISTENCE, Check.VERSION)
    assert (persistence.verdict, persistence.reason) == _TRIED
    assert persistence.source == "temporalio/temporal@v1.31.2"
    visibility = result(snapshot, Role.VISIBILITY, Check.VERSION)
    is_known = version.series(2) == _NEWEST_BEFORE_1_31_2.series(2)
    assert (visibility.verdict, visibility.reason) == (_SUPPORTED if is_known else _TRIED)
    assert not is_known or "what-is-persistence.md@570750fd" in (visibility.source or "")
    assert snapshot.judgement.verdict is Verdict.UNTESTED
    assert snapshot.judgement.start.would_start is True

    assert result(behind, Role.PERSISTENCE, Check.SCHEMA).reason is Reason.SCHEMA_BEHIND
    assert behind.judgement.start.would_start is False
    came_up, log = try_start(temporal("1.31.2"), stores)
    assert not came_up
    assert "cannot be greater than Actual version" in log
