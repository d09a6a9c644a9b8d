"""PostgreSQL where no real one is needed: all that goes wrong before and while it answers.

What a real one answers is tested in tests/integration.
"""

from __future__ import annotations

import os
import socket
import ssl
import struct
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
import pytest

from agent.config import PostgreSql
from agent.model.observation import Facts, Failure, Node, SchemaRow
from agent.model.vocabulary import Reason
from agent.probes import open_probe
from agent.probes.transport import libpq
from tests.fleets import eventually
from tests.laws import law
from tests.probes.mysql_server import greeting as mysql_greeting
from tests.probes.postgresql_server import (
    answering,
    data_row,
    endless,
    error,
    greet,
    let_in,
    message,
    rows,
)
from tests.probes.reading import facts, failure, read, read_until_aborted, within
from tests.probes.servers import TLS, Handler, Loopback, silence, ssh


def settings(port: int, **more: Any) -> PostgreSql:
    return PostgreSql(**{"host": "127.0.0.1", "port": port, "database": "temporal", "user": "agent", **more})


def get_failure(port: int, timeout: float = 2.0, **more: Any) -> Failure:
    probe = open_probe("postgresql", settings(port, **more))
    try:
        return failure(probe, timeout)
    finally:
        probe.close()


def refuse(text: str, state: str) -> Handler:
    def handle(connection: socket.socket) -> None:
        greet(connection)
        connection.sendall(error(text, state))

    return handle


def hang_after_the_handshake(connection: socket.socket) -> None:
    """What a server does whose disk stands still: no real one does so on demand."""
    let_in(connection)
    silence(connection)


def mysql(connection: socket.socket) -> None:
    connection.sendall(mysql_greeting())
    silence(connection)


def test_a_mysql_is_a_bad_answer() -> None:
    with Loopback(mysql) as server, within(1.0):
        assert get_failure(server.port).reason is Reason.BAD_ANSWER


def test_a_server_that_ends_the_connection_with_an_error_is_an_expected_failure() -> None:
    def goodbye(connection: socket.socket) -> None:
        let_in(connection)
        connection.recv(65536)
        connection.sendall(error("terminating connection due to administrator command", "57P01"))

    with Loopback(goodbye) as server:
        assert get_failure(server.port).reason is Reason.UNREACHABLE


def test_another_protocol_that_begins_alike_is_an_expected_failure() -> None:
    # The S of SSH means yes to encryption here.
    with Loopback(ssh) as server, within(3.0):
        assert get_failure(server.port).reason in (Reason.TLS_FAILED, Reason.TIMEOUT)


@law(
    [
        ('password authentication failed for user "agent"', "28P01", Reason.AUTHENTICATION_FAILED),
        ('role "agent" does not exist', "28000", Reason.AUTHENTICATION_FAILED),
        (
            'no pg_hba.conf entry for host "10.0.0.1", user "agent", SSL off',
            "28000",
            Reason.AUTHENTICATION_FAILED,
        ),
        ('database "temporal" does not exist', "3D000", Reason.DATABASE_MISSING),
        ('permission denied for database "temporal"', "42501", Reason.PERMISSION_DENIED),
        ("sorry, too many clients already", "53300", Reason.UNREACHABLE),
        ('too many connections for database "ssl-certificates"', "53300", Reason.UNREACHABLE),
        ("the database system is starting up", "57P03", Reason.UNREACHABLE),
    ],
)
def test_each_refusal_has_its_reason(text: str, state: str, expected: Reason) -> None:
    with Loopback(refuse(text, state)) as server:
        found = get_failure(server.port)
    assert found.reason is expected
    assert text in found.text


# Too much, or not what was asked

_NOTICE = error("x" * 1000, "00000", b"N")
_ROW = data_row(("a", "15.4", "x" * 1000, "f"))


@pytest.mark.parametrize(
    ("piece", "after"),
    [
        (_NOTICE * 50, b""),
        (_ROW * 50, rows(("a", "15.4", "PostgreSQL", "f"))[:-12]),
        # One message that says that it is of 100 MB: an error, and a row with one value.
        (b"x" * 100_000, b"E" + (100_000_000).to_bytes(4, "big") + b"C42P01\0M"),
        (
            b"x" * 100_000,
            rows(("a",))[:-12]
            + b"D"
            + (100_000_000).to_bytes(4, "big")
            + b"\0\1"
            + (99_999_994).to_bytes(4, "big"),
        ),
    ],
    ids=["notices", "rows", "an error", "a value"],
)
def test_an_answer_larger_than_any_honest_one_is_not_waited_for(piece: bytes, after: bytes) -> None:
    with Loopback(endless(piece, after=after)) as server, within(4.0):
        found = get_failure(server.port, timeout=5.0).reason
    # libpq may give one such message up before a megabyte of it has come.
    assert found is Reason.ANSWER_TOO_LARGE or (piece == b"x" * 100_000 and found is Reason.BAD_ANSWER)


def greet_for_ever(connection: socket.socket) -> None:
    greet(connection)
    connection.sendall(message(b"R", bytes(4)))
    while True:
        connection.sendall(message(b"S", b"application_name\0" + b"x" * 1000 + b"\0") * 50)


def test_a_greeting_without_end_is_not_waited_for() -> None:
    with Loopback(greet_for_ever) as server, within(4.0):
        assert get_failure(server.port, timeout=5.0).reason is Reason.ANSWER_TOO_LARGE


@pytest.mark.parametrize(
    "answer",
    [
        rows(),
        rows(("2000", "15.4")),
        rows(("2000", "15.4", "PostgreSQL 15.4", ""), ("2000", "15.4", "PostgreSQL 15.4", "")),
        rows(("2000", None, None, "")),
        message(b"C", b"SELECT\0"),
        error("syntax error", "42601"),
    ],
    ids=["no row", "too few columns", "two rows", "nulls", "no columns", "an error"],
)
def test_an_answer_of_another_shape_is_a_bad_answer(answer: bytes) -> None:
    with Loopback(answering(answer)) as server, within(1.0):
        assert get_failure(server.port).reason is Reason.BAD_ANSWER


# Relatives that can't be had here: what each says of itself, as it was published


#: server_version, version() and what exists besides; the flavor and its own version.
RELATIVES = [
    # https://github.com/yugabyte/yugabyte-db/issues/12323
    ("11.2-YB-2.13.1.0-b0", "PostgreSQL 11.2-YB-2.13.1.0-b0 on x86_64", "", "yugabytedb", "2.13.1.0"),
    ("13.9", "PostgreSQL 13.9 (YB-2.18.0)", "", "yugabytedb", "2.18.0"),
    # https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora_version.html
    (
        "12.7",
        "PostgreSQL 12.7 on aarch64-unknown-linux-gnu, compiled by aarch64-unknown-linux-gnu-gcc (GCC) 7.4.0",
        "function aurora_version setting rds.extensions",
        "aurora-postgresql",
        "12.7",
    ),
    # agent/components/postgresql_relatives.py has the sources of these.
    (
        "15.4",
        "PostgreSQL 15.4 on x86_64, compiled by gcc",
        "setting rds.extensions",
        "rds-postgresql",
        "15.4",
    ),
    ("15.7", "PostgreSQL 15.7 on x86_64", "setting alloydb.iam_authentication", "alloydb", "15.7"),
    ("16.4", "PostgreSQL 16.4 on aarch64", "setting neon.timeline_id", "neon", "16.4"),
    ("17.6", "PostgreSQL 17.6 on aarch64", "function orioledb_version", "orioledb", "17.6"),
    ("17.4", "PostgreSQL 17.4 (EnterpriseDB Advanced Server 17.4.0) on x86_64", "", "edb", "17.4.0"),
    ("11.9", "PostgreSQL 11.9 (POLARDB 11.9)", "", "polardb-postgresql", "11.9"),
    ("12.12", "PostgreSQL 12.12 (Greenplum Database 7.0.0 build 1) on x86_64", "", "greenplum", "7.0.0"),
    ("14.1", "PostgreSQL 14.1", "setting spanner.well_known_client", "spanner", "14.1"),
    ("14.4", "PostgreSQL 14.4 (Gibberish 3.1) on x86_64", "", "other", "14.4"),
    ("16.6", "PostgreSQL 16.6 (Debian 16.6-1.pgdg120+1) on x86_64, compiled by gcc", "", "", "16.6"),
]


@law(RELATIVES)
def test_a_relative_is_recognized_with_its_own_version(
    server_version: str, version: str, names: str, flavor: str, own: str
) -> None:
    answers = rows(("2000", server_version, version, names)), rows(("temporal", "1.19", "t"))
    with Loopback(answering(*answers, version=server_version)) as server:
        probe = open_probe("postgresql", settings(server.port))
        found = facts(probe)
        probe.close()
    assert (found.flavor, found.nodes) == (flavor, (Node(own),))
    assert found.schema == SchemaRow("1.19")


@law(
    [
        ("PostgreSQL 9.4.24 (Greenplum Database 6.8.1 build 1) on x86_64", "greenplum", "6.8.1"),
        ("PostgreSQL 9.4.24 on x86_64", "other", "9.4.24 on x86_64"),
    ]
)
def test_a_server_without_postgresqls_catalogue_is_a_relative(version: str, flavor: str, own: str) -> None:
    lacks = error("function current_setting(unknown, boolean) does not exist", "42883")
    answers = lacks, rows(("temporal", "1.19", "t"))
    with Loopback(answering(*answers, name=rows((version,)))) as server:
        probe = open_probe("postgresql", settings(server.port))
        found = facts(probe)
        probe.close()
    assert (found.flavor, found.nodes) == (flavor, (Node(own),))


@pytest.mark.parametrize(
    ("version", "own"),
    [
        # The shell prints version() when it starts: cockroachdb/docs, "start a cluster on Kubernetes", v21.1.
        (
            "CockroachDB CCL v21.1.0 (x86_64-unknown-linux-gnu, built 2021/04/23 13:54:57, go1.13.14)",
            "21.1.0",
        ),
        ("CockroachDB CCL v24.1.2 (x86_64-pc-linux-gnu, built 2024/07/01 19:00:00, go1.22.4)", "24.1.2"),
        ("CockroachDB OSS v20.2.0-beta.1 (x86_64-unknown-linux-gnu)", "20.2.0-beta.1"),
        # Without a version of its own that of PostgreSQL stays.
        ("CockroachDB", "13.0.0"),
    ],
)
def test_cockroachdb_is_a_component_with_version_numbers_of_its_own(version: str, own: str) -> None:
    answers = rows(("2000", "13.0.0", version, "")), rows(("temporal", "1.19", "t"))
    with Loopback(answering(*answers, version="13.0.0")) as server:
        probe = open_probe("postgresql", settings(server.port))
        found = facts(probe)
        probe.close()
    assert (found.component, found.flavor, found.nodes) == ("cockroachdb", "", (Node(own),))
    assert found.schema == SchemaRow("1.19")


# Secrets


def ask_for_password(connection: socket.socket) -> None:
    greet(connection)
    connection.sendall(message(b"R", struct.pack("!I", 3)))
    silence(connection)


def test_a_missing_password_fails_the_login(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PGPASSWORD", raising=False)
    with Loopback(ask_for_password) as server:
        assert get_failure(server.port).reason is Reason.AUTHENTICATION_FAILED


def test_what_the_environment_asks_of_other_clients_is_not_read_here(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PGSSLMODE", "require")
    with Loopback(ask_for_password) as server:
        # A server without TLS: with the environment's word it would not come so far.
        assert get_failure(server.port).reason is Reason.AUTHENTICATION_FAILED


class Impostor:
    """Wants one way to log in, and keeps what it receives."""

    def __init__(self, method: int, salt: bytes = b"") -> None:
        self._asks = message(b"R", struct.pack("!I", method) + salt)
        self.received: list[bytes] = []

    def __call__(self, connection: socket.socket) -> None:
        greet(connection)
        connection.sendall(self._asks)
        self.received.append(connection.recv(65536))


_CLEAR, _MD5 = 3, 5


@pytest.fixture
def password(tmp_path: Path) -> dict[str, Any]:
    path = tmp_path / "password"
    path.write_text("canary-password")
    return {"password_file": str(path)}


def test_a_server_that_nobody_verified_does_not_get_the_password(password: dict[str, Any]) -> None:
    impostor = Impostor(_CLEAR)
    with Loopback(impostor) as server:
        found = get_failure(server.port, **password)
    assert found.reason is Reason.AUTHENTICATION_FAILED
    assert "allow_cleartext_password" in found.text
    assert b"canary" not in b"".join(impostor.received)


def test_a_password_in_clear_text_can_be_allowed(password: dict[str, Any]) -> None:
    impostor = Impostor(_CLEAR)
    with Loopback(impostor) as server:
        get_failure(server.port, allow_cleartext_password=True, **password)
    assert b"canary-password" in b"".join(impostor.received)


def test_a_server_of_before_scram_gets_a_hash_of_the_password(password: dict[str, Any]) -> None:
    impostor = Impostor(_MD5, b"salt")
    with Loopback(impostor) as server:
        get_failure(server.port, **password)
    received = b"".join(impostor.received)
    assert b"md5" in received
    assert b"canary" not in received


#: What libpq takes from its environment (PostgreSQL's manual, "Environment Variables").
ENVIRONMENT = {
    "PGAPPNAME": "canary",
    "PGCHANNELBINDING": "require",
    "PGCLIENTENCODING": "LATIN1",
    "PGCONNECT_TIMEOUT": "canary",
    "PGDATABASE": "canary",
    "PGDATESTYLE": "canary",
    "PGGEQO": "canary",
    "PGGSSENCMODE": "require",
    "PGHOST": "canary.invalid",
    "PGHOSTADDR": "192.0.2.1",
    "PGMINPROTOCOLVERSION": "canary",
    "PGOPTIONS": "-c canary=1",
    "PGPASSFILE": "/canary",
    "PGPASSWORD": "canary-of-the-environment",
    "PGPORT": "1",
    "PGREQUIREAUTH": "gss",
    "PGREQUIREPEER": "canary",
    "PGSERVICE": "canary",
    "PGSSLCERT": "/canary",
    "PGSSLCERTMODE": "require",
    "PGSSLKEY": "/canary",
    "PGSSLMINPROTOCOLVERSION": "canary",
    "PGSSLMODE": "require",
    "PGSSLNEGOTIATION": "direct",
    "PGSSLROOTCERT": "/canary",
    "PGTARGETSESSIONATTRS": "standby",
    "PGTZ": "canary",
    "PGUSER": "canary",
}


@pytest.mark.parametrize("name", sorted(ENVIRONMENT))
def test_no_variable_of_libpq_is_obeyed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, ENVIRONMENT[name])
    seen: list[bytes] = []

    def handle(connection: socket.socket) -> None:
        seen.append(greet(connection))
        connection.sendall(message(b"R", struct.pack("!I", _MD5) + b"salt"))
        seen.append(connection.recv(65536))

    with Loopback(handle) as server:
        found = get_failure(server.port)
    # It came as far as the login, and had no password for it.
    assert found.reason is Reason.AUTHENTICATION_FAILED, found
    assert b"canary" not in b"".join(seen)
    assert b"".join(seen[1:]) == b""


def test_no_file_of_libpq_is_obeyed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    passwords = tmp_path / ".pgpass"
    passwords.write_text("*:*:*:*:canary-of-the-file")
    passwords.chmod(0o600)
    folder = tmp_path / ".postgresql"
    folder.mkdir()
    for name in ("postgresql.crt", "postgresql.key", "root.crt", "root.crl"):
        (folder / name).write_text("canary")
    impostor = Impostor(_MD5, b"salt")
    with Loopback(impostor) as server:
        assert get_failure(server.port).reason is Reason.AUTHENTICATION_FAILED
    assert impostor.received == [b""]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(TLS / "server.pem", TLS / "server.key")
    encrypted: list[str] = []

    def with_tls(connection: socket.socket) -> None:
        connection.recv(8, socket.MSG_WAITALL)
        connection.sendall(b"S")
        with context.wrap_socket(connection, server_side=True) as secure:
            encrypted.append(str(secure.version()))

    with Loopback(with_tls) as server:
        get_failure(server.port)
    # An unreadable certificate or authority in ~/.postgresql would end it before that.
    assert encrypted


def test_every_variable_that_libpq_knows_is_known_here() -> None:
    keywords = {option.keyword.decode() for option in psycopg.pq.Conninfo.get_defaults() if option.envvar}
    assert keywords - {"service"} <= set(libpq._defaults())


# What hangs


def test_abort_wakes_a_read_that_hangs() -> None:
    with Loopback(hang_after_the_handshake) as server:
        probe = open_probe("postgresql", settings(server.port))
        result = read_until_aborted(probe, 0.3)
        probe.close()
        # It did not try its luck with a second connection.
        assert server.accepted == 1
    assert isinstance(result, Failure)
    assert result.reason is Reason.TIMEOUT


def test_a_read_that_was_aborted_while_connecting_does_not_hang_afterwards() -> None:
    aborted = threading.Event()

    def slow(connection: socket.socket) -> None:
        aborted.wait(10)
        hang_after_the_handshake(connection)

    with Loopback(slow) as server, ThreadPoolExecutor(1) as pool:
        probe = open_probe("postgresql", settings(server.port))
        reading = pool.submit(read, probe, 30.0)
        assert eventually(lambda: server.accepted == 1)
        probe.abort()
        aborted.set()
        result = reading.result(5)
        probe.close()
    assert isinstance(result, Failure)
    assert result.reason is Reason.TIMEOUT


def test_a_probe_that_was_aborted_reads_again() -> None:
    with Loopback(hang_after_the_handshake) as server:
        probe = open_probe("postgresql", settings(server.port))
        for _ in range(2):
            result = read_until_aborted(probe, 0.2)
            assert not isinstance(result, Facts)
            assert result is not None
        probe.close()
        assert server.accepted == 2


def test_a_probe_that_is_closed_leaves_nothing_open() -> None:
    with Loopback(hang_after_the_handshake) as server:
        before = len(os.listdir("/proc/self/fd"))
        for _ in range(3):
            probe = open_probe("postgresql", settings(server.port))
            read_until_aborted(probe, 0.1)
            probe.close()
    # The server's own side has gone with it.
    assert len(os.listdir("/proc/self/fd")) <= before
