"""MySQL where no real one is needed: relatives by what they say of themselves, and all that goes wrong.

What real ones answer is tested in tests/integration.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from typing import Any

import hypothesis
import pytest
from hypothesis import strategies as st

from agent.config import MySql
from agent.model.observation import Facts, Failure
from agent.model.vocabulary import Reason
from agent.probes import open_probe
from tests.fleets import eventually
from tests.laws import law
from tests.probes.mysql_server import (
    OK,
    Speaker,
    answer_each,
    error,
    greeting,
    let_in,
    packet,
    refuse,
)
from tests.probes.reading import facts, failure, peak_of, read, read_until_aborted, within
from tests.probes.recorded_mysql import MYSQL_57, OWN_VERSIONS, RELATIVES
from tests.probes.servers import Answer, Handler, Loopback, silence, slowly, ssh


def settings(port: int, **more: Any) -> MySql:
    return MySql(**{"host": "127.0.0.1", "port": port, "database": "temporal", "user": "agent", **more})


def get_failure(port: int, timeout: float = 2.0, **more: Any) -> Failure:
    probe = open_probe("mysql", settings(port, **more))
    try:
        return failure(probe, timeout)
    finally:
        probe.close()


def get_facts(speaker: Speaker) -> Facts:
    with Loopback(speaker) as server:
        probe = open_probe("mysql", settings(server.port))
        try:
            return facts(probe)
        finally:
            probe.close()


# Who it is


@pytest.mark.parametrize(
    ("greets", "version", "comment", "variables", "flavor"),
    [
        ("8.0.33", "8.0.33", "MySQL Community Server - GPL", {}, ""),
        ("8.0.36-0ubuntu0.22.04.1", "8.0.36-0ubuntu0.22.04.1", "(Ubuntu)", {}, ""),
        ("8.0.35", "8.0.35", "Source distribution", {}, ""),
        ("5.5.5-10.11.6-MariaDB", "10.11.6-MariaDB-0+deb12u1", "Debian 12", {}, "mariadb"),
        ("5.5.5-10.4.8-MariaDB", "5.5.5-10.4.8-MariaDB", "mariadb.org binary distribution", {}, "mariadb"),
    ],
)
def test_relatives_are_distinguished_by_what_they_say(
    greets: str, version: str, comment: str, variables: dict[str, str], flavor: str
) -> None:
    # A proxy's greeting is not the server's own word.
    found = get_facts(Speaker(greets=greets, version=version, comment=comment, variables=variables))
    assert (found.component, found.flavor) == ("mysql", flavor)
    assert [node.version for node in found.nodes] == [version]
    assert found.details == variables


@law(
    [
        *(("", server) for server in MYSQL_57.values()),
        *((flavor, server) for flavor, several in RELATIVES.items() for server in several),
    ]
)
def test_a_recorded_server_is_recognized_with_its_own_version(flavor: str, server: Speaker) -> None:
    found = get_facts(server)
    assert found.flavor == flavor
    assert [node.version for node in found.nodes] == [OWN_VERSIONS.get(str(server.version), server.version)]
    assert found.schema is not None
    assert found.schema.version == "1.19"


def test_the_settings_that_prerequisites_depend_on_are_reported() -> None:
    variables = {"sql_mode": "ANSI_QUOTES,STRICT_TRANS_TABLES", "tx_isolation": "REPEATABLE-READ"}
    assert get_facts(Speaker(variables=variables)).settings == variables


def test_settings_about_writing_are_among_them() -> None:
    names = ("read_only", "super_read_only", "innodb_read_only", "log_bin", "binlog_format")
    variables = dict.fromkeys(names, "ON")
    assert get_facts(Speaker(variables=variables)).settings == variables


def test_a_server_that_accepts_a_connection_without_tls_does_not_demand_it() -> None:
    # A proxy without TLS before a server that demands it.
    assert get_facts(Speaker(variables={"require_secure_transport": "ON"})).demands_tls is False


def test_all_tables_are_known_where_the_user_may_see_all_and_none_where_there_may_be_more() -> None:
    tables = ("namespaces", "schema_version")
    assert get_facts(Speaker(tables=[(name, 1) for name in tables])).tables == frozenset(tables)
    assert get_facts(Speaker(tables=[("schema_version", 0)])).tables is None
    # A catalogue that does not show the table that was read.
    assert get_facts(Speaker(tables=[("namespaces", 1)])).tables is None
    assert get_facts(Speaker(tables=[])).tables is None


@pytest.mark.parametrize("answer", [error(1109, "Unknown table 'tables' in information_schema"), OK])
def test_a_relative_that_cannot_list_its_tables_is_read_all_the_same(answer: bytes) -> None:
    found = get_facts(Speaker(tables=answer))
    assert found.tables is None
    assert found.schema is not None
    assert found.schema.version == "1.19"


def test_a_server_that_reports_no_variables_is_read_all_the_same() -> None:
    found = get_facts(Speaker())
    assert found.settings == {}
    assert found.schema is not None
    assert found.schema.version == "1.19"


# The schema


@pytest.mark.parametrize(
    ("schema", "reason"),
    [
        ([], Reason.SCHEMA_ROW_MISSING),
        ([("old", "1.19", None)], Reason.SCHEMA_ROW_MISSING),
        ([("temporal", "1.19", "1"), ("Temporal", "1.18", "1")], Reason.SCHEMA_ROWS_DIFFER),
        (error(1146, "Table 'temporal.schema_version' doesn't exist", "42S02"), Reason.SCHEMA_TABLE_MISSING),
        (error(1142, "SELECT command denied to user 'agent'", "42000"), Reason.PERMISSION_DENIED),
    ],
)
def test_a_schema_that_cannot_be_read_leaves_the_version(schema: Any, reason: Reason) -> None:
    found = get_facts(Speaker(schema=schema))
    assert [node.version for node in found.nodes] == ["8.0.33"]
    assert found.schema is not None
    assert found.schema.problem is not None
    assert found.schema.problem.reason is reason


def test_the_row_requested_is_that_of_exactly_this_database_and_bounded_where_the_server_knows_how() -> None:
    speaker = Speaker()
    get_facts(speaker)
    question = speaker.asked[-1]
    assert "db_name = 'temporal' FROM schema_version WHERE version_partition = 0" in question
    assert "MAX_EXECUTION_TIME(" in question
    assert "max_statement_time=" in question


def test_a_statement_that_the_server_ended_at_its_bound_is_a_timeout() -> None:
    late = error(3024, "Query execution was interrupted, maximum statement execution time exceeded")
    with Loopback(Speaker(schema=late)) as server:
        assert get_failure(server.port).reason is Reason.TIMEOUT


# What goes wrong before


def web(connection: socket.socket) -> None:
    connection.sendall(Answer(b"no", 400).wire)
    silence(connection)


def garbage(connection: socket.socket) -> None:
    connection.sendall(packet(0, b"\x0a" + b"8.0"))
    silence(connection)


def another_version(connection: socket.socket) -> None:
    connection.sendall(packet(0, bytes(40)))
    silence(connection)


@pytest.mark.parametrize("handle", [web, ssh, garbage, another_version])
def test_another_protocol_is_a_bad_answer(handle: Any) -> None:
    with Loopback(handle) as server, within(2.5):
        assert get_failure(server.port).reason is Reason.BAD_ANSWER


@pytest.mark.parametrize("body", [b"", b"\x02", b"\x01" + b"\xff" * 20, b"\xfb/etc/passwd", b"\x00"])
def test_an_answer_that_is_not_a_result_is_a_bad_answer(body: bytes) -> None:
    def handle(connection: socket.socket) -> None:
        let_in(connection)
        answer_each(connection, lambda _: packet(1, body) + packet(2, body))

    with Loopback(handle) as server, within(2.5):
        assert get_failure(server.port, timeout=1.0).reason in (Reason.BAD_ANSWER, Reason.TIMEOUT)


@hypothesis.settings(max_examples=30, deadline=None)
@hypothesis.given(st.binary(max_size=60), st.binary(max_size=60))
def test_any_answer_is_read_or_is_an_expected_failure(first: bytes, second: bytes) -> None:
    def handle(connection: socket.socket) -> None:
        let_in(connection)
        answer_each(connection, lambda _: packet(1, first) + packet(2, second))

    with Loopback(handle) as server:
        probe = open_probe("mysql", settings(server.port))
        read(probe, 0.1)
        probe.close()


@law(
    [
        (
            1045,
            "Access denied for user 'agent'@'10.0.0.1' (using password: YES)",
            Reason.AUTHENTICATION_FAILED,
        ),
        (1130, "Host '10.0.0.1' is not allowed to connect", Reason.AUTHENTICATION_FAILED),
        (1862, "Your password has expired", Reason.AUTHENTICATION_FAILED),
        (1049, "Unknown database 'temporal'", Reason.DATABASE_MISSING),
        (1044, "Access denied for user 'agent'@'%' to database 'temporal'", Reason.PERMISSION_DENIED),
        (3159, "Connections using insecure transport are prohibited", Reason.TLS_FAILED),
        (1040, "Too many connections", Reason.UNREACHABLE),
        (1129, "Host is blocked because of many connection errors", Reason.UNREACHABLE),
        (1105, "what nobody has heard of", Reason.BAD_ANSWER),
    ],
)
def test_each_refusal_has_its_reason(code: int, text: str, expected: Reason) -> None:
    with Loopback(refuse(code, text)) as server:
        found = get_failure(server.port)
    assert found.reason is expected
    assert text in found.text.replace("\\", "")


# What hangs, and what does not end


def hang_after_the_handshake(connection: socket.socket) -> None:
    let_in(connection)
    silence(connection)


def drip(connection: socket.socket) -> None:
    """A greeting that comes a byte at a time, and outlasts every timeout for one read."""
    for piece in slowly((bytes([byte]) for byte in greeting("8.0.33-" + "x" * 200)), 0.1):
        connection.sendall(piece)


@pytest.mark.parametrize("handle", [hang_after_the_handshake, silence, drip])
def test_abort_wakes_a_read_that_hangs(handle: Any) -> None:
    with Loopback(handle) as server:
        probe = open_probe("mysql", settings(server.port))
        result = read_until_aborted(probe, 0.3)
        probe.close()
    assert isinstance(result, Failure)
    assert result.reason is Reason.TIMEOUT


def test_a_probe_that_was_aborted_reads_again() -> None:
    speaker = Speaker()
    turns: Iterator[Handler] = iter([hang_after_the_handshake, speaker])
    with Loopback(lambda connection: next(turns)(connection)) as server:
        probe = open_probe("mysql", settings(server.port))
        assert isinstance(read_until_aborted(probe, 0.2), Failure)
        assert facts(probe).schema is not None
        probe.close()


def test_one_connection_serves_many_reads_and_is_made_again_when_it_ends() -> None:
    speaker = Speaker()
    with Loopback(speaker) as server:
        probe = open_probe("mysql", settings(server.port))
        for _ in range(3):
            facts(probe)
        assert server.accepted == 1
        for connection in list(server._open):
            connection.shutdown(socket.SHUT_RDWR)
        facts(probe)
        assert server.accepted == 2
        probe.close()


def test_an_answer_of_a_hundred_megabytes_is_not_taken_in() -> None:
    def flood(connection: socket.socket) -> None:
        let_in(connection)

        def endless(_: str) -> bytes:
            chunk = bytes(1_000_000)
            connection.sendall(b"\xff\xff\xff\x01")
            for _turn in range(100):
                connection.sendall(chunk)
            return b""

        answer_each(connection, endless)

    with Loopback(flood) as server:
        probe = open_probe("mysql", settings(server.port))
        found: list[Failure] = []
        peak = peak_of(lambda: found.append(failure(probe)))
        probe.close()
    assert found[0].reason is Reason.ANSWER_TOO_LARGE
    # The server's own megabyte is among it.
    assert peak < 4_000_000


def test_a_probe_that_is_closed_leaves_nothing_open() -> None:
    with Loopback(hang_after_the_handshake) as server:
        before = len(os.listdir("/proc/self/fd"))
        for _ in range(3):
            probe = open_probe("mysql", settings(server.port))
            read_until_aborted(probe, 0.1)
            probe.close()
        assert eventually(lambda: len(os.listdir("/proc/self/fd")) <= before)
