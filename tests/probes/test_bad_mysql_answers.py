"""MySQL's protocol spoken well and used badly: tables that were not asked for, NULLs, answers without end."""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from pymysql._auth import scramble_native_password

from agent.config import MySql, Tls
from agent.model.observation import Facts, Failure
from agent.model.vocabulary import Reason
from agent.probes import open_probe
from tests.laws import law
from tests.probes.mysql_server import (
    EOF,
    OK,
    SALT,
    Speaker,
    answer_each,
    column,
    error,
    greeting,
    let_in,
    packet,
    receive,
    table,
)
from tests.probes.reading import failure, peak_of, read, within
from tests.probes.servers import Handler, Loopback, slowly

_VERSION, _VARIABLES, _SCHEMA = "version()", "SHOW GLOBAL", "FROM schema_version"


def read_once(port: int, timeout: float = 1.0, **more: Any) -> Facts | Failure:
    probe = open_probe("mysql", MySql(host="127.0.0.1", port=port, database="temporal", user="agent", **more))
    try:
        return read(probe, timeout)
    finally:
        probe.close()


def get_failure(port: int, timeout: float = 1.0, **more: Any) -> Failure:
    found = read_once(port, timeout, **more)
    assert isinstance(found, Failure), found
    return found


def well_but_for(question: str, answer: bytes | Iterator[bytes]) -> Handler:
    """Answers as a real server does, and this question with this, which may go on for ever."""

    def handle(connection: socket.socket) -> None:
        speaker = Speaker()
        let_in(connection)

        def choose(statement: str) -> bytes:
            if question not in statement:
                return speaker.answer(statement)
            if isinstance(answer, bytes):
                return answer
            for part in answer:
                connection.sendall(part)
            return b""

        answer_each(connection, choose)

    return handle


@pytest.mark.parametrize("question", [_VERSION, _VARIABLES, _SCHEMA])
def test_an_answer_without_rows_where_rows_were_requested_is_a_bad_answer(question: str) -> None:
    with Loopback(well_but_for(question, packet(1, OK))) as server:
        assert get_failure(server.port).reason is Reason.BAD_ANSWER


@pytest.mark.parametrize(
    ("question", "rows", "columns"),
    [
        (_VERSION, [], 2),
        (_VERSION, [("8.0.33", "a"), ("5.7.44", "b")], 2),
        (_VERSION, [("8.0.33",)], 1),
        (_VERSION, [("8.0.33", "a", "b")], 3),
        (_VARIABLES, [("sql_mode",)], 1),
        (_SCHEMA, [("1.19",)], 1),
    ],
)
def test_a_table_of_another_shape_is_a_bad_answer(question: str, rows: Any, columns: int) -> None:
    with Loopback(well_but_for(question, table(rows, columns))) as server:
        found = get_failure(server.port)
    assert found.reason is Reason.BAD_ANSWER
    assert "rows or columns" in found.text


def test_a_server_that_does_not_report_its_version_is_read_all_the_same() -> None:
    """The judge says that no version can be read in it."""
    with Loopback(Speaker(version=None, comment=None)) as server:
        found = read_once(server.port)
    assert isinstance(found, Facts)
    assert [node.version for node in found.nodes] == [""]
    assert found.flavor == ""
    assert found.schema is not None
    assert found.schema.version == "1.19"


def test_a_setting_without_a_value_is_not_reported() -> None:
    variables = {"sql_mode": None, "aurora_version": None, "transaction_isolation": "REPEATABLE-READ"}
    with Loopback(Speaker(variables=variables)) as server:
        found = read_once(server.port)
    assert isinstance(found, Facts)
    assert (found.settings, found.details, found.flavor) == (
        {"transaction_isolation": "REPEATABLE-READ"},
        {},
        "",
    )


# Answers without end: each costs its deadline at the most, and about a megabyte


def packets(first: int, body: bytes, most: int = 10**9) -> Iterator[bytes]:
    """These bodies one after the other, some hundred at a time."""
    for number in range(first, most, 100):
        yield b"".join(packet((number + index) % 256, body) for index in range(100))


def rows_without_end(body: bytes) -> Callable[[], Iterator[bytes]]:
    head = b"".join(packet(n, part) for n, part in enumerate([b"\x02", column(0), column(1), EOF], 1))

    def answer() -> Iterator[bytes]:
        yield head
        yield from packets(5, body)

    return answer


def columns_without_end() -> Iterator[bytes]:
    yield packet(1, b"\xfe" + struct.pack("<Q", 2**40))
    yield from packets(2, column(0))


def one_packet_without_end(first: int = 1) -> Iterator[bytes]:
    """Parts of the largest size, each of which says that another one follows."""
    for number in range(first, 10**9):
        yield b"\xff\xff\xff" + bytes([number % 256])
        for _ in range(1024):
            yield b"x" * 16_384


ENDLESS = {
    "rows of NULLs": rows_without_end(b"\xfb\xfb"),
    "short rows": rows_without_end(b"\x01a\x01b"),
    "long rows": rows_without_end(b"\xfc\xe8\x03" + b"a" * 1000 + b"\x00"),
    "columns": columns_without_end,
    "one packet": one_packet_without_end,
}


@law(product(ENDLESS, [_VERSION, _VARIABLES, _SCHEMA]))
def test_an_answer_without_end_is_left_where_it_is_too_large(name: str, question: str) -> None:
    with Loopback(well_but_for(question, ENDLESS[name]())) as server:
        found: list[Failure] = []
        # No answer of this size takes so long, even traced and on a busy machine.
        with within(30):
            peak = peak_of(lambda: found.append(get_failure(server.port, 30)))
    assert found[0].reason is Reason.ANSWER_TOO_LARGE
    # What the server prepares is among it.
    assert peak < 2_000_000


def test_a_greeting_without_end_is_left_where_it_is_too_large() -> None:
    def handle(connection: socket.socket) -> None:
        for part in one_packet_without_end(0):
            connection.sendall(part)

    with Loopback(handle) as server, within(30):
        peak = peak_of(lambda: get_failure(server.port, 30))
        assert get_failure(server.port, 30).reason is Reason.ANSWER_TOO_LARGE
    assert peak < 2_000_000


def test_rows_that_come_slowly_and_without_end_cost_the_deadline() -> None:
    def answer() -> Iterator[bytes]:
        yield b"".join(packet(n, part) for n, part in enumerate([b"\x02", column(0), column(1), EOF], 1))
        yield from slowly((packet(number % 256, b"\x01a\x01b") for number in range(5, 1000)), 0.02)

    with Loopback(well_but_for(_VARIABLES, answer())) as server, within(0.8):
        assert get_failure(server.port, 0.5).reason is Reason.TIMEOUT


# What listens there waits to be spoken to first, as MySQL's clients do


def test_a_server_that_offers_tls_and_speaks_something_else_is_a_tls_failure() -> None:
    def handle(connection: socket.socket) -> None:
        connection.sendall(greeting(tls=True))
        receive(connection)
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with Loopback(handle) as server:
        assert get_failure(server.port, tls=Tls()).reason is Reason.TLS_FAILED


@pytest.mark.parametrize("plugin", [b"mysql_clear_password\0", b"dialog\0\x04Password: "])
def test_an_unverified_server_does_not_get_the_password_in_clear_text(plugin: bytes, tmp_path: Path) -> None:
    said: list[bytes] = []

    def handle(connection: socket.socket) -> None:
        connection.sendall(greeting())
        said.append(receive(connection))
        connection.sendall(packet(2, b"\xfe" + plugin))
        said.append(connection.recv(65536))

    password = tmp_path / "password"
    password.write_text("hunter2\n")
    with Loopback(handle) as server:
        found = get_failure(server.port, password_file=str(password))
    assert found.reason is Reason.AUTHENTICATION_FAILED
    assert "clear text" in found.text
    assert b"hunter2" not in b"".join(said)


def test_a_probe_that_got_another_shape_reads_again_on_a_new_connection() -> None:
    turns: Iterator[Handler] = iter([well_but_for(_VERSION, table([], 2)), Speaker()])
    with Loopback(lambda connection: next(turns)(connection)) as server:
        probe = open_probe(
            "mysql", MySql(host="127.0.0.1", port=server.port, database="temporal", user="agent")
        )
        assert failure(probe).reason is Reason.BAD_ANSWER
        assert isinstance(read(probe), Facts)
        assert server.accepted == 2
        probe.close()


@law(
    product(
        ["START TRANSACTION", "ROLLBACK", _VERSION, _VARIABLES, _SCHEMA],
        [b"\0", b"\0\xfd", b"\0\xfe\1", b"\0\0\0", b"\xff", b"\xff\1", b"\xfe", b"\xfc\1", b"\1", b""],
    )
)
def test_a_packet_that_ends_too_early_is_never_an_internal_error(question: str, body: bytes) -> None:
    """`read` gives a failure with a reason: any other exception fails the test."""

    def handle(connection: socket.socket) -> None:
        speaker = Speaker()
        let_in(connection)
        while True:
            statement = receive(connection)[1:].decode(errors="replace")
            if question in statement:
                connection.sendall(packet(1, body))
            elif statement.startswith(("SET ", "START ", "ROLLBACK")):
                connection.sendall(packet(1, OK))
            else:
                connection.sendall(speaker.answer(statement))

    with Loopback(handle) as server:
        found = read_once(server.port, 0.5)
    if isinstance(found, Failure):
        assert found.reason in (Reason.BAD_ANSWER, Reason.UNREACHABLE, Reason.TIMEOUT), found


@law(range(0, 60, 3))
def test_a_greeting_that_ends_too_early_is_never_an_internal_error(size: int) -> None:
    body = greeting()[4 : 4 + size]
    with Loopback(lambda connection: connection.sendall(packet(0, body))) as server:
        for more in ({}, {"tls": Tls()}):
            found = get_failure(server.port, 0.5, **more)
            assert found.reason in (Reason.BAD_ANSWER, Reason.UNREACHABLE, Reason.TLS_FAILED, Reason.TIMEOUT)


def test_no_option_file_and_no_variable_of_mysql_is_obeyed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".my.cnf").write_text("[client]\npassword=canary\nuser=canary\nhost=192.0.2.1\nport=1\n")
    for name in ("MYSQL_PWD", "MYSQL_HOST", "MYSQL_TCP_PORT", "MYSQL_UNIX_PORT", "USER"):
        monkeypatch.setenv(name, "canary")
    said: list[bytes] = []

    def handle(connection: socket.socket) -> None:
        connection.sendall(greeting())
        said.append(receive(connection))
        connection.sendall(packet(2, error(1045, "Access denied")))

    with Loopback(handle) as server:
        assert get_failure(server.port).reason is Reason.AUTHENTICATION_FAILED
    assert said
    assert b"canary" not in said[0]
    assert scramble_native_password(b"canary", SALT) not in said[0]
