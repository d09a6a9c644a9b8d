"""The probes of MySQL and Cassandra where another real server listens: a reason each, within the deadline."""

from __future__ import annotations

import pytest

from agent.config import Cassandra, MySql
from agent.model.observation import Failure
from agent.model.vocabulary import Reason
from agent.probes import ProbeError, open_probe
from tests.probes.reading import within

from .servers.cassandra import CassandraServer
from .servers.mysql import MySqlServer
from .servers.postgres import PostgresServer


def _failure(kind: str, settings: MySql | Cassandra) -> Failure:
    probe = open_probe(kind, settings)
    try:
        with within(1.5), pytest.raises(ProbeError) as caught:
            probe.read(1.0)
        return caught.value.failure
    finally:
        probe.close()


def _mysql(port: int) -> Failure:
    return _failure("mysql", MySql(host="127.0.0.1", port=port, database="temporal", user="agent"))


def _cassandra(port: int) -> Failure:
    return _failure("cassandra", Cassandra(hosts=("127.0.0.1",), port=port, keyspace="temporal"))


def test_a_probe_of_mysql_recognizes_servers_that_wait_for_the_client(
    postgres15: PostgresServer, cassandra5: CassandraServer
) -> None:
    # MySQL greets first; these don't.
    assert _mysql(postgres15.port).reason is Reason.TIMEOUT
    assert _mysql(cassandra5.port).reason is Reason.TIMEOUT


def test_a_probe_of_cassandra_recognizes_other_servers(
    postgres15: PostgresServer, mysql80: MySqlServer
) -> None:
    # PostgreSQL takes the question for a message of an impossible length, and hangs up.
    assert _cassandra(postgres15.port).reason is Reason.UNREACHABLE
    assert _cassandra(mysql80.port).reason is Reason.BAD_ANSWER
