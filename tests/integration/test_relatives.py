"""Relatives of MySQL and Cassandra that can't be had here, by what they were recorded to say of themselves.

tests/probes/recorded_mysql.py and recorded_cassandra.py name the source of each record. MariaDB is real
(test_agent_mysql.py).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from agent.components.registry import has_versions_of
from agent.model.versions import parse
from agent.model.vocabulary import Check, Reason, Role, Verdict
from tests.probes import cql_server, recorded_cassandra, recorded_mysql
from tests.probes.mysql_server import Speaker
from tests.probes.servers import Loopback

from .agents import result
from .legend import judged, version_of

# docs/matrix.md: a relative that speaks the same protocol, unless a statement names it.
_UNTESTED = (Verdict.UNTESTED, Reason.UNTESTED_FLAVOR)
_BELOW = (Verdict.UNSUPPORTED, Reason.BELOW_MINIMUM)
_EXCLUDED = (Verdict.UNSUPPORTED, Reason.COMPONENT_NOT_SUPPORTED)

_OF_MYSQL = [(flavor, told) for flavor, several in recorded_mysql.RELATIVES.items() for told in several]


def _flavor(snapshot: Any) -> str:
    found = next(o for o in snapshot.observations if o.target.role is Role.PERSISTENCE)
    assert found.facts is not None, found.failure
    return str(found.facts.flavor)


@pytest.mark.parametrize("release", ["1.3.2", "1.31.2"])
@pytest.mark.parametrize(("flavor", "told"), _OF_MYSQL, ids=[told.version for _, told in _OF_MYSQL])
def test_a_relative_of_mysql_is_untested_unless_it_uses_mysqls_numbers_and_is_too_old(
    tmp_path: Path, flavor: str, told: Speaker, release: str
) -> None:
    with Loopback(told) as server:
        where = {"host": "127.0.0.1", "port": server.port, "database": "temporal", "user": "agent"}
        snapshot = judged(tmp_path, {"persistence": {"mysql": where}}, release)
    assert _flavor(snapshot) == flavor
    # 1.31.2 needs MySQL 8.0.17, 1.3.2 needs 5.7.
    is_fine = not has_versions_of("mysql", flavor) or parse(told.version).number >= parse("8.0.17").number
    assert version_of(snapshot) == (_UNTESTED if is_fine or release == "1.3.2" else _BELOW)
    # What concerns the schema is read and judged all the same.
    assert result(snapshot, Role.PERSISTENCE, Check.SCHEMA).verdict is Verdict.SUPPORTED


@pytest.mark.parametrize("release", ["1.3.2", "1.31.2"])
@pytest.mark.parametrize(
    ("flavor", "expected"),
    [
        ("scylladb", _UNTESTED),
        ("datastax", _UNTESTED),
        # A maintainer: it lacks the batches that Temporal needs (temporalio/temporal#328).
        ("keyspaces", _EXCLUDED),
    ],
)
def test_a_relative_of_cassandra_is_untested_unless_a_source_says_more(
    tmp_path: Path, flavor: str, expected: tuple[Verdict, Reason], release: str
) -> None:
    rows = [{"keyspace_name": "temporal", "curr_version": "1.13"}]
    node = cql_server.Node({**recorded_cassandra.RELATIVES[flavor], '"temporal".schema_version': rows})
    with Loopback(node) as server:
        where = {"hosts": ["127.0.0.1"], "port": server.port, "keyspace": "temporal"}
        snapshot = judged(tmp_path, {"persistence": {"cassandra": where}}, release)
    assert _flavor(snapshot) == flavor
    assert version_of(snapshot) == expected
    assert result(snapshot, Role.PERSISTENCE, Check.SCHEMA).verdict is Verdict.SUPPORTED
