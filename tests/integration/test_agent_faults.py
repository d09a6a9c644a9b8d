"""Real servers that fail: a pooler that restarts, a failover, no free connection, and each fault of TLS."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pymysql
import pytest

from agent.config import Elasticsearch, MySql, PostgreSql, Temporal, Tls
from agent.model.observation import Facts, Failure
from agent.model.vocabulary import Reason
from agent.probes import Probe, open_probe
from tests.faults.relay import Relay, healthy_path
from tests.probes.certificates import Authority
from tests.probes.reading import facts, failure, read, read_until_aborted

from .servers.certificates import Certificate
from .servers.mysql import MySqlServer
from .servers.mysql_build import mariadb_home
from .servers.nginx import NginxServer
from .servers.pgbouncer import PgBouncer, pgbouncer_home
from .servers.postgres import PostgresServer, PostgresStandby
from .servers.postgres_build import postgres_15_home
from .servers.requirement import require
from .servers.search import SearchServer

_DAY = timedelta(days=1)
TLS = Reason.TLS_FAILED


@pytest.fixture(autouse=True)
def passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSTGRES_PASSWORD", PostgresServer.password)
    monkeypatch.setenv("MYSQL_PASSWORD", MySqlServer.password)


def on_postgresql(port: int, database: str = "moved", tls: Tls | None = None) -> PostgreSql:
    return PostgreSql(
        host="127.0.0.1",
        port=port,
        database=database,
        user=PostgresServer.user,
        password="${POSTGRES_PASSWORD}",
        tls=tls,
    )


def on_mysql(port: int, tls: Tls | None = None, user: str = MySqlServer.user) -> MySql:
    return MySql(
        host="127.0.0.1", port=port, database="moved", user=user, password="${MYSQL_PASSWORD}", tls=tls
    )


@contextmanager
def probing(kind: str, settings: Any) -> Iterator[Probe]:
    with closing(open_probe(kind, settings)) as probe:
        yield probe


def once(kind: str, settings: Any) -> Facts | Failure:
    with probing(kind, settings) as probe:
        return read(probe, 5.0)


def reason(kind: str, settings: Any) -> Reason | None:
    found = once(kind, settings)
    return found.reason if isinstance(found, Failure) else None


def _with_schema(server: PostgresServer) -> PostgresServer:
    """The same server, with a database that both ends of a failover have."""
    server.create_database("moved")
    server.sql(
        "CREATE TABLE schema_version AS SELECT 0 AS version_partition, 'moved'::varchar AS db_name,"
        " '1.19'::varchar AS curr_version",
        database="moved",
    )
    server.sql("GRANT SELECT ON schema_version TO temporal", database="moved")
    return server


def test_a_failover_shows_the_new_server_in_the_next_round(
    own_postgres15: PostgresServer, postgres96: PostgresServer
) -> None:
    """The address stays and leads to another server: a read-only one, an older one, none, the first one."""
    _with_schema(own_postgres15)
    _with_schema(postgres96)
    with (
        PostgresStandby(own_postgres15) as standby,
        Relay(own_postgres15.port) as address,
        probing("postgresql", on_postgresql(address.port)) as probe,
    ):
        first = facts(probe, 5.0)
        assert first.nodes[0].version.startswith("15.")
        assert first.settings["in_recovery"] == "off"
        address.use(lambda _port: healthy_path(standby.port))
        assert facts(probe, 5.0).settings["in_recovery"] == "on"
        address.use(lambda _port: healthy_path(postgres96.port))
        older = facts(probe, 5.0)
        assert older.nodes[0].version == "9.6.24"
        assert older.schema == first.schema
        address.use(lambda _port: lambda _connection: None)
        assert failure(probe, 5.0).reason is Reason.UNREACHABLE
        address.use(healthy_path)
        assert facts(probe, 5.0) == first


def test_a_pooler_that_restarts_costs_no_round_after_it_is_back(own_postgres15: PostgresServer) -> None:
    _with_schema(own_postgres15)
    with (
        PgBouncer(require(pgbouncer_home), own_postgres15) as pooler,
        probing("postgresql", on_postgresql(pooler.port)) as probe,
    ):
        first = facts(probe, 5.0)
        pooler.stop()
        assert failure(probe, 5.0).reason is Reason.UNREACHABLE
        pooler.start()
        assert facts(probe, 5.0) == first
        # Between two rounds: the kept connection has ended without notice.
        pooler.stop()
        pooler.start()
        assert facts(probe, 5.0) == first
        # The pooler stays and lets its clients wait, while its server does not answer it.
        own_postgres15.stop()
        waiting = read_until_aborted(probe, 2.0)
        assert isinstance(waiting, Failure)
        assert waiting.reason in (Reason.UNREACHABLE, Reason.TIMEOUT)
        own_postgres15.start()
        assert _eventually(lambda: read_until_aborted(probe, 2.0) == first)


def _eventually(condition: Callable[[], bool], seconds: float = 20) -> bool:
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.5)
    return condition()


def _pair(authority: Authority, name: str, *, is_expired: bool = False) -> Certificate:
    pair = authority.issue(name, -2 * _DAY, -_DAY if is_expired else _DAY)
    return Certificate(Path(pair.cert), Path(pair.key))


def _client(authority: Authority, pair: Certificate | None = None) -> Tls:
    cert, key = (str(pair.cert), str(pair.key)) if pair else (None, None)
    return Tls(ca_file=authority.ca_file, cert_file=cert, key_file=key)


def _connect_until_refused(held: ExitStack, connect: Callable[[], Any]) -> None:
    for _ in range(100):
        try:
            held.enter_context(connect())
        except (psycopg.OperationalError, pymysql.err.OperationalError):
            return
    raise AssertionError("the server takes 100 connections")


@pytest.mark.parametrize("has_tls", [False, True])
def test_a_postgresql_without_a_free_connection_is_unreachable(tmp_path: Path, has_tls: bool) -> None:
    authority = Authority(tmp_path)
    pair = _pair(authority, "server") if has_tls else None
    tls = _client(authority) if has_tls else None
    few = {"max_connections": "5", "max_wal_senders": "0", "superuser_reserved_connections": "1"}
    with (
        PostgresServer(require(postgres_15_home), "15", tls=pair, settings=few) as server,
        ExitStack() as held,
    ):
        _with_schema(server)
        assert reason("postgresql", on_postgresql(server.port, tls=tls)) is None
        _connect_until_refused(held, lambda: server.connect("moved", server.user, server.password))
        found = once("postgresql", on_postgresql(server.port, tls=tls))
        assert isinstance(found, Failure)
        assert found.reason is Reason.UNREACHABLE, found
        assert "connection" in found.text
        held.close()
        assert _eventually(lambda: reason("postgresql", on_postgresql(server.port, tls=tls)) is None)


@pytest.mark.parametrize("has_tls", [False, True])
def test_a_mysql_without_a_free_connection_is_unreachable(tmp_path: Path, has_tls: bool) -> None:
    authority = Authority(tmp_path)
    shown = (_pair(authority, "server"), Path(authority.ca_file)) if has_tls else None
    tls = _client(authority) if has_tls else None
    with (
        MySqlServer(require(mariadb_home), shown, {"max-connections": "10"}) as server,
        ExitStack() as held,
    ):
        server.create_database("moved")
        assert reason("mysql", on_mysql(server.port, tls)) is None
        _connect_until_refused(held, server.connect)
        found = once("mysql", on_mysql(server.port, tls))
        assert isinstance(found, Failure)
        assert found.reason is Reason.UNREACHABLE, found
        assert "Too many connections" in found.text
        held.close()
        assert _eventually(lambda: reason("mysql", on_mysql(server.port, tls)) is None)


def test_each_fault_of_tls_on_a_real_postgresql(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    home, good = require(postgres_15_home), _pair(authority, "good")
    with PostgresServer(home, "15", tls=_pair(authority, "expired", is_expired=True)) as server:
        assert reason("postgresql", on_postgresql(server.port, "postgres", _client(authority))) is TLS
    old = {"ssl_min_protocol_version": "TLSv1", "ssl_max_protocol_version": "TLSv1.1"}
    with PostgresServer(home, "15", tls=good, settings=old) as server:
        assert reason("postgresql", on_postgresql(server.port, "postgres", _client(authority))) is TLS
    with PostgresServer(home, "15", tls=good) as server:
        _with_schema(server)
        server.require_certificates("moved", Path(authority.ca_file))
        late, own = _pair(authority, "late", is_expired=True), _pair(authority, "agent")
        answers = {
            "none": reason("postgresql", on_postgresql(server.port, tls=_client(authority))),
            "expired": reason("postgresql", on_postgresql(server.port, tls=_client(authority, late))),
            "own": reason("postgresql", on_postgresql(server.port, tls=_client(authority, own))),
        }
    assert answers == {"none": TLS, "expired": TLS, "own": None}


def test_each_fault_of_tls_on_a_real_mysql(tmp_path: Path, mysql56: MySqlServer) -> None:
    authority = Authority(tmp_path)
    home, ca = require(mariadb_home), Path(authority.ca_file)
    # 5.6 has no TLS at all without a certificate of its own.
    assert reason("mysql", on_mysql(mysql56.port, _client(authority))) is TLS
    with MySqlServer(home, (_pair(authority, "expired", is_expired=True), ca)) as server:
        assert reason("mysql", on_mysql(server.port, _client(authority))) is TLS
    with MySqlServer(home, (_pair(authority, "good"), ca), {"tls-version": "TLSv1.1"}) as server:
        assert reason("mysql", on_mysql(server.port, _client(authority))) is TLS
    with MySqlServer(home, (_pair(authority, "good"), ca)) as server:
        server.create_database("moved")
        server.sql("CREATE USER 'strict'@'%%' IDENTIFIED BY %s REQUIRE X509", (server.password,))
        server.sql("GRANT ALL ON moved.* TO 'strict'@'%'")
        late, own = _pair(authority, "late", is_expired=True), _pair(authority, "agent")
        answers = {
            "none": reason("mysql", on_mysql(server.port, _client(authority), "strict")),
            "expired": reason("mysql", on_mysql(server.port, _client(authority, late), "strict")),
            "own": reason("mysql", on_mysql(server.port, _client(authority, own), "strict")),
        }
    # Without a certificate TLS itself succeeds: MySQL refuses the login (1045).
    assert answers == {"none": Reason.AUTHENTICATION_FAILED, "expired": TLS, "own": None}


@pytest.mark.parametrize("kind", ["elasticsearch", "temporal_http"])
def test_each_fault_of_tls_of_a_real_web_server(
    tmp_path: Path, nginx_program: Path, elasticsearch8: SearchServer, kind: str
) -> None:
    """nginx in front of a search store, and in the place of a frontend's HTTP side."""
    authority = Authority(tmp_path)
    good, expired = _pair(authority, "good"), _pair(authority, "expired", is_expired=True)
    own, late = _pair(authority, "agent"), _pair(authority, "late", is_expired=True)
    to_store = f"location / {{ proxy_pass {elasticsearch8.url}; }}"
    wants = f"ssl_verify_client on; ssl_client_certificate {authority.ca_file}; {to_store}"

    def answer(locations: str, shown: Certificate, tls: Tls) -> Failure | None:
        with NginxServer(nginx_program, locations, shown) as server:
            settings = {
                "elasticsearch": Elasticsearch(url=server.url, index="visibility", tls=tls),
                "temporal_http": Temporal(http=server.url, tls=tls),
            }
            found = once(kind, settings[kind])
            return found if isinstance(found, Failure) else None

    for found in (
        answer(to_store, expired, _client(authority)),
        answer(f"ssl_protocols TLSv1.1; {to_store}", good, _client(authority)),
    ):
        assert found is not None
        assert found.reason is TLS, found
    # nginx completes TLS and answers with HTTP 400, which names the certificate.
    for pair in (None, late):
        found = answer(wants, good, _client(authority, pair))
        assert found is not None
        assert found.reason is Reason.BAD_ANSWER, found
        assert "certificate" in found.text
    if kind == "elasticsearch":
        assert answer(wants, good, _client(authority, own)) is None
