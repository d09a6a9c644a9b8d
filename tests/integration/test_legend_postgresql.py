"""What Temporal's dependency table of 2020 says of PostgreSQL for its eight releases, on real servers.

Its source: docs/server-dependencies.md of temporalio/documentation, November 2020. The legend names
"PostgreSQL v9.6"; the rows of 1.2.1 and later have it, those before have none. Where it says nothing of a
version, releases that have PostgreSQL leave it untested, and releases that have none support none.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace

import pytest

from agent.model.vocabulary import Check, Reason, Role, Verdict
from agent.polling.cluster_poller import ClusterPoller
from agent.snapshot import Snapshot

from .agents import one_cycle, result
from .servers.postgres import PostgresServer
from .servers.process import free_port
from .servers.start_tables import create_start_tables

_SOURCE = "docs/server-dependencies.md"

_WITH_POSTGRESQL = ("1.3.2", "1.3.1", "1.3.0", "1.2.2", "1.2.1")
_WITHOUT = ("1.1.1", "1.1.0", "1.0.0")

_NAMED = (Verdict.SUPPORTED, Reason.DOCUMENTED)
_NEWER = (Verdict.UNTESTED, Reason.UNTESTED_NEWER)
_NOT_NAMED = (Verdict.UNSUPPORTED, Reason.COMPONENT_NOT_SUPPORTED)

#: What 1.3.2 needs of its default store (temporalio/temporal@v1.3.2: schema/postgresql/version.go).
_SCHEMA = "1.1"


@pytest.fixture(scope="module")
def cycles(
    tmp_path_factory: pytest.TempPathFactory, postgres96: PostgresServer, postgres15: PostgresServer
) -> Iterator[dict[str, ClusterPoller]]:
    """A cluster on each of the two, whose frontend is not there."""
    with pytest.MonkeyPatch.context() as patch, ExitStack() as stack:
        patch.setenv("TEMPORAL_STORE_PASSWORD", PostgresServer.password)
        yield {
            server.version: stack.enter_context(
                one_cycle(tmp_path_factory.mktemp("legend"), _cluster(server))
            )
            for server in (postgres96, postgres15)
        }


def _cluster(server: PostgresServer) -> dict[str, object]:
    """A database with nothing but the table of its schema's version, as any release's tool makes it."""
    server.create_database("legend")
    with server.connect("legend", server.user, server.password) as connection:
        connection.execute(
            "CREATE TABLE schema_version (version_partition INT NOT NULL, db_name VARCHAR(255) NOT NULL,"
            " creation_time TIMESTAMP, curr_version VARCHAR(64), min_compatible_version VARCHAR(64),"
            " PRIMARY KEY (version_partition, db_name))"
        )
        connection.execute("INSERT INTO schema_version VALUES (0, 'legend', now(), %s, '1.0')", (_SCHEMA,))
        create_start_tables(connection.execute)
    store = {
        "host": server.host,
        "port": server.port,
        "database": "legend",
        "plugin": "postgres",
        "user": server.user,
        "password": "${TEMPORAL_STORE_PASSWORD}",
    }
    frontend = {"frontend": f"127.0.0.1:{free_port()}"}
    return {"name": "legend", "temporal": frontend, "persistence": {"postgresql": store}}


def _judged(cycle: ClusterPoller, release: str) -> Snapshot:
    cycle.subject = replace(cycle.subject, assumed=release)
    return cycle.round()


@pytest.mark.parametrize(
    ("version", "release", "answer"),
    [
        *(("9.6.24", release, _NAMED) for release in _WITH_POSTGRESQL),
        *(("9.6.24", release, _NOT_NAMED) for release in _WITHOUT),
        *(("15", release, _NEWER) for release in _WITH_POSTGRESQL),
        *(("15", release, _NOT_NAMED) for release in _WITHOUT),
    ],
)
def test_a_real_postgresql_is_judged_as_the_row_of_the_release_says(
    cycles: dict[str, ClusterPoller], version: str, release: str, answer: tuple[Verdict, Reason]
) -> None:
    snapshot = _judged(cycles[version], release)
    found = result(snapshot, Role.PERSISTENCE, Check.VERSION)
    assert (found.verdict, found.reason) == answer
    assert _SOURCE in found.source
    # What was judged is what the server itself says.
    facts = next(o.facts for o in snapshot.observations if o.target.role is Role.PERSISTENCE)
    assert facts is not None
    (node,) = facts.nodes
    assert node.version.startswith(version)
    assert node.version in found.message


def test_with_the_schema_that_it_needs_1_3_2_finds_nothing_amiss_on_9_6(
    cycles: dict[str, ClusterPoller],
) -> None:
    snapshot = _judged(cycles["9.6.24"], "1.3.2")
    store = [r for r in snapshot.judgement.results if r.role is Role.PERSISTENCE]
    assert {r.check for r in store} >= {Check.VERSION, Check.SCHEMA, Check.PLUGIN, Check.REQUIRED}
    assert {r.verdict for r in store} == {Verdict.SUPPORTED}
